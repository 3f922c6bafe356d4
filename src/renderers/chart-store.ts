import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteChart } from './chart.ts';
import { filesOfNetwork } from './isolation/network.ts';
import { run } from './run.ts';
import { inSandbox } from './sandbox.ts';
import type { HelmTool } from './tools.ts';

export interface ChartStoreOptions {
  /** Packages of exact versions are kept here between runs. Null: nowhere. */
  readonly folder: string | null;
  /** Chart repositories that may be asked, as prefixes of their addresses; `all` for any. */
  readonly allowed: readonly string[] | 'all';
  readonly findTool: () => Promise<HelmTool | null>;
  /** For a proxy and certificates; nothing else of it is handed on. */
  readonly env?: NodeJS.ProcessEnv;
}

type Address = Pick<RemoteChart, 'name' | 'version' | 'repository'>;

/**
 * Packaged charts from chart repositories, with `helm pull`: the one thing here that uses a network, and only where it was
 * allowed. A chart is asked for once in a process, failures included.
 */
export class ChartStore {
  readonly #options: ChartStoreOptions;
  readonly #asked = new Map<string, Promise<Buffer | string>>();
  readonly #pulled = new Map<string, Buffer>();

  constructor(options: ChartStoreOptions) {
    this.#options = options;
  }

  /** The package, or why there is none: the end of a sentence that starts with the chart. */
  pull(chart: Address): Promise<Buffer | string> {
    const key = keyOf(chart);
    const asked = this.#asked.get(key) ?? this.#pull(chart, key);
    this.#asked.set(key, asked);
    return asked;
  }

  /** What was pulled before. */
  pulled(chart: Address): Buffer | undefined {
    return this.#pulled.get(keyOf(chart));
  }

  async #pull(chart: Address, key: string): Promise<Buffer | string> {
    const { folder, allowed, findTool } = this.#options;
    if (allowed !== 'all' && !allowed.some((prefix) => isBelow(chart.repository, prefix)))
      return 'which is not in the repository, and charts.pull does not allow to fetch';
    if (!/^\w[\w.-]*$/.test(chart.name) || !/^([\w.*^~<>=|,+ -]*|sha256:[0-9a-f]{64})$/.test(chart.version))
      return 'which is no name and version of a chart';
    const kept = folder !== null && isExact(chart.version) ? join(folder, `${key}.tgz`) : null;
    const known = kept && (await readFile(kept).catch(() => null));
    const tool = known ? null : await findTool();
    if (!known && tool === null) return 'and helm is not installed';
    const result = known ?? (await fetched(tool!, chart, this.#options.env ?? process.env));
    if (typeof result === 'string') return `which could not be fetched: ${result}`;
    this.#pulled.set(key, result);
    if (kept && !known) await keep(kept, result);
    return result;
  }
}

function keyOf({ repository, name, version }: Address): string {
  return createHash('sha256')
    .update(JSON.stringify([repository, name, version]))
    .digest('hex');
}

/** `https://charts.example/stable` is below `https://charts.example`, and `https://charts.example.org` is not. */
function isBelow(address: string, prefix: string): boolean {
  const [below, above] = [address, prefix].map((each) => each.replace(/\/+$/, ''));
  return below === above || below!.startsWith(`${above}/`);
}

/** A range may mean another version tomorrow. */
function isExact(version: string): boolean {
  return version.startsWith('sha256:') || /^v?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version);
}

async function fetched(
  tool: HelmTool,
  { repository, name, version }: Address,
  env: NodeJS.ProcessEnv,
): Promise<Buffer | string> {
  // Argo CD writes registries without a scheme.
  const isRegistry = !/^https?:\/\//.test(repository);
  const reference = `oci://${repository.replace(/^oci:\/\//, '').replace(/\/+$/, '')}/${name}`;
  const isDigest = version.startsWith('sha256:');
  const args = [
    'pull',
    '--destination=.',
    ...(version === '' || isDigest ? [] : [`--version=${version}`]),
    ...(isRegistry
      ? ['--', isDigest ? `${reference}@${version}` : reference]
      : [`--repo=${repository}`, '--', name]),
  ];
  const network = networkOf(env);
  let archive: Buffer | null = null;
  const result = await inSandbox(new Map(), async (sandbox) => {
    const pulled = await run(tool.command, args, sandbox, {
      hasNetwork: true,
      isWritable: true,
      visible: filesOfNetwork(network),
      // The home is the empty folder: there are no credentials, repositories and plugins in it.
      isHome: true,
      env: { ...network, GODEBUG: 'netdns=go' },
    });
    if (pulled.ok) archive = await packageIn(sandbox.folder);
    return pulled;
  });
  if (!result.ok) return result.message;
  return archive ?? 'helm pulled nothing';
}

/** Bytes of a packaged chart. */
const MOST_PULLED = 64 * 2 ** 20;

/** What helm has left in its folder: a regular file, and no more than is sensible. */
async function packageIn(folder: string): Promise<Buffer | null> {
  const name = (await readdir(folder)).find((each) => each.endsWith('.tgz'));
  if (name === undefined) return null;
  const file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= MOST_PULLED ? await file.readFile() : null;
  } finally {
    await file.close();
  }
}

function networkOf(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name] ?? env[name.toLowerCase()];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** A store that cannot be written is no error: the next run pulls again. */
async function keep(file: string, bytes: Buffer): Promise<void> {
  try {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(`${file}.${process.pid}`, bytes);
    await rename(`${file}.${process.pid}`, file);
  } catch {
    // Not kept.
  }
}

import { DAY, MINUTE } from '../kubernetes/durations.ts';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteChart } from './chart.ts';
import { filesOfNetwork } from './isolation/network.ts';
import { digestOf, KeptCharts } from './kept-charts.ts';
import { isExact, packageProblem } from './package-problem.ts';
import { run } from './run.ts';
import type { RunResult } from './isolation/tool-run.ts';
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
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

type Address = Pick<RemoteChart, 'name' | 'version' | 'repository'>;

interface Asked {
  readonly at: number;
  readonly answer: Promise<Buffer | string>;
  /** False for what another question may be answered otherwise: a range, a failure. */
  isFinal: boolean;
}

/** A range and a failure are asked about again in a process that goes on. */
const ASK_AGAIN = 10 * MINUTE;
/** A package that was kept is compared with what its repository has now. */
const COMPARE_AGAIN = DAY;

/**
 * Packaged charts from chart repositories and registries, with `helm pull`: the one thing here that uses a network, and only where it
 * was allowed. A package counts only if it is the chart that was asked for and has the digest that its repository says; one that
 * was published again with other content under the same version does not.
 */
export class ChartStore {
  readonly #options: ChartStoreOptions;
  readonly #kept: KeptCharts | null;
  readonly #asked = new Map<string, Asked>();
  readonly #pulled = new Map<string, Buffer>();

  constructor(options: ChartStoreOptions) {
    this.#options = options;
    this.#kept = options.folder === null ? null : new KeptCharts(options.folder);
  }

  /** The package, or why there is none: the end of a sentence that starts with the chart. */
  pull(chart: Address): Promise<Buffer | string> {
    const key = keyOf(chart);
    const known = this.#asked.get(key);
    const now = this.#now();
    if (known && (known.isFinal || now - known.at < ASK_AGAIN)) return known.answer;
    const answer = this.#pull(chart, key);
    const asked: Asked = { at: now, answer, isFinal: true };
    this.#asked.set(key, asked);
    void answer.then((result) => {
      asked.isFinal = typeof result !== 'string' && isFixed(chart.version);
      if (typeof result !== 'string') this.#pulled.set(key, result);
    });
    return answer;
  }

  /** What was pulled before. */
  pulled(chart: Address): Buffer | undefined {
    return this.#pulled.get(keyOf(chart));
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  async #pull(chart: Address, key: string): Promise<Buffer | string> {
    const { allowed, findTool, env = process.env } = this.#options;
    const { repository, name, version } = chart;
    if (!isAddress(repository)) return 'whose repository has no address here';
    if (allowed !== 'all' && !allowed.some((prefix) => isBelow(repository, prefix)))
      return 'which is not in the repository, and charts.pull does not allow to fetch';
    if (!/^\w[\w.-]*$/.test(name) || !/^([\w.*^~<>=|,+ -]*|sha256:[0-9a-f]{64})$/.test(version))
      return 'which is not a name and version of a chart';
    const kept = isFixed(version) ? ((await this.#kept?.read(key)) ?? null) : null;
    // What a digest names cannot become something else.
    if (kept && (!isExact(version) || this.#now() - kept.askedAt < COMPARE_AGAIN)) return kept.bytes;
    const tool = await findTool();
    if (tool === null) return kept?.bytes ?? 'and helm is not installed';
    const fetched = await packageFrom(tool, chart, env);
    if (typeof fetched === 'string') return kept?.bytes ?? `which could not be fetched: ${fetched}`;
    const { bytes, index } = fetched;
    const problem = packageProblem(bytes, chart, index);
    if (problem !== null) return problem;
    const digest = digestOf(bytes);
    if (kept && kept.digest !== digest)
      return `which was published again with other content under the same version: it was sha256:${kept.digest} and is sha256:${digest} now, and nothing tells which of them is deployed`;
    if (isFixed(version)) await this.#kept?.keep(key, { bytes, digest, askedAt: this.#now() });
    return bytes;
  }
}

/** Means the same package every time. */
function isFixed(version: string): boolean {
  return version.startsWith('sha256:') || isExact(version);
}

/** `https://charts.example`, `oci://registry.example/charts`, and registries without a scheme as Argo CD writes them. */
function isAddress(repository: string): boolean {
  return (
    /^(https?|oci):\/\/[^/]/.test(repository) ||
    /^[a-z0-9-]+((\.[a-z0-9-]+)+(:\d+)?|:\d+)(\/|$)/i.test(repository)
  );
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

interface Fetched {
  readonly bytes: Buffer;
  /** What the repository says of its packages; null for a registry. */
  readonly index: string | null;
}

/** The package, and what its repository says of it; a text says why there is none. */
async function packageFrom(
  tool: HelmTool,
  { repository, name, version }: Address,
  env: NodeJS.ProcessEnv,
): Promise<Fetched | string> {
  // Argo CD writes registries without a scheme.
  const isRegistry = !/^https?:\/\//.test(repository);
  const registry = `oci://${repository.replace(/^oci:\/\//, '').replace(/\/+$/, '')}/${name}`;
  const isDigest = version.startsWith('sha256:');
  const reference = isRegistry ? (isDigest ? `${registry}@${version}` : registry) : `${SOURCE}/${name}`;
  const pull = [
    'pull',
    '--destination=.',
    ...(version === '' || isDigest ? [] : [`--version=${version}`]),
    '--',
    reference,
  ];
  // What a repository says of its packages stays in helm's cache only where the repository was added.
  const add = ['repo', 'add', '--', SOURCE, repository];
  const network = networkOf(env);
  let fetched: Fetched | null = null;
  const result = await inSandbox(new Map(), async (sandbox) => {
    const call = (args: readonly string[]): Promise<RunResult> =>
      run(tool.command, args, sandbox, {
        hasNetwork: true,
        isWritable: true,
        visible: filesOfNetwork(network),
        // The home is the empty folder: there are no credentials, repositories and plugins in it.
        isHome: true,
        env: { ...network, GODEBUG: 'netdns=go' },
      });
    const added = isRegistry ? null : await call(add);
    if (added?.ok === false) return added;
    const pulled = await call(pull);
    if (!pulled.ok) return pulled;
    const bytes = await packageIn(sandbox.folder);
    const index = isRegistry ? null : await fileIn(join(sandbox.folder, INDEX), MOST_INDEXED);
    fetched = bytes && { bytes, index: index === null ? null : String(index) };
    return pulled;
  });
  if (!result.ok) return result.message;
  return fetched ?? 'helm pulled nothing';
}

/** The name that a repository is added by, and where helm then keeps its index. */
const SOURCE = 'source';
const INDEX = `.cache/helm/repository/${SOURCE}-index.yaml`;
const MOST_INDEXED = 64 * 2 ** 20;

/** Bytes of a packaged chart. */
const MOST_PULLED = 64 * 2 ** 20;

/** What helm has left in its folder. */
async function packageIn(folder: string): Promise<Buffer | null> {
  const name = (await readdir(folder)).find((each) => each.endsWith('.tgz'));
  return name === undefined ? null : fileIn(join(folder, name), MOST_PULLED);
}

/** A regular file, and no more of it than is sensible. */
async function fileIn(path: string, most: number): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= most ? await file.readFile() : null;
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

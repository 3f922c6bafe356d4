/**
 * `npm run tools`: makes `kustomize` and `helm` available; with `--live` also what `test/live` runs against, see
 * `tools/live.ts`.
 *
 * They are looked for on PATH (`kustomize`, else `kubectl`, which has it built in), then in `.tools/bin`. What is nowhere,
 * or is too old, is put into `.tools/bin`: from the user's cache, where an earlier build was kept; built by the Go toolchain, whose checksum
 * database vouches for the source; else with the official release where its SHA-256 is pinned below.
 *
 * Silent when nothing is to do. A machine without network is no error: what is missing is printed, and the exit
 * status stays 0 unless `--strict` is given or `CI` is set.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  findHelm,
  findKustomize,
  isRecent,
  type HelmTool,
  type KustomizeTool,
} from '../src/renderers/tools.ts';
import { findLiveTools, installLiveTools, programCache, type LiveTools } from './tools/live.ts';

/** A program that renders, and where it can be had from. */
export interface Program {
  readonly name: string;
  readonly version: string;
  /** What `go install` takes, without the version. */
  readonly module: string;
  /** The official release; null where Go alone can vouch for what is installed. */
  readonly release: Release | null;
}

interface Release {
  readonly url: (platform: string) => string;
  /** Of the archive, by platform. */
  readonly sha256: Readonly<Record<string, string>>;
}

export const kustomize: Program = {
  name: 'kustomize',
  version: 'v5.8.1',
  module: 'sigs.k8s.io/kustomize/kustomize/v5',
  release: {
    url: (platform) =>
      'https://github.com/kubernetes-sigs/kustomize/releases/download/' +
      `kustomize%2Fv5.8.1/kustomize_v5.8.1_${platform}.tar.gz`,
    // As listed in the release's checksums.txt.
    sha256: {
      linux_amd64: '029a7f0f4e1932c52a0476cf02a0fd855c0bb85694b82c338fc648dcb53a819d',
      linux_arm64: '0953ea3e476f66d6ddfcd911d750f5167b9365aa9491b2326398e289fef2c142',
      darwin_amd64: 'ee7cf0c1e3592aa7bb66ba82b359933a95e7f2e0b36e5f53ed0a4535b017f2f8',
      darwin_arm64: '8886f8a78474e608cc81234f729fda188a9767da23e28925802f00ece2bab288',
    },
  },
};

export const helm: Program = {
  name: 'helm',
  version: 'v3.19.0',
  module: 'helm.sh/helm/v3/cmd/helm',
  release: null,
};

const toolsFolder = resolve(import.meta.dirname, '../.tools/bin');

export interface Tools extends LiveTools {
  /** What renders kustomizations here; null when there is nothing. */
  readonly kustomize: KustomizeTool | null;
  /** What renders charts here; null when there is nothing. */
  readonly helm: HelmTool | null;
}

/** Looks for the tools exactly as the product does; installs nothing. */
export async function findTools(): Promise<Tools> {
  return { kustomize: await findKustomize(), helm: await findHelm(), ...findLiveTools() };
}

/** Puts it into `.tools/bin`; the answer is one sentence about where it came from. Throws an `AggregateError` of all attempts. */
async function install(program: Program): Promise<string> {
  await mkdir(toolsFolder, { recursive: true });
  const failures: Error[] = [];
  for (const attempt of [takeFromCache, buildWithGo, downloadRelease]) {
    try {
      return await attempt(program);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  const said = failures.map((failure) => failure.message).filter((message) => message !== '');
  throw new AggregateError(failures, said.join('; '));
}

/** Programs that were built are kept for all checkouts. */
function cached({ name, version }: Program): string {
  return join(programCache(process.env), `${name}-${version}-${process.platform}-${process.arch}`, name);
}

async function takeFromCache(program: Program): Promise<string> {
  const { name, version } = program;
  try {
    await place(name, await readFile(cached(program)));
  } catch (error) {
    throw new Error('', { cause: error });
  }
  return `took ${name} ${version} from ${programCache(process.env)}`;
}

async function buildWithGo(program: Program): Promise<string> {
  const { name, version, module } = program;
  const target = cached(program);
  const environment = { ...process.env, GOBIN: `${dirname(target)}.partial` };
  const go = (...args: string[]) => promisify(execFile)('go', args, { env: environment, timeout: 600_000 });
  try {
    await go('version');
  } catch (error) {
    throw new Error('no Go toolchain on PATH', { cause: error });
  }
  console.log(`tools: building ${name} ${version} with Go, once; this takes a minute or two`);
  try {
    await go('install', `${module}@${version}`);
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    throw new Error(`go install failed: ${said.split('\n').at(-1) || (error as Error).message}`, {
      cause: error,
    });
  }
  await mkdir(dirname(target), { recursive: true });
  await rename(join(environment.GOBIN, name), target);
  await place(name, await readFile(target));
  return `built ${name} ${version} into .tools/bin`;
}

async function downloadRelease({ name, version, release }: Program): Promise<string> {
  if (release === null) throw new Error(`no release of ${name} is pinned`);
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = release.sha256[platform];
  if (expected === undefined) throw new Error(`no release is pinned for ${platform}`);
  const url = release.url(platform);
  http.setGlobalProxyFromEnv?.();
  const archive = await download(url);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual}, expected ${expected}`);
  await place(name, fileInTar(await promisify(gunzip)(archive), name));
  return `downloaded ${name} ${version} into .tools/bin (SHA-256 verified)`;
}

/** Written beside its final name first: a half-written file must never be found. */
async function place(name: string, program: Buffer): Promise<void> {
  const target = join(toolsFolder, name);
  await writeFile(`${target}.partial`, program);
  await chmod(`${target}.partial`, 0o755);
  await rename(`${target}.partial`, target);
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    throw new Error(`download from ${new URL(url).host} failed: ${why}`, { cause: error });
  }
}

/**
 * Content of one file of a tar archive: 512-byte headers with the name at 0 and the size in octal at 124, each
 * followed by the content, padded to 512 bytes.
 */
export function fileInTar(tar: Buffer, name: string): Buffer {
  for (let header = 0; header + 512 <= tar.length;) {
    const size = parseInt(tar.toString('latin1', header + 124, header + 136), 8) || 0;
    const content = header + 512;
    if (tar.toString('utf8', header, header + 100).replace(/\0.*$/s, '') === name)
      return tar.subarray(content, content + size);
    header = content + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the archive has no file ${name}`);
}

async function findRecentKustomize(): Promise<KustomizeTool | null> {
  const found = await findKustomize();
  return found && isRecent(found) ? found : null;
}

async function consequenceOfNoKustomize(): Promise<string> {
  const older = await findKustomize();
  return older
    ? `What it does not know of Kustomize is not rendered: ${older.command} is older.`
    : 'Kustomize folders cannot be rendered until `kustomize` or `kubectl` is on PATH.';
}

async function main(args: readonly string[]): Promise<void> {
  const done: string[] = [];
  const missing: string[] = [];
  const wanted = [
    [kustomize, findRecentKustomize, await consequenceOfNoKustomize()],
    [helm, findHelm, 'Charts cannot be rendered until `helm` is on PATH.'],
  ] as const;
  for (const [program, find, consequence] of wanted) {
    if ((await find()) !== null) continue;
    try {
      done.push(await install(program));
    } catch (error) {
      missing.push(`${program.name} is missing (${(error as Error).message}). ${consequence}`);
    }
  }
  if (args.includes('--live')) {
    const live = await installLiveTools();
    done.push(...live.done);
    missing.push(...live.missing);
  }
  for (const line of [...done, ...missing]) console.log(`tools: ${line}`);
  if (missing.length > 0 && (args.includes('--strict') || process.env['CI'])) process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.slice(2));

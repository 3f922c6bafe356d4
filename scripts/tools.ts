/**
 * `npm run tools`: makes `kustomize` available; with `--live` also what `test/live` runs against, see `tools/live.ts`.
 *
 * It is looked for on PATH (`kustomize`, else `kubectl`, which has it built in), then in `.tools/bin`. Where it
 * is nowhere, `.tools/bin` is filled: by the Go toolchain, whose checksum database vouches for the source, else with
 * the official release, whose SHA-256 is pinned below.
 *
 * Silent when nothing is to do. A machine without network is no error: what is missing is printed, and the exit
 * status stays 0 unless `--strict` is given or `CI` is set.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { findKustomize, type KustomizeTool } from '../src/renderers/tools.ts';
import { findLiveTools, installLiveTools, type LiveTools } from './tools/live.ts';

const version = 'v5.8.1';

/** Of `kustomize_<version>_<platform>.tar.gz`, as listed in the release's checksums.txt. */
const releaseSha256: Readonly<Record<string, string>> = {
  linux_amd64: '029a7f0f4e1932c52a0476cf02a0fd855c0bb85694b82c338fc648dcb53a819d',
  linux_arm64: '0953ea3e476f66d6ddfcd911d750f5167b9365aa9491b2326398e289fef2c142',
  darwin_amd64: 'ee7cf0c1e3592aa7bb66ba82b359933a95e7f2e0b36e5f53ed0a4535b017f2f8',
  darwin_arm64: '8886f8a78474e608cc81234f729fda188a9767da23e28925802f00ece2bab288',
};

const toolsFolder = resolve(import.meta.dirname, '../.tools/bin');

export interface Tools extends LiveTools {
  /** What renders kustomizations here; null when there is nothing. */
  readonly kustomize: KustomizeTool | null;
}

/** Looks for the tools exactly as the product does; installs nothing. */
export async function findTools(): Promise<Tools> {
  return { kustomize: await findKustomize(), ...findLiveTools() };
}

/** Fills `.tools/bin`; the answer is one sentence about where kustomize came from. Throws an `AggregateError` of all attempts. */
async function installKustomize(): Promise<string> {
  await mkdir(toolsFolder, { recursive: true });
  const failures: Error[] = [];
  for (const install of [buildWithGo, downloadRelease]) {
    try {
      return await install();
    } catch (error) {
      failures.push(error as Error);
    }
  }
  throw new AggregateError(failures, failures.map((failure) => failure.message).join('; '));
}

async function buildWithGo(): Promise<string> {
  const module = `sigs.k8s.io/kustomize/kustomize/v5@${version}`;
  const environment = { ...process.env, GOBIN: toolsFolder };
  const go = (...args: string[]) => promisify(execFile)('go', args, { env: environment, timeout: 600_000 });
  try {
    await go('version');
  } catch (error) {
    throw new Error('no Go toolchain on PATH', { cause: error });
  }
  console.log(`tools: building kustomize ${version} with Go, once; this takes a minute or two`);
  try {
    await go('install', module);
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    throw new Error(`go install failed: ${said.split('\n').at(-1) || (error as Error).message}`, {
      cause: error,
    });
  }
  return `built kustomize ${version} into .tools/bin`;
}

async function downloadRelease(): Promise<string> {
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = releaseSha256[platform];
  if (expected === undefined) throw new Error(`no release is pinned for ${platform}`);
  const url =
    'https://github.com/kubernetes-sigs/kustomize/releases/download/' +
    `kustomize%2F${version}/kustomize_${version}_${platform}.tar.gz`;
  http.setGlobalProxyFromEnv?.();
  const archive = await download(url);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual}, expected ${expected}`);

  // Written beside its final name first: a half-written file must never be found.
  const target = join(toolsFolder, 'kustomize');
  await writeFile(`${target}.partial`, fileInTar(await promisify(gunzip)(archive), 'kustomize'));
  await chmod(`${target}.partial`, 0o755);
  await rename(`${target}.partial`, target);
  return `downloaded kustomize ${version} into .tools/bin (SHA-256 verified)`;
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

async function main(args: readonly string[]): Promise<void> {
  const done: string[] = [];
  const missing: string[] = [];
  if ((await findKustomize()) === null) {
    try {
      done.push(await installKustomize());
    } catch (error) {
      missing.push(
        `kustomize is missing (${(error as Error).message}). ` +
          'Kustomize folders cannot be rendered until `kustomize` or `kubectl` is on PATH.',
      );
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

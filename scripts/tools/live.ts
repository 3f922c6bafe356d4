/**
 * `npm run tools -- --live`: the programs that `test/live` runs against.
 *
 * They are looked for on PATH, then in the user's cache, where all checkouts share them. `kube-apiserver` and `etcd`
 * are built there by the Go toolchain, from the module in `kube-apiserver/`, whose go.sum pins every byte of source:
 * there is no release of them for every platform. Prometheus, VictoriaMetrics and Docker's registry come with the system.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Absolute paths; null for what is missing. */
export interface LiveTools {
  readonly 'kube-apiserver': string | null;
  readonly etcd: string | null;
  readonly prometheus: string | null;
  readonly alertmanager: string | null;
  readonly promtool: string | null;
  readonly 'victoria-metrics': string | null;
  readonly 'docker-registry': string | null;
}

const moduleFolder = resolve(import.meta.dirname, 'kube-apiserver');

const packages = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  etcd: 'go.etcd.io/etcd/server/v3',
} as const;

export function findLiveTools(env: NodeJS.ProcessEnv = process.env): LiveTools {
  const folders = [
    ...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    cacheFolder(env),
  ];
  const find = (name: string): string | null =>
    folders.map((folder) => join(folder, name)).find(isProgram) ?? null;
  return {
    'kube-apiserver': find('kube-apiserver'),
    etcd: find('etcd'),
    prometheus: find('prometheus'),
    alertmanager: find('prometheus-alertmanager') ?? find('alertmanager'),
    promtool: find('promtool'),
    'victoria-metrics': find('victoria-metrics'),
    'docker-registry': find('docker-registry'),
  };
}

/** Builds what is missing and can be built; the answers are lines for people about what was done and what is still missing. */
export async function installLiveTools(): Promise<{
  readonly done: readonly string[];
  readonly missing: readonly string[];
}> {
  const found = findLiveTools();
  const done: string[] = [];
  const missing: string[] = [];
  for (const name of ['kube-apiserver', 'etcd'] as const) {
    if (found[name] !== null) continue;
    try {
      done.push(await build(name));
    } catch (error) {
      missing.push(`${name} is missing (${(error as Error).message})`);
    }
  }
  if (found.prometheus === null || found.promtool === null)
    missing.push(
      'prometheus and promtool are missing: both are in the package `prometheus` of Debian and Ubuntu',
    );
  if (found['victoria-metrics'] === null)
    missing.push('victoria-metrics is missing: it is a package of Debian and Ubuntu');
  if (found['docker-registry'] === null)
    missing.push('docker-registry is missing: it is a package of Debian and Ubuntu');
  return { done, missing };
}

async function build(name: keyof typeof packages): Promise<string> {
  const folder = cacheFolder(process.env);
  await mkdir(folder, { recursive: true });
  const go = (...args: string[]) =>
    promisify(execFile)('go', args, { cwd: moduleFolder, timeout: 45 * 60_000, maxBuffer: 2 ** 26 });
  try {
    await go('version');
  } catch (error) {
    throw new Error('no Go toolchain on PATH', { cause: error });
  }
  console.log(`tools: building ${name} with Go, once; kube-apiserver takes some minutes`);
  const started = performance.now();
  // Written beside its final name first: a half-written program must never be found.
  const target = join(folder, name);
  try {
    await go('build', '-trimpath', '-ldflags', '-s -w', '-o', `${target}.partial`, packages[name]);
  } catch (error) {
    const { stderr, signal, message } = error as Error & {
      readonly stderr?: string;
      readonly signal?: string;
    };
    const said = stderr?.trim().split('\n').at(-1);
    throw new Error(`go build failed: ${said || (signal ? `ended by ${signal}` : message)}`, {
      cause: error,
    });
  }
  await rename(`${target}.partial`, target);
  return `built ${name} into ${folder} in ${Math.round((performance.now() - started) / 1000)} s`;
}

/** Named after what is built there: other pins, another folder. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const pins = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) pins.update(readFileSync(join(moduleFolder, file)));
  return join(programCache(env), `${pins.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`);
}

/** Where all checkouts of a user share what was built. */
export function programCache(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'faultline-tools');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

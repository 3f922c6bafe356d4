import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Git without the settings of whoever runs the tests. */
export const environment = {
  PATH: process.env['PATH'],
  HOME: tmpdir(),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C',
};

export function bytes(folder: string, args: readonly string[]): Buffer {
  return execFileSync('git', ['--git-dir', folder, ...args], {
    env: environment,
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function text(folder: string, args: readonly string[]): string {
  return bytes(folder, args).toString('utf8').trimEnd();
}

/** With something to read. */
export function fed(folder: string, args: readonly string[], input: string): void {
  execFileSync('git', ['--git-dir', folder, ...args], {
    env: environment,
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Null where git says no. */
export function attempt(folder: string, args: readonly string[]): string | null {
  const ran = spawnSync('git', ['--git-dir', folder, ...args], {
    env: environment,
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  return ran.status === 0 ? ran.stdout.trimEnd() : null;
}

const remembered = new Map<string, unknown>();

/** For what never changes: objects and what follows from them. */
export function once<Value>(folder: string, key: string, work: () => Value): Value {
  const name = `${folder}\0${key}`;
  if (!remembered.has(name)) remembered.set(name, work());
  return remembered.get(name) as Value;
}

/** Of all repositories below a folder. */
export function forget(root: string): void {
  for (const key of remembered.keys()) if (key.startsWith(root)) remembered.delete(key);
}

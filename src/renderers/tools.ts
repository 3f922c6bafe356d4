import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A program that builds kustomizations. */
export interface KustomizeTool {
  /** Absolute path. */
  readonly command: string;
  /** Arguments before the folder: `build`, or `kustomize` for kubectl. */
  readonly args: readonly string[];
  /** What it says of its version: part of every cache key. */
  readonly version: string;
}

const TOOLS = resolve(import.meta.dirname, '../../.tools/bin');

/** `kustomize` from PATH, else `kubectl kustomize` from PATH, else the one that `npm run tools` put into `.tools/bin`; null without any. */
export async function findKustomize(env: NodeJS.ProcessEnv = process.env): Promise<KustomizeTool | null> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    { command: findIn(folders, 'kustomize'), args: ['build'], versionArgs: ['version'] },
    { command: findIn(folders, 'kubectl'), args: ['kustomize'], versionArgs: ['version', '--client'] },
    { command: findIn([TOOLS], 'kustomize'), args: ['build'], versionArgs: ['version'] },
  ];
  for (const { command, args, versionArgs } of candidates) {
    if (command === null) continue;
    try {
      const { stdout } = await promisify(execFile)(command, versionArgs, {
        timeout: 10_000,
        env: { HOME: '/nonexistent' },
      });
      return { command, args, version: stdout.trim() };
    } catch {
      // A program of that name that cannot even tell its version is not used.
    }
  }
  return null;
}

function findIn(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

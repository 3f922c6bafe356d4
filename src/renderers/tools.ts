import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { RunResult } from './isolation/tool-run.ts';
import type { RenderJob } from './job.ts';

/** A renderer in another place could not be asked which tools it has. */
export interface Away {
  /** Why, as the end of a sentence that starts with what is not rendered. */
  readonly away: string;
}

/** What runs a job with a tool that is not on this machine. */
export type RunElsewhere = (job: RenderJob) => Promise<RunResult>;

/** A program that builds kustomizations. */
export interface KustomizeTool {
  /** Absolute path. */
  readonly command: string;
  /** Arguments before the folder: `build`, or `kustomize` for kubectl. */
  readonly args: readonly string[];
  /** What it says of its version: part of every cache key. */
  readonly version: string;
  /** Left out for a program of this machine. */
  readonly run?: RunElsewhere;
}

const TOOLS = resolve(import.meta.dirname, '../../.tools/bin');

/**
 * `kustomize` from PATH, else `kubectl kustomize` from PATH, else the one that `npm run tools` put into `.tools/bin`: the first
 * that knows what controllers of today know, else the first at all; null without any.
 */
export async function findKustomize(env: NodeJS.ProcessEnv = process.env): Promise<KustomizeTool | null> {
  const folders = foldersOf(env);
  const candidates = [
    { command: findIn(folders, 'kustomize'), args: ['build'], versionArgs: ['version'] },
    { command: findIn(folders, 'kubectl'), args: ['kustomize'], versionArgs: ['version', '--client'] },
    { command: findIn([TOOLS], 'kustomize'), args: ['build'], versionArgs: ['version'] },
  ];
  let older: KustomizeTool | null = null;
  for (const { command, args, versionArgs } of candidates) {
    const version = command && (await versionOf(command, versionArgs));
    if (!command || !version) continue;
    const tool = { command, args, version };
    if (isRecent(tool)) return tool;
    older ??= tool;
  }
  return older;
}

/** 5.7 brought `sourceValue` of replacements; Argo CD 3.2 and Flux 2.7 build with it or a later one. */
const RECENT = [5, 7] as const;

/** Versions are told as `v5.8.1`, and by kubectl in a line of its own: `Kustomize Version: v5.5.0`. */
export function isRecent({ version }: KustomizeTool): boolean {
  const [, major, minor] = /(?:^|Kustomize Version: |kustomize\/)v(\d+)\.(\d+)/.exec(version) ?? [];
  const [wantedMajor, wantedMinor] = RECENT;
  return Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
}

/** A program that renders charts. */
export interface HelmTool {
  /** Absolute path. */
  readonly command: string;
  /** What it says of its version: part of every cache key. */
  readonly version: string;
  /** Left out for a program of this machine. */
  readonly run?: RunElsewhere;
}

/** Looks for a tool of this machine once. One of a renderer may be another one after its next start, and one that is away comes back. */
export function foundOnce<T extends { readonly run?: RunElsewhere }>(
  find: () => Promise<T | Away | null>,
): () => Promise<T | Away | null> {
  let known: Promise<T | Away | null> | null = null;
  return async () => {
    const found = await (known ??= find());
    if (found !== null && ('away' in found || found.run !== undefined)) known = null;
    return found;
  };
}

/** `helm` from PATH, else the one that `npm run tools` put into `.tools/bin`; null without any. */
export async function findHelm(env: NodeJS.ProcessEnv = process.env): Promise<HelmTool | null> {
  for (const folders of [foldersOf(env), [TOOLS]]) {
    const command = findIn(folders, 'helm');
    const version = command && (await versionOf(command, ['version', '--short']));
    if (command && version) return { command, version };
  }
  return null;
}

/** Absolute ones: what is relative could be a folder of the repository that this runs in. */
function foldersOf(env: NodeJS.ProcessEnv): readonly string[] {
  return (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
}

/** Null for a program that cannot even tell its version: it is not used. */
async function versionOf(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      timeout: 10_000,
      env: { HOME: '/nonexistent' },
    });
    return stdout.trim();
  } catch {
    return null;
  }
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

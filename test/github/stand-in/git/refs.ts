import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from './objects.ts';
import { attempt, text } from './run.ts';

export interface Ref {
  readonly ref: string;
  readonly sha: string;
}

export function refs(folder: string, prefix: string): readonly Ref[] {
  return text(folder, ['for-each-ref', '--format=%(refname) %(objectname)'])
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => ({ ref: line.slice(0, line.indexOf(' ')), sha: line.slice(line.indexOf(' ') + 1) }));
}

export function refAt(folder: string, ref: string): string | null {
  if (!/^refs\/./.test(ref) || ref.split('/').includes('..')) return null;
  const file = join(folder, ref);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Packed, a folder of other references, or nothing.
    return existsSync(join(folder, 'packed-refs'))
      ? attempt(folder, ['rev-parse', '--quiet', '--verify', ref])
      : null;
  }
}

export function branchAt(folder: string, branch: string): string | null {
  return refAt(folder, `refs/heads/${branch}`);
}

/** `false`: the reference is not at `from` any more. */
export function updateRef(folder: string, ref: string, to: string | null, from: string | null): boolean {
  const old = from ?? '0'.repeat(40);
  return (
    attempt(folder, to === null ? ['update-ref', '-d', ref, old] : ['update-ref', ref, to, old]) !== null
  );
}

/** A commit by branch, tag, full or short id; null without. */
export function resolveCommit(folder: string, revision: string): string | null {
  if (/^[0-9a-f]{40}$/.test(revision)) return isObject(folder, revision, 'commit') ? revision : null;
  const branch = branchAt(folder, revision.replace(/^refs\/heads\//, ''));
  if (branch !== null) return branch;
  if (revision === '' || revision.startsWith('-')) return null;
  return attempt(folder, ['rev-parse', '--quiet', '--verify', '--end-of-options', `${revision}^{commit}`]);
}

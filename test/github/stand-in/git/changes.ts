import { bytes, once } from './run.ts';
import { emptyTree } from './trees.ts';

export interface FileChange {
  readonly path: string;
  readonly previous: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** From the first `@@`; null for binary files. */
  readonly patch: string | null;
}

const statuses: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'removed',
  R: 'renamed',
  T: 'changed',
};

/** What changed between two commits (or from nothing). */
export function changesBetween(folder: string, from: string | null, to: string): readonly FileChange[] {
  return once(folder, `changes from ${from} to ${to}`, () => {
    const options = ['--patch-with-raw', '-z', '-M', '--no-abbrev'];
    const printed = bytes(folder, ['diff', ...options, from ?? emptyTree, to]).toString('utf8');
    const middle = printed.indexOf('\0\0');
    const records = printed.slice(0, middle).split('\0');
    const patches = printed.slice(middle + 2).split(/^(?=diff --git )/m);
    const changes: FileChange[] = [];
    for (let at = 0; at + 1 < records.length;) {
      const [, , before = '', after = '', letter = ''] = (records[at] ?? '').split(' ');
      const isRenamed = /^[RC]/.test(letter);
      const first = records[at + 1] ?? '';
      changes.push({
        ...patchOf(patches[changes.length] ?? ''),
        path: isRenamed ? (records[at + 2] ?? '') : first,
        previous: isRenamed ? first : null,
        status: statuses[letter.charAt(0)] ?? 'modified',
        sha: letter === 'D' ? before : after,
      });
      at += isRenamed ? 3 : 2;
    }
    return changes;
  });
}

function patchOf(text: string): Pick<FileChange, 'patch' | 'additions' | 'deletions'> {
  const patch = /^@@ [^]*/m.exec(text)?.[0].replace(/\n$/, '') ?? null;
  const lines = patch?.split('\n') ?? [];
  return {
    patch,
    additions: lines.filter((line) => line.startsWith('+')).length,
    deletions: lines.filter((line) => line.startsWith('-')).length,
  };
}

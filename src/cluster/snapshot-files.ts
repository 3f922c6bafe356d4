import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import type { ClusterProblem } from '../model/cluster-state.ts';

/** Bytes. */
const LARGEST_FILE = 64 * 2 ** 20;

/** The folder, or the file, of a recorded cluster. */
export interface Snapshot {
  readonly root: string;
  readonly isFolder: boolean;
  readonly problems: ClusterProblem[];
}

/** Paths of the files that may hold objects, sorted, relative to the folder. */
export async function objectFiles({ root, isFolder, problems }: Snapshot): Promise<readonly string[]> {
  if (!isFolder) return [basename(root)];
  const files: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: Error) => {
      problems.push({ where: folder || root, message: `cannot be listed: ${error.message}` });
      return [];
    });
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isOther = entry.name.startsWith('.') || path === 'logs' || path === 'metrics';
      if (entry.isDirectory() && !isOther) await visit(path);
      else if (!entry.isDirectory() && /\.(ya?ml|json)$/i.test(entry.name) && !isOther) files.push(path);
    }
  };
  await visit('');
  return files.sort();
}

/** The file's content, or null and a problem. Symlinks are followed inside the folder only. */
export async function readRegular(snapshot: Snapshot, file: string): Promise<Buffer | null> {
  const refuse = (message: string): null => {
    snapshot.problems.push({ where: file, message });
    return null;
  };
  try {
    const path = await realpath(snapshot.isFolder ? join(snapshot.root, file) : snapshot.root);
    if (!isInside(snapshot.root, path)) return refuse('a symlink that leaves the snapshot; refused');
    const { size, ...kind } = await fileKind(path);
    if (!kind.isFile) return refuse('not a regular file');
    if (size > LARGEST_FILE)
      return refuse(`${Math.ceil(size / 2 ** 20)} MiB; files up to ${LARGEST_FILE / 2 ** 20} MiB are read`);
    return await readFile(path);
  } catch (error) {
    const dangling = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return refuse(dangling ? 'a symlink to nothing' : `cannot be read: ${(error as Error).message}`);
  }
}

export async function fileKind(path: string): Promise<{ readonly size: number; readonly isFile: boolean }> {
  const found = await stat(path);
  return { size: found.size, isFile: found.isFile() };
}

/** Both paths are real ones, without symlinks or dots. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

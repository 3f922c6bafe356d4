import type { Dirent } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isTemporary, mirrorLock, temporaryName } from './mirror.ts';

export interface MirrorFolderOptions {
  /** Which has a folder for each mirror, or folders of such folders. */
  readonly folder: string;
  /** Bytes on disk that the mirrors may take together. */
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Swept {
  /** Folders of mirrors that were removed, those that were used longest ago first. */
  readonly removed: readonly string[];
  /** Bytes that are still there. */
  readonly bytes: number;
  /** True where more than the budget is in use. */
  readonly isOver: boolean;
}

/** A mirror that was read or fetched so lately is in use, in milliseconds: the longest scan is shorter. */
export const IN_USE = 3_600_000;
/** How exactly uses are noted, in milliseconds. */
const GRAIN = 60_000;
/** Its time of change is when the mirror was used last, also for other processes with the same folder. */
const USED = 'used';

/** By folder, when its use was noted last. */
const noted = new Map<string, number>();

/** Notes that a mirror is used now. @param home folder of the mirror */
export async function noteUse(home: string, now: number): Promise<void> {
  if (now - (noted.get(home) ?? -Infinity) < GRAIN) return;
  noted.set(home, now);
  const file = join(home, USED);
  const time = now / 1000;
  await utimes(file, time, time).catch(async () => {
    await mkdir(home, { recursive: true });
    await writeFile(file, '');
    await utimes(file, time, time);
  });
}

/**
 * Removes mirrors until the others fit into the budget: first those that were used longest ago, never one that is in use. A mirror that
 * is needed again is cloned again.
 */
export async function sweepMirrors({ folder, maxBytes, now }: MirrorFolderOptions): Promise<Swept> {
  const homes = await homesBelow(resolve(folder));
  const mirrors: { readonly home: string; readonly bytes: number; readonly usedAt: number }[] = [];
  // One after the other: nobody waits for this, and others need the disk.
  for (const home of homes)
    mirrors.push({ home, bytes: await bytesBelow(home), usedAt: await lastUse(home) });
  mirrors.sort((one, other) => one.usedAt - other.usedAt);
  let bytes = mirrors.reduce((sum, one) => sum + one.bytes, 0);
  const removed: string[] = [];
  for (const one of mirrors) {
    if (bytes <= maxBytes || now() - one.usedAt < IN_USE) break;
    if (!(await remove(one.home, now))) continue;
    removed.push(one.home);
    bytes -= one.bytes;
  }
  return { removed, bytes, isOver: bytes > maxBytes };
}

/** @param depth of folders that are no mirrors */
async function homesBelow(folder: string, depth = 1): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const homes: string[] = [];
  for (const entry of entries.filter((one) => one.isDirectory())) {
    const path = join(folder, entry.name);
    const names = await readdir(path).catch((): string[] => []);
    const isMirror = names.some((name) => name === 'mirror.git' || name === USED || isTemporary(name));
    if (isMirror || depth === 0) homes.push(path);
    else homes.push(...(await homesBelow(path, depth - 1)));
  }
  return homes;
}

/** False where somebody began to use it meanwhile. */
function remove(home: string, now: () => number): Promise<boolean> {
  // Who wants to fetch waits, and then clones.
  return mirrorLock(home, async () => {
    if (now() - (await lastUse(home)) < IN_USE) return false;
    const mirror = join(home, 'mirror.git');
    const aside = join(home, temporaryName());
    // At once out of sight, so that nobody opens half a mirror.
    await rename(mirror, aside).catch(() => undefined);
    await rm(home, { recursive: true, force: true });
    noted.delete(home);
    return true;
  });
}

/** Of a mirror without a note, when its folder changed. */
async function lastUse(home: string): Promise<number> {
  const found = await stat(join(home, USED)).catch(() => stat(home).catch(() => null));
  return found?.mtimeMs ?? 0;
}

/** Bytes that `stat` counts as one. */
const BLOCK = 512;

/** What the files take on disk, as `du` counts. */
async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesBelow(path);
    else bytes += ((await stat(path).catch(() => null))?.blocks ?? 0) * BLOCK;
  }
  return bytes;
}

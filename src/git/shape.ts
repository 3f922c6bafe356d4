import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gitIn } from './command.ts';

/** What of a repository is not to be had from a folder. */
export interface Shape {
  /** The root of the work tree that the folder is in, below its root: it is read without history. Null for none. */
  readonly root: string | null;
  /** The history ends where it was cut off. */
  readonly isShallow: boolean;
}

/** @param folder absolute, without symlinks in it */
export async function shapeOf(folder: string): Promise<Shape> {
  if (existsSync(join(folder, '.git')) || existsSync(join(folder, 'HEAD')))
    return { root: null, isShallow: await isShallow(folder) };
  return { root: rootAbove(folder), isShallow: false };
}

function rootAbove(folder: string): string | null {
  const above = dirname(folder);
  if (above === folder) return null;
  return existsSync(join(above, '.git')) ? above : rootAbove(above);
}

async function isShallow(folder: string): Promise<boolean> {
  const said = await gitIn(folder, dirname(folder))
    .run(['rev-parse', '--is-shallow-repository'])
    .catch(() => '');
  return said.trim() === 'true';
}

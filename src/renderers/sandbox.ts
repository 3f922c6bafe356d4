import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Writes files to a fresh, empty folder, lets a tool run there, and removes it. Nothing else exists for the tool. */
export async function inSandbox<T>(
  files: ReadonlyMap<string, Buffer | string>,
  use: (sandbox: string) => Promise<T>,
): Promise<T> {
  const sandbox = await realpath(await mkdtemp(join(tmpdir(), 'faultline-')));
  try {
    const folders = new Set([...files.keys()].map((path) => dirname(join(sandbox, path))));
    for (const folder of folders) await mkdir(folder, { recursive: true });
    await Promise.all([...files].map(([path, content]) => writeFile(join(sandbox, path), content)));
    return await use(sandbox);
  } finally {
    await rm(sandbox, { recursive: true, force: true });
  }
}

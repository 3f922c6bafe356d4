import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Renders that a cache folder (`XDG_CACHE_HOME`) keeps: what a process rendered successfully, each content once. */
export function rendersIn(cache: string): number {
  const folder = join(cache, 'faultline/renders');
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .length;
  } catch {
    return 0;
  }
}

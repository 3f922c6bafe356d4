import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The version of package.json, which lies beside `src/` and beside what is built from it. */
export function ownVersion(): string {
  const file = resolve(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

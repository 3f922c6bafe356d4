import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { git } from './made-repository.ts';

/** An entry as it stands in a tree object; git itself would refuse to write most that are made with this. */
export interface RawEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** Writes an object into a repository byte for byte, without any check. */
export function writeObject(folder: string, type: 'blob' | 'tree' | 'commit', content: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash('sha1').update(whole).digest('hex');
  const place = join(folder, '.git/objects', id.slice(0, 2));
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, id.slice(2)), deflateSync(whole));
  return id;
}

export function writeBlob(folder: string, text: string): string {
  return writeObject(folder, 'blob', Buffer.from(text));
}

/** Entries stay in the order in which they are given. */
export function writeTree(folder: string, entries: readonly RawEntry[]): string {
  const parts = entries.map(({ mode, name, id }) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  return writeObject(folder, 'tree', Buffer.concat(parts));
}

/** A commit of the tree at the end of `main`. */
export function commitTree(folder: string, tree: string): string {
  const who = 'Ada <ada@example.com> 1772359200 +0000';
  const commit = writeObject(
    folder,
    'commit',
    Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nodd\n`),
  );
  git(folder, 'update-ref', 'refs/heads/main', commit);
  return commit;
}

export function file(name: string, id: string): RawEntry {
  return { mode: '100644', name, id };
}

export function folder(name: string, id: string): RawEntry {
  return { mode: '40000', name, id };
}

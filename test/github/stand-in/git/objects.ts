import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { attempt, bytes, once } from './run.ts';

/*
 * Loose objects, read and written without starting git: a story in a test takes some hundred of them. Packed ones are read
 * by git.
 */

export type ObjectType = 'blob' | 'tree' | 'commit';

interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

export function writeObject(folder: string, type: ObjectType, content: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const sha = createHash('sha1').update(whole).digest('hex');
  const file = looseFile(folder, sha);
  if (existsSync(file)) return sha;
  mkdirSync(join(file, '..'), { recursive: true });
  // Named when it is whole, so that git never sees half of it.
  const unfinished = `${file}.${randomUUID()}`;
  writeFileSync(unfinished, deflateSync(whole), { mode: 0o444 });
  renameSync(unfinished, file);
  return sha;
}

/** Null where there is no such object. */
export function readObject(folder: string, sha: string): GitObject | null {
  if (!/^[0-9a-f]{40}$/.test(sha)) return null;
  const file = looseFile(folder, sha);
  if (!existsSync(file)) return packedObject(folder, sha);
  return once(folder, sha, () => {
    const whole = inflateSync(readFileSync(file));
    const end = whole.indexOf(0);
    return { type: whole.toString('latin1', 0, whole.indexOf(32)), content: whole.subarray(end + 1) };
  });
}

function packedObject(folder: string, sha: string): GitObject | null {
  const type = attempt(folder, ['cat-file', '-t', sha]);
  return type === null ? null : { type, content: bytes(folder, ['cat-file', type, sha]) };
}

function looseFile(folder: string, sha: string): string {
  return join(folder, 'objects', sha.slice(0, 2), sha.slice(2));
}

export function isObject(folder: string, sha: string, type: ObjectType): boolean {
  return readObject(folder, sha)?.type === type;
}

export function writeBlob(folder: string, content: Buffer): string {
  return writeObject(folder, 'blob', content);
}

export function readBlob(folder: string, sha: string): Buffer {
  return contentOf(folder, sha, 'blob');
}

export function contentOf(folder: string, sha: string, type: ObjectType): Buffer {
  const object = readObject(folder, sha);
  if (object?.type !== type) throw new Error(`${folder} has no ${type} ${sha}`);
  return object.content;
}

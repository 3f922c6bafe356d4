import { readObject, writeObject } from './objects.ts';
import { once } from './run.ts';

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  /** What `gpgsig` has; null without. */
  readonly signature: string | null;
  /** The commit without its signature: what was signed. */
  readonly payload: string;
  readonly message: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type NewCommit = Pick<Commit, 'tree' | 'parents' | 'author' | 'committer' | 'message'>;

/** Writes a commit; `sign` makes a signature of its payload. */
export function writeCommit(
  folder: string,
  commit: NewCommit,
  sign: ((payload: string) => string) | null,
): string {
  const head = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signatureText(commit.author)}`,
    `committer ${signatureText(commit.committer)}`,
  ].join('\n');
  const payload = `${head}\n\n${commit.message}`;
  const signature = sign === null ? '' : `\ngpgsig ${sign(payload).trimEnd().replaceAll('\n', '\n ')}`;
  return writeObject(folder, 'commit', Buffer.from(`${head}${signature}\n\n${commit.message}`));
}

function signatureText({ name, email, at }: Signature): string {
  return `${name.replaceAll(/[<>\n]/g, '')} <${email.replaceAll(/[<>\n]/g, '')}> ${Math.floor(at / 1000)} +0000`;
}

/** Null where there is no such commit. */
export function readCommit(folder: string, sha: string): Commit | null {
  const object = readObject(folder, sha);
  if (object?.type !== 'commit') return null;
  return once(folder, `commit ${sha}`, () => parsedCommit(sha, object.content.toString('utf8')));
}

/** For commits that must be there. */
export function commitAt(folder: string, sha: string): Commit {
  const commit = readCommit(folder, sha);
  if (commit === null) throw new Error(`${folder} has no commit ${sha}`);
  return commit;
}

function parsedCommit(sha: string, raw: string): Commit {
  const head = raw.slice(0, raw.indexOf('\n\n') + 1);
  const signature = /^gpgsig (.*(?:\n .*)*)\n/m.exec(head);
  const payload = signature === null ? raw : raw.replace(signature[0], '');
  const end = payload.indexOf('\n\n');
  const lines = payload.slice(0, end).split('\n');
  const values = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    sha,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: parsedSignature(values('author')[0] ?? ''),
    committer: parsedSignature(values('committer')[0] ?? ''),
    signature: signature === null ? null : (signature[1] ?? '').replaceAll('\n ', '\n'),
    payload,
    message: payload.slice(end + 2).replace(/\n$/, ''),
  };
}

function parsedSignature(line: string): Signature {
  const parts = /^(.*) <(.*)> (\d+) [-+]\d{4}$/.exec(line);
  return { name: parts?.[1] ?? '', email: parts?.[2] ?? '', at: Number(parts?.[3] ?? 0) * 1000 };
}

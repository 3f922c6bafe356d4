import { describeTime } from '../kubernetes/durations.ts';
import type { Commit } from '../model/commit.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';

/** `commit a1b2c3d4 by Mina Holm (2026-03-01 16:00 UTC, "Divide the settings")` */
export function describeCommit({ sha, author, at, subject }: Commit): Prose {
  return prose`commit ${sha.slice(0, 8)} by ${author} (${describeTime(at)}, "${subject}")`;
}

/** The same at the start of a sentence. */
export function commitAsActor({ sha, author, at, subject }: Commit): Prose {
  return prose`Commit ${sha.slice(0, 8)} by ${author} (${describeTime(at)}, "${subject}")`;
}

/** The commit as evidence of what it did: `text`. */
export function commitEvidence({ sha, author, at, subject }: Commit, text: string): Evidence {
  return quoted('git', sha.slice(0, 8), at, `${text} — ${subject} (${author})`);
}

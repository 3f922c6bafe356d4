import type { Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Commit } from '../model/commit.ts';
import type { FieldVersion } from '../model/need.ts';

/** Who set a field that a rule wants to raise, newest change first in everything. */
export interface Authorship {
  /** The newest value that a person committed; undefined when the history does not tell. */
  readonly lastChoice: { readonly value: Scalar; readonly commit: Commit } | undefined;
  /** The newest change, when a program made it. */
  readonly automatic: FieldVersion | undefined;
  /** The newest change to the field, with the value before it. */
  readonly latest:
    | { readonly from: Scalar | undefined; readonly to: Scalar | undefined; readonly commit: Commit }
    | undefined;
  /** Changes to a larger amount, newest first. */
  readonly raises: readonly { readonly from: Scalar; readonly to: Scalar; readonly commit: Commit }[];
}

/** Reads the history of a field (`null`: there is none). The first commit of a value counts as a change from nothing. */
export function authorshipOf(history: readonly FieldVersion[] | null): Authorship {
  const newest = history?.[0];
  const chosen = history?.find(({ value, commit }) => value !== undefined && !isAutomatic(commit));
  return {
    lastChoice: chosen && { value: chosen.value!, commit: chosen.commit },
    automatic: newest && isAutomatic(newest.commit) ? newest : undefined,
    latest: newest && { from: history?.[1]?.value, to: newest.value, commit: newest.commit },
    raises: (history ?? []).flatMap(({ value, commit }, index) => {
      const from = history![index + 1]?.value;
      const [before, after] = [parseQuantity(from), parseQuantity(value)];
      return before !== null && after !== null && after > before ? [{ from: from!, to: value!, commit }] : [];
    }),
  };
}

/**
 * True when a program chose what the commit changes: one of ours (the author or the subject says so), or any account
 * that GitHub or its name marks as a bot. A person who merges our pull request did not choose the value.
 */
export function isAutomatic({ author, email, subject }: Commit): boolean {
  return (
    [author, email, subject].some((text) => /\bfaultline\b/i.test(text)) ||
    /\[bot\]|\bbot\b/i.test(`${author} ${email}`)
  );
}

/** The newest change to the value, as git tells it. */
export function historyEvidence(value: 'limit' | 'maximum', { latest }: Authorship): readonly Evidence[] {
  if (latest?.to === undefined) return [];
  const { sha, author, at, subject } = latest.commit;
  return [
    quoted('git', sha.slice(0, 8), at, `${value} ${String(latest.to)} since "${subject}" by ${author}`),
  ];
}

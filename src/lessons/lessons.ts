import { EXPECTATIONS_FILE } from '../config/defaults.ts';
import { decode } from '../edits/edit.ts';
import { unifiedDiff } from '../git/diff.ts';
import type { Lesson, Lessons } from '../model/lessons.ts';
import type { Located } from '../model/located.ts';
import type { Revision } from '../sources/revision.ts';
import { listed, prose, type Prose } from '../untrusted/prose.ts';
import { learned, lowered } from './learned.ts';
import { teach } from './write.ts';

/** The expectations of a repository at one commit, for fixes that add to them. */
export interface Teaching {
  readonly file: Buffer | null;
  /** Why Faultline leaves the file alone, whatever a fix teaches; null where it may write it. */
  readonly barred: Prose | null;
}

/**
 * A file that a root reads is not for expectations alone: writing it might change what is deployed. Where there is no file, one is imagined,
 * since whoever applies a whole folder reads what comes into it.
 */
export async function teachingAt(revision: Pick<Revision, 'tree' | 'with'>): Promise<Teaching> {
  await revision.tree.load([EXPECTATIONS_FILE]);
  const file = revision.tree.read(EXPECTATIONS_FILE) ?? null;
  const imagined = revision.with(new Map([[EXPECTATIONS_FILE, file ?? Buffer.from('expectations: []\n')]]));
  const readers = (await imagined.readersOf(EXPECTATIONS_FILE)).map(({ id }) => id);
  return {
    file,
    barred:
      readers.length === 0 ? null : prose`${EXPECTATIONS_FILE} is part of what ${listed(readers)} applies`,
  };
}

/**
 * What a fix adds to the expectations, and what of them it ends. Null where it has nothing to do with them.
 *
 * @param since the branch of the fix
 */
export function lessonsOf(
  located: Pick<Located, 'changes' | 'proof'>,
  teaching: Teaching,
  since: string,
): Lessons | null {
  // Where something could not be rendered, nobody could hold a change to it.
  return taughtBy(
    teaching,
    located.proof.status === 'proven' ? learned(located) : [],
    lowered(located),
    since,
  );
}

/** The same of a change that takes a fix back: it teaches nothing. */
export function unlearnedBy(located: Pick<Located, 'changes'>, teaching: Teaching): Lessons | null {
  return taughtBy(teaching, [], lowered(located), '');
}

function taughtBy(
  { file, barred }: Teaching,
  lessons: readonly Lesson[],
  less: readonly Lesson[],
  since: string,
): Lessons | null {
  if (lessons.length + less.length === 0) return null;
  const left = (why: Prose): Lessons | null =>
    lessons.length === 0
      ? null
      : { file: EXPECTATIONS_FILE, content: null, diff: '', written: [], ended: [], left: [why] };
  if (barred) return left(barred);
  const text = file && decode(file);
  if (file !== null && text === null) return left(prose`${EXPECTATIONS_FILE} is no UTF-8 text`);
  const taught = teach(text, lessons, less, since);
  if (taught.kind === 'left') return left(taught.why);
  const isChanged = taught.text !== (text ?? '');
  if (!isChanged && taught.left.length === 0) return null;
  const { written, ended } = taught;
  return {
    file: EXPECTATIONS_FILE,
    content: isChanged ? Buffer.from(taught.text) : null,
    diff: isChanged ? unifiedDiff(EXPECTATIONS_FILE, text, taught.text) : '',
    written,
    ended,
    left: taught.left,
  };
}

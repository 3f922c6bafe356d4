import { describeConfigError } from '../config/checked-yaml.ts';
import { EXPECTATIONS_FILE } from '../config/defaults.ts';
import { expectationsIn, type Expectation } from '../config/expectations.ts';
import { applyEdits, type Replacement } from '../edits/edit.ts';
import { insertItem, insertKey } from '../edits/insert.ts';
import { openDocument, type OpenDocument } from '../edits/open-document.ts';
import { removeItem } from '../edits/remove-item.ts';
import { replaceScalar } from '../edits/replace-scalar.ts';
import { splitDocuments } from '../edits/split.ts';
import type { EditResult } from '../edits/verify.ts';
import type { Json } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Lesson, Lessons } from '../model/lessons.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';

const LIST = ['expectations'];

/** What the file begins with where Faultline makes it. */
const HEADER =
  '# What earlier failures taught. The guard of Faultline holds every pull request to it; edit or delete any line.\n';

/** What Faultline wrote names the branch of the fix. */
const OWN = /^faultline\//;

export type Taught =
  | { readonly kind: 'left'; readonly why: Prose }
  | ({ readonly kind: 'taught'; readonly text: string } & Pick<Lessons, 'written' | 'ended' | 'left'>);

/**
 * The file of expectations with what a fix teaches. Every byte that is not about that stays: people write in this file too.
 *
 * - What is expected already, by anybody, is not written again.
 * - What an earlier fix of Faultline's expected of the field gives way: raised where this fix raises it, gone where this fix lowers it.
 * - What people expect stays. Where the fix does not meet it, nothing is written beside it.
 *
 * @param text null where there is no file
 * @param lowered what the fix gives less of than before
 * @param since the branch of the fix
 */
export function teach(
  text: string | null,
  lessons: readonly Lesson[],
  lowered: readonly Lesson[],
  since: string,
): Taught {
  const before = expectationsIn(text ?? '');
  if (before.errors.length > 0)
    return { kind: 'left', why: prose`${describeConfigError(before.errors[0]!)}` };
  let now = text ?? '';
  const left: Prose[] = [];
  const ended: Lessons['ended'][number][] = [];
  const kept: Lesson[] = [];
  const carryOut = (edited: string | null): void => {
    if (edited === null)
      left.push(prose`${EXPECTATIONS_FILE} is written in a way that Faultline does not edit`);
    else now = edited;
  };
  for (const lesson of lowered) {
    const own = expectationsIn(now).expectations.findIndex(
      (one) => isSame(one, lesson) && isOwn(one) && !isMet(one, lesson),
    );
    if (own < 0) continue;
    const { line, since: from } = expectationsIn(now).expectations[own]!;
    const edited = withoutItem(now, own);
    carryOut(edited);
    if (edited !== null) ended.push({ line, since: from! });
  }
  for (const lesson of lessons.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const all = expectationsIn(now).expectations;
    const same = all.filter((one) => isSame(one, lesson));
    const against = same.find((one) => !isMet(one, lesson) && !(isOwn(one) && isFloor(one)));
    const own = same.find((one) => isOwn(one) && isFloor(one) && !isOver(one, lesson));
    if (against) {
      left.push(prose`${EXPECTATIONS_FILE}:${against.line} expects something else of this field`);
      continue;
    }
    if (same.some((one) => isFloor(one) && isOver(one, lesson))) continue;
    const edited = own ? raised(now, all.indexOf(own), lesson, since) : added(now, all, lesson, since);
    carryOut(edited);
    if (edited !== null) kept.push(lesson);
  }
  const after = expectationsIn(now);
  const written = kept.map((lesson) => ({
    ...lesson,
    line: after.expectations.find((one) => isSame(one, lesson) && one.atLeast === lesson.atLeast)?.line ?? 0,
  }));
  if (after.errors.length > 0 || written.some(({ line }) => line === 0))
    return { kind: 'left', why: ownText('what would be written could not be read again') };
  return { kind: 'taught', text: now, written, ended, left };
}

function isSame(one: Expectation, lesson: Lesson): boolean {
  return (
    one.object === lesson.object &&
    (one.namespace === undefined || one.namespace === lesson.namespace) &&
    (one.root === undefined || one.root === lesson.root) &&
    one.field === lesson.field
  );
}

function isOwn({ since }: Expectation): boolean {
  return since !== undefined && OWN.test(since);
}

/** A lower bound alone, as Faultline writes it. */
function isFloor({ atLeast, atMost, equals }: Expectation): boolean {
  return atLeast !== undefined && atMost === undefined && equals === undefined;
}

function isOver({ atLeast }: Expectation, lesson: Lesson): boolean {
  return (parseQuantity(atLeast) ?? -Infinity) >= (parseQuantity(lesson.atLeast) ?? 0);
}

/** Whether the value that the fix sets is as expected; what cannot be compared is. */
function isMet({ atLeast, atMost, equals }: Expectation, lesson: Lesson): boolean {
  const is = parseQuantity(lesson.atLeast) ?? 0;
  return (
    is >= (parseQuantity(atLeast) ?? -Infinity) &&
    is <= (parseQuantity(atMost) ?? Infinity) &&
    is === (parseQuantity(equals) ?? is)
  );
}

/** Two fixes at a time write at two places, so that git merges them. */
function keyOf({
  namespace,
  object,
  field,
  root,
}: Pick<Expectation, 'object' | 'field'> & {
  readonly namespace?: string | null | undefined;
  readonly root?: string | undefined;
}): string {
  return [namespace ?? '', object, field, root ?? ''].join(' ');
}

function itemOf({ object, namespace, root, field, atLeast }: Lesson, since: string): Json {
  return { object, ...(namespace === null ? {} : { namespace }), root, field, atLeast, since };
}

function added(text: string, all: readonly Expectation[], lesson: Lesson, since: string): string | null {
  const item = itemOf(lesson, since);
  const document = opened(text);
  if (document === null) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    const fresh = opened('expectations:\n  - a\n')!;
    const begun = carriedOut(fresh.text, insertItem(fresh, LIST, item));
    return begun && `${text === '' ? HEADER : text + gap}${begun.replace('  - a\n', '')}`;
  }
  const isThere =
    document.root.kind === 'mapping' && document.root.entries.some(({ key }) => key === LIST[0]);
  if (!isThere) return carriedOut(text, insertKey(document, [], LIST[0]!, [item]));
  const behind = all.findIndex((one) => keyOf(one) > keyOf(lesson));
  return carriedOut(text, insertItem(document, LIST, item, behind < 0 ? all.length : behind));
}

function raised(text: string, index: number, { atLeast }: Lesson, since: string): string | null {
  const document = opened(text);
  const bound = document && replaceScalar(document, [...LIST, index, 'atLeast'], atLeast);
  if (bound?.kind !== 'edited') return null;
  return carriedOut(
    applyEdits(text, [bound.edit]),
    replaceScalar(bound.after, [...LIST, index, 'since'], since),
  );
}

/** The last one leaves an empty list. */
function withoutItem(text: string, index: number): string | null {
  const document = opened(text);
  if (document === null) return null;
  const { expectations } = expectationsIn(text);
  if (expectations.length > 1) return carriedOut(text, removeItem(document, LIST, index));
  const list = document.root.kind === 'mapping' && document.root.entries.find(({ key }) => key === LIST[0]);
  if (!list || list.value.kind !== 'sequence') return null;
  const { keyEnd, value } = list;
  const colon = text.indexOf(':', keyEnd) + 1;
  const empty = `${text.slice(0, colon)} []${text.slice(colon, value.end).endsWith('\n') ? '\n' : ''}${text.slice(value.end)}`;
  const after = expectationsIn(empty);
  return after.errors.length === 0 && after.expectations.length === 0 ? empty : null;
}

function opened(text: string): OpenDocument | null {
  const [range] = splitDocuments(text);
  const document = range && openDocument(text, range);
  return document?.kind === 'document' ? document : null;
}

function carriedOut(text: string, result: EditResult): string | null {
  return result.kind === 'edited' ? applyEdits(text, [result.edit satisfies Replacement]) : null;
}

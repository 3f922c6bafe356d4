import { groupOf, refOf, type Json, type ObjectRef } from '../kubernetes/objects.ts';
import { fieldAt, readablePath } from '../kubernetes/field-path.ts';
import { differences } from '../kubernetes/differences.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import { parted, type Parted } from './consequences.ts';
import type { Change } from '../model/change.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';

/** What differs between two renders of one root. */
export interface Comparison extends Parted {
  /** Pairs of documents that differ, for showing: null where an object appeared or disappeared. */
  readonly documents: readonly {
    readonly before: string | null;
    readonly after: string | null;
    readonly object: ObjectRef;
  }[];
}

const COMPARED = new WeakMap<readonly RenderedObject[], WeakMap<readonly RenderedObject[], Comparison>>();

/** {@link compareRenders}, once for the same two renders: many workloads can ask about one edit. */
export function comparedOnce(
  before: readonly RenderedObject[],
  after: readonly RenderedObject[],
): Comparison {
  const compared = COMPARED.get(before) ?? new WeakMap<readonly RenderedObject[], Comparison>();
  COMPARED.set(before, compared);
  const comparison = compared.get(after) ?? compareRenders(before, after);
  compared.set(after, comparison);
  return comparison;
}

/**
 * Compares two renders. Objects match by group, kind, namespace and name; the others match by the
 * name without its generated hash. Lists are compared by index: moving an item is a change.
 */
export function compareRenders(
  before: readonly RenderedObject[],
  after: readonly RenderedObject[],
): Comparison {
  // Most documents are the same text on both sides; those need no parsing.
  const texts = new Map<string, number>();
  for (const { text } of after) texts.set(text, (texts.get(text) ?? 0) + 1);
  const changedBefore = before.filter(({ text }) => !takeOne(texts, text));
  const left = new Map<string, number>();
  for (const { text } of before) left.set(text, (left.get(text) ?? 0) + 1);
  const changedAfter = after.filter(({ text }) => !takeOne(left, text));

  const pairs = pair(changedBefore, changedAfter);
  const renamed = new Map<string, string>();
  for (const { before: old, after: now } of pairs) {
    const [was, is] = [old && refOf(old.object).name, now && refOf(now.object).name];
    if (was && is && was !== is) renamed.set(was, is);
  }

  const changes: Change<Json>[] = [];
  const documents: Comparison['documents'][number][] = [];
  for (const { before: old, after: now } of pairs) {
    const object = refOf((old ?? now)!.object);
    documents.push({ object, before: old?.text ?? null, after: now?.text ?? null });
    if (!old || !now) {
      changes.push({
        object,
        field: fieldAt([]),
        before: old ? (old.object as unknown as Json) : null,
        after: now ? (now.object as unknown as Json) : null,
      });
      continue;
    }
    for (const difference of differences(old.object as unknown as Json, now.object as unknown as Json)) {
      const field = fieldAt(
        readablePath(difference.before === undefined ? now.object : old.object, difference.path),
      );
      changes.push({ object, field, before: difference.before ?? null, after: difference.after ?? null });
    }
  }
  return { ...parted(changes, renamed), documents };
}

function takeOne(counts: Map<string, number>, text: string): boolean {
  const count = counts.get(text) ?? 0;
  if (count > 0) counts.set(text, count - 1);
  return count > 0;
}

interface Pair {
  readonly before: RenderedObject | null;
  readonly after: RenderedObject | null;
}

function pair(before: readonly RenderedObject[], after: readonly RenderedObject[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let olds = [...before];
  let news = [...after];
  for (const identity of [identityOf, identityWithoutHash]) {
    const byIdentity = new Map<string, RenderedObject[]>();
    for (const now of news) {
      const key = identity(now);
      const same = byIdentity.get(key);
      if (same) same.push(now);
      else byIdentity.set(key, [now]);
    }
    const matched = new Set<RenderedObject>();
    olds = olds.filter((old) => {
      const now = byIdentity.get(identity(old))?.shift();
      if (!now) return true;
      matched.add(now);
      pairs.push({ before: old, after: now });
      return false;
    });
    news = news.filter((now) => !matched.has(now));
  }
  return [
    ...pairs,
    ...olds.map((old) => ({ before: old, after: null })),
    ...news.map((now) => ({ before: null, after: now })),
  ];
}

function identityOf({ object }: RenderedObject): string {
  const { kind, namespace, name } = refOf(object);
  return JSON.stringify([groupOf(object.apiVersion), kind, namespace, name]);
}

function identityWithoutHash({ object }: RenderedObject): string {
  const { kind, namespace, name } = refOf(object);
  return JSON.stringify([groupOf(object.apiVersion), kind, namespace, withoutHash(name)]);
}

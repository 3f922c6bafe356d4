import { leafName } from '../kubernetes/field-path.ts';
import type { Json, ObjectRef } from '../kubernetes/objects.ts';
import type { PlacedChange, Change } from '../model/change.ts';
import type { Commit } from '../model/commit.ts';
import type { Located } from '../model/located.ts';
import type { Site } from '../model/site.ts';
import { maskDiff } from '../untrusted/mask-diff.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';

/** The part of a fix that `diagnose` and `locate` have in common: what changes, what follows, and the proof. */
export function locatedJson({ changes, derived, proof, diff }: Located): {
  readonly changes: readonly Json[];
  readonly derived: readonly Json[];
  readonly proof: Json;
  readonly diff: string;
} {
  return {
    changes: changes.map(changeJson),
    derived: derived.map((change) => ({ ...fieldChangeJson(change), because: change.because })),
    proof: {
      status: proof.status,
      reason: proof.reason === null ? null : plainText(untrusted(proof.reason)),
      roots: proof.roots.map(({ root, by, changes: changed }) => ({
        root,
        ...(by === undefined ? {} : { by }),
        changes: changed.map(fieldChangeJson),
      })),
    },
    diff: maskDiff(diff),
  };
}

/** What is added has nothing before it, although the field may have had a value from elsewhere. */
function changeJson({ site, ...change }: PlacedChange): Json {
  const before = site.kind === 'add' ? null : change.before;
  return { ...fieldChangeJson({ ...change, before }), site: siteJson(site) };
}

/** `before` and `after` are masked by the name of their field. */
export function fieldChangeJson({ object, field, before, after }: Change<Json>): {
  readonly [key: string]: Json;
} {
  const name = leafName(field);
  return {
    object: objectJson(object),
    field: field.text,
    before: maskJson(name, before),
    after: maskJson(name, after),
  };
}

export function objectJson({ apiVersion, kind, namespace, name }: ObjectRef): Json {
  return { apiVersion, kind, namespace, name };
}

/** `likely` says why, and is there only where the place is no more than that. */
export function siteJson({ file, document, line, column, path, renderer, root, kind, likely }: Site): Json {
  const place = { file, document, line, column, path, renderer, root, kind };
  return likely === undefined ? place : { ...place, likely: plainText(untrusted(likely)) };
}

/** A commit as `changedBefore` and `blame` print it. */
export function commitJson({ sha, author, at, subject }: Commit): Readonly<Record<string, Json>> {
  return {
    commit: sha,
    author: plainText(untrusted(author)),
    at: time(at),
    subject: plainText(untrusted(subject)),
  };
}

/** RFC 3339 in UTC, to the second; null for what is no time. */
export function time(at: number): string | null {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

import { createHash } from 'node:crypto';
import type { FieldName } from '../kubernetes/field-path.ts';
import { isQuantity } from '../kubernetes/compare.ts';
import { sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { MarkerDetails } from './marker-details.ts';
import type { Proposal } from '../model/proposal.ts';

/** More than this is not watched: a change of so many objects has a shared line, and its first objects tell. */
const MOST_OBJECTS = 24;
const MOST_FIELDS = 16;

/**
 * A value as a marker carries it, 8 hexadecimal digits: equal for what is the same value in a manifest and in the cluster,
 * such as `1Gi` and `1024Mi`, or a port with and without quotes.
 */
export function valueHash({ path }: FieldName, value: unknown): string {
  const amount = isQuantity(path) ? parseQuantity(value) : null;
  const text = amount === null ? JSON.stringify(isScalar(value) ? String(value) : (value ?? null)) : amount;
  return createHash('sha256').update(`${text}`).digest('hex').slice(0, 8);
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** The fields that show whether the change was applied, and every object that the proof says it changes. */
export function watchedBy({
  located,
  incidents,
}: Pick<Proposal, 'located' | 'incidents'>): Required<Pick<MarkerDetails, 'objects' | 'failing' | 'watch'>> {
  const objects: ObjectRef[] = [];
  const place = (object: ObjectRef): number => {
    const known = objects.findIndex((other) => sameObject(other, object));
    return known >= 0 ? known : objects.push(object) - 1;
  };
  const watch = located.changes.slice(0, MOST_FIELDS).map(({ object, field, before, after }) => ({
    object: place(object),
    field: field.text,
    before: valueHash(field, before),
    after: valueHash(field, after),
  }));
  const failed = incidents.slice(0, MOST_FIELDS).map(({ finding }) => place(finding.object));
  for (const { object } of located.proof.roots.flatMap(({ changes }) => changes))
    if (objects.length < MOST_OBJECTS) place(object);
  return { objects, failing: [...new Set(failed)], watch };
}

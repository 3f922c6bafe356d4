import { refusedObject } from '../../facts/refused-object.ts';
import { describeRef, refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import type { Asking } from '../../model/ask.ts';
import { prose } from '../../untrusted/prose.ts';
import { targetNamespace } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';

/** The cluster does not serve a kind: the object that has it in git. */
export function* detailOfUnknownKind({ object, complaint, ask }: Stuck): Asking<Detail | null> {
  const { message } = complaint;
  const [, kind, apiVersion] = /no matches for kind "([^"]+)" in version "([^"]+)"/.exec(message) ?? [];
  const refused = refusedObject(message, targetNamespace(object));
  if (kind === undefined || apiVersion === undefined || refused?.kind !== kind) return null;
  const ref: ObjectRef = { apiVersion, kind, namespace: refused.namespace, name: refused.name };
  const rendered = yield* ask.rendered(ref);
  return {
    summary: prose`${describeRef(refOf(object))} cannot apply ${describeRef(ref)}: the cluster does not serve ${kind} of ${apiVersion}.`,
    because: [],
    evidence: [],
    blames: rendered ? [{ object: ref, field: 'apiVersion' }] : [],
  };
}

/** A destination or a source that the project does not permit: the fields that name it. */
export function* detailOfProject({ object, complaint, ask }: Stuck): Asking<Detail | null> {
  if (object.kind !== 'Application') return null;
  const isDestination = /destination/.test(complaint.message);
  const fields = isDestination
    ? ['spec.destination.namespace', 'spec.project']
    : /source|repo/i.test(complaint.message)
      ? ['spec.source.repoURL', 'spec.project']
      : ['spec.project'];
  const blames = fields.map((field) => ({ object: refOf(object), field }));
  const [now, before] = (yield* ask.past(blames)) ?? [];
  return {
    because: [],
    evidence: [],
    blames,
    ...(now && before ? { introducedBy: now.commit } : {}),
  };
}

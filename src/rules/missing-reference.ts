import type { MissingReference } from '../facts/named-objects.ts';
import { getField, parseFieldPath } from '../kubernetes/field-path.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf } from '../model/change.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { listed, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { commitEvidence } from '../witnesses/commits.ts';
import { nearestObject } from '../witnesses/nearest-object.ts';
import type { Conclusion } from './define-rule.ts';

/** What a conclusion says of a reference to an object that does not exist. */
export type OfMissing = Pick<
  Conclusion,
  'evidence' | 'blames' | 'reason' | 'advice' | 'culprit' | 'introducedBy' | 'verdict' | 'changes' | 'guards'
> & { readonly because: readonly Prose[]; readonly certainty: readonly [number, Prose] };

/**
 * A draft that names the one object which the reference could mean, or what a person can choose from.
 *
 * @param field where git has the name, if not in the reference itself: an annotation that a controller reads
 */
export function* ofMissing(
  cluster: ClusterState,
  from: ObjectRef,
  missing: MissingReference,
  ask: Ask,
  field = `${missing.field}.name`,
): Asking<OfMissing> {
  const { kind, namespace, name, others, evidence } = missing;
  const nearest = yield* nearestObject(cluster, from, missing, field, ask);
  const isWritten = field === `${missing.field}.name`;
  const blames = [{ object: from, field }];
  const shared = { culprit: { kind, namespace, name }, blames };
  if (!nearest || (nearest.part === 'kind' && !isWritten))
    return {
      ...shared,
      evidence: [evidence],
      because: [nearest ? nearest.because : whatExists(missing)],
      certainty: [0.85, prose`its controller says what is missing`],
      reason: prose`Which ${kind} is meant is not proven, so a person has to decide.`,
      advice: [
        others.length === 0
          ? prose`Create ${kind} ${name}, or name one that exists in ${field}.`
          : prose`Name one that exists in ${field} (${listed(others)}), or create ${kind} ${name}.`,
      ],
    };
  const rendered = yield* ask.rendered(from);
  const { part, object, because, certainty, introducedBy } = nearest;
  const changed = part === 'kind' ? `${missing.field}.kind` : field;
  const written = getField(rendered ?? undefined, parseFieldPath(changed));
  const before = part === 'kind' ? (typeof written === 'string' ? written : null) : name;
  const after = part === 'kind' ? object.kind : object.name;
  return {
    ...shared,
    evidence: [
      evidence,
      quoted('object', object, null, 'exists'),
      ...(introducedBy ? [commitEvidence(introducedBy, `${field}: ${after} became ${name}`)] : []),
    ],
    because: [because],
    certainty: [certainty, prose`the controller names the missing object, and one object fits`],
    verdict: 'fix',
    reason: prose`Nothing but its name vouches for ${object.kind} ${object.name}: a person has to confirm that it is meant.`,
    changes: [changeOf(from, changed, before, after)],
    guards: [
      {
        kind: 'draft',
        reason: prose`a person has to confirm that ${object.kind} ${object.name} is meant`,
      },
    ],
    advice: [prose`If ${object.kind} ${object.name} is not meant, create ${kind} ${name}.`],
    ...(introducedBy ? { introducedBy } : {}),
  };
}

function whatExists({ kind, namespace, others }: MissingReference): Prose {
  const place = namespace === null ? ownText('The cluster') : prose`Namespace ${namespace}`;
  return others.length === 0
    ? prose`${place} has no ${kind}.`
    : prose`${place} has ${kind} ${listed(others)}.`;
}

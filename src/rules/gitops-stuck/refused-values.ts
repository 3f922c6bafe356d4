import { refOfRefused, refusedObject } from '../../facts/refused-object.ts';
import { getField, parseFieldPath } from '../../kubernetes/field-path.ts';
import {
  describeRef,
  recordAt,
  recordsOf,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import type { FieldVersion } from '../../model/need.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { targetNamespace } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';
import { clauseOf } from './refused-clause.ts';
import { fieldMeant, placesRefused } from './refused-places.ts';

/** The API server refuses a value: where git has it, and what it was. */
export function* detailOfRefused({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const refused = refusedObject(complaint.message, targetNamespace(object));
  const ref = refused && refOfRefused(cluster, refused);
  if (!ref || !refused) return null;
  const rendered = yield* ask.rendered(ref);
  const fields = placesRefused(rendered, refused.fields, complaint.message);
  const blames = fields.map((field) => ({ object: ref, field }));
  const changed = changeIn(yield* ask.past(blames));
  const more = moreAbout(cluster, ref, rendered, { fields: refused.fields, message: complaint.message });
  return {
    summary: prose`${describeRef(refOf(object))} cannot apply ${describeRef(ref)}: ${clauseOf(complaint.message)}`,
    because: [
      ...(changed
        ? [
            prose`${fields[0]!} ${changed.was === undefined ? ownText('was not set') : prose`was ${String(changed.was)}`} until ${describeCommit(changed.now.commit)}.`,
          ]
        : []),
      ...(more?.because ?? []),
    ],
    evidence: changed
      ? [
          commitEvidence(
            changed.now.commit,
            `${fields[0]!}: ${String(changed.was ?? '(not set)')} became ${String(changed.now.value)}`,
          ),
        ]
      : [],
    blames,
    ...(changed ? { introducedBy: changed.now.commit } : {}),
    ...(more && { advice: [more.advice] }),
    ...goingBack(cluster, blames, changed),
  };
}

interface Changed {
  readonly now: FieldVersion;
  readonly was: FieldVersion['value'];
}

function changeIn(versions: readonly FieldVersion[] | null): Changed | null {
  const [now, before] = versions ?? [];
  return now && before && now.value !== undefined ? { now, was: before.value } : null;
}

/** A claim never shrinks: the size that it has is the one that git had. */
function goingBack(
  cluster: ClusterState,
  [blame]: readonly Blame[],
  changed: Changed | null,
): Pick<Detail, 'verdict' | 'changes' | 'guards' | 'reason' | 'advice'> | null {
  if (blame?.object.kind !== 'PersistentVolumeClaim' || blame.field !== 'spec.resources.requests.storage')
    return null;
  const { kind, namespace, name } = blame.object;
  const live = getField(cluster.get(kind, namespace, name), parseFieldPath(blame.field));
  if (!changed || changed.was !== live || typeof live !== 'string' || changed.now.value === undefined)
    return null;
  return {
    verdict: 'fix',
    changes: [changeOf(blame.object, blame.field, changed.now.value, live)],
    guards: [
      { kind: 'draft', reason: prose`a smaller claim may be meant: then its data has to move to a new one` },
    ],
    reason: prose`The cluster has ${live}, which git had before.`,
    advice: [prose`If a smaller claim is meant, make a new one and copy the data.`],
  };
}

interface More {
  readonly because: readonly Prose[];
  readonly advice: Prose;
}

/** What the object and the cluster say about a refusal beyond its words. */
function moreAbout(
  cluster: ClusterState,
  ref: ObjectRef,
  rendered: KubernetesObject | null,
  { fields, message }: { readonly fields: readonly string[]; readonly message: string },
): More | null {
  const [field = ''] = fields;
  if (/annotations: Too long/.test(message))
    return {
      because: [
        prose`Client-side apply keeps a copy of the manifest in the annotation kubectl.kubernetes.io/last-applied-configuration, and this one is too large for it.`,
      ],
      advice: prose`Apply ${describeRef(ref)} on the server's side: syncOptions: [ServerSideApply=true] in the Application, or as the annotation argocd.argoproj.io/sync-options of the object.`,
    };
  if (/provided port is already allocated/.test(message)) return takenPort(cluster, rendered, field);
  if (/can ?not be less than/.test(message) && ref.kind === 'PersistentVolumeClaim')
    return {
      because: [prose`Kubernetes makes a claim larger, never smaller.`],
      advice: prose`Go back to the size that the claim has, or make a new, smaller claim and copy the data.`,
    };
  if (/volumeMounts\[\d+\]\.name: Not found/.test(message)) return volumesOf(rendered);
  if (!rendered || !/unknown field|not declared in schema/.test(message)) return null;
  const meant = fieldMeant(rendered, field);
  return meant === null
    ? null
    : {
        because: [prose`${ref.kind} has no such field; the one that is spelt nearly so is ${meant}.`],
        advice: prose`Write ${meant} instead, if that is meant.`,
      };
}

function takenPort(cluster: ClusterState, rendered: KubernetesObject | null, field: string): More | null {
  const port = getField(rendered ?? undefined, parseFieldPath(field));
  const holder = cluster
    .list('Service')
    .find((service) =>
      recordsOf(recordAt(service, 'spec')['ports']).some(({ nodePort }) => nodePort === port),
    );
  return holder
    ? {
        because: [prose`${describeRef(refOf(holder))} has node port ${String(port)}.`],
        advice: prose`Choose another port, or leave nodePort out: the cluster then assigns a free one.`,
      }
    : null;
}

function volumesOf(rendered: KubernetesObject | null): More | null {
  const spec = rendered && podSpecOf(rendered);
  if (!spec) return null;
  const names = recordsOf(spec['volumes']).map(({ name }) => String(name));
  return {
    because: [
      names.length === 0
        ? prose`The pod template has no volumes.`
        : prose`The pod template has ${ownText(names.length === 1 ? 'the volume' : 'the volumes')} ${listed(names)}.`,
    ],
    advice: prose`Name a volume of the template in volumeMounts, or add the one that is missing.`,
  };
}

import {
  describeRef,
  groupOf,
  recordAt,
  refOf,
  sameObject,
  type ObjectRef,
  type Scalar,
} from '../kubernetes/objects.ts';
import { SCALED_KINDS, targetIn } from '../facts/autoscaler.ts';
import { quote } from '../facts/observations.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Causes } from './causes.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf, type Change } from '../model/change.ts';
import { ownText, prose, saying, type Prose } from '../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../witnesses/commits.ts';
import { relationOf } from '../witnesses/near-name.ts';
import type { Conclusion } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { asDraft } from './raise.ts';

/** Something that scales a workload which cannot be read: an autoscaler, a ScaledObject. */
export interface LostTarget {
  readonly cluster: ClusterState;
  /** What scales, and the start of the summary about it: `HorizontalPodAutoscaler pier/oars has computed no size for 2 h`. */
  readonly scaler: ClusterObject;
  readonly ref: ObjectRef;
  readonly scales: Prose;
  /** What it scales: the reference as it is written, and the object where it is there. */
  readonly target: ObjectRef;
  readonly live: ClusterObject | undefined;
  /** What the controller says of it. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

/** Causes of the rules that ask {@link targetMissing}. */
export const TARGET_CAUSES = {
  'target-renamed': {
    means: 'history proves that what `scaleTargetRef` names was renamed',
    fix: 'propose',
    terms: { settable: { to: 'name' } },
    outcome: 'fix',
  },
  'target-kind': {
    means: 'the workload of that name has another kind or API group than `scaleTargetRef` says',
    fix: 'propose',
    outcome: 'fix, never merged automatically',
  },
  'target-missing': {
    means: 'what `scaleTargetRef` names cannot be read',
    fix: 'draft',
    terms: { settable: { to: 'name' } },
    outcome: 'a draft where one workload has a similar name, else declined',
  },
} as const satisfies Causes;

/** Why what `scaleTargetRef` names cannot be read, and what was meant. */
export function* targetMissing(lost: LostTarget, ask: Ask): Asking<Conclusion> {
  const { cluster, target } = lost;
  if (lost.live && groupOf(lost.live.apiVersion) === groupOf(target.apiVersion)) return unreadable(lost);
  const named = SCALED_KINDS.flatMap((kind) => cluster.get(kind, target.namespace, target.name) ?? []).filter(
    (one) => !one.metadata.ownerReferences?.some(({ controller }) => controller === true),
  );
  if (named.length === 1) return ofAnotherKind(lost, named[0]!);
  const { renames, rendered } = yield* ask.all({
    renames: ask.renames(target),
    rendered: ask.rendered(target),
  });
  if (rendered) return notApplied(lost);
  const rename = renames?.find(({ from }) => from === target.name);
  if (rename && targetIn(cluster, { ...target, name: rename.to }))
    return {
      ...explained(lost, 'target-renamed', {
        because: prose`${target.kind} ${target.name} was renamed to ${rename.to} in ${describeCommit(rename.commit)}, and scaleTargetRef kept the old name.`,
        certainty: [0.95, prose`one commit renamed the workload, and the new name is in the cluster`],
      }),
      verdict: 'fix',
      reason: prose`History proves the new name: ${describeCommit(rename.commit)}.`,
      changes: [naming(lost, 'name', rename.to)],
      introducedBy: rename.commit,
      evidence: [
        ...lost.evidence,
        commitEvidence(rename.commit, `${target.kind} ${rename.from} became ${rename.to}`),
      ],
    };
  return nearest(lost);
}

interface Explanation {
  readonly because: Prose;
  readonly certainty: readonly [number, Prose];
  readonly advice?: readonly Prose[];
}

function explained(
  lost: LostTarget,
  cause: string,
  { because, certainty, advice = [] }: Explanation,
): Conclusion {
  const { ref, target, message, evidence } = lost;
  const absent = prose`${lost.scales}: it scales ${describeRef(target)}, which the API server does not find`;
  return diagnosis({
    cause,
    summary: /not found|no matches for kind|could not find/.test(message)
      ? absent
      : prose`${lost.scales}: it cannot read ${describeRef(target)}${saying(message.replace(/^the HPA controller was unable to get the target's current scale: /, ''))}`,
    because: [because],
    evidence,
    certainty,
    reason: prose`Which workload is meant is not proven, so a person has to decide.`,
    blames: [{ object: ref, field: 'spec.scaleTargetRef.name' }],
    advice,
  });
}

/** A key that the reference leaves out is added. */
function naming({ ref, scaler }: LostTarget, key: 'name' | 'kind' | 'apiVersion', after: string): Change {
  const before = recordAt(scaler, 'spec', 'scaleTargetRef')[key];
  return changeOf<Scalar>(
    ref,
    `spec.scaleTargetRef.${key}`,
    typeof before === 'string' ? before : null,
    after,
  );
}

function ofAnotherKind(lost: LostTarget, live: ClusterObject): Conclusion {
  const { target, ref } = lost;
  const keys = (['apiVersion', 'kind'] as const).filter((key) => target[key] !== live[key]);
  return {
    ...explained(lost, 'target-kind', {
      because: prose`The namespace has ${live.kind} ${target.name} of ${live.apiVersion}; scaleTargetRef says ${target.kind} of ${target.apiVersion}.`,
      certainty: [0.9, prose`one workload of this name is in the namespace`],
    }),
    verdict: 'fix',
    reason: prose`The only workload of this name is ${live.kind} ${target.name} of ${live.apiVersion}.`,
    changes: keys.map((key) => naming(lost, key, live[key])),
    guards: [
      {
        kind: 'no-auto-merge',
        reason: prose`The autoscaler starts to scale a workload that it did not scale before.`,
      },
    ],
    blames: keys.map((key) => ({ object: ref, field: `spec.scaleTargetRef.${key}` })),
    evidence: [
      ...lost.evidence,
      quote('object', live, null, `apiVersion: ${live.apiVersion}, kind: ${live.kind}`),
    ],
  };
}

function notApplied(lost: LostTarget): Conclusion {
  const { target } = lost;
  return {
    ...explained(lost, 'target-missing', {
      because: prose`Git renders ${describeRef(target)}; the cluster does not have it, so it was not applied or somebody deleted it.`,
      certainty: [0.9, prose`git has the target, the cluster does not`],
      advice: [prose`Sync what applies ${describeRef(target)}, and look there for why it is missing.`],
    }),
    reason: prose`Git is right: the target has to be applied.`,
  };
}

/** The workload is there: its scale cannot be read. */
function unreadable(lost: LostTarget): Conclusion {
  const { target } = lost;
  return explained(lost, 'target-missing', {
    because: prose`${describeRef(target)} exists, so its scale subresource is missing or may not be read.`,
    certainty: [0.7, prose`the workload is on record`],
    advice: [
      prose`Check that the controller may read it: kubectl auth can-i get ${`${target.kind.toLowerCase()}s/scale`} -n ${target.namespace ?? 'default'} --as with the service account of the controller.`,
    ],
  });
}

function nearest(lost: LostTarget): Conclusion {
  const { target, cluster, ref } = lost;
  const near = candidates(lost);
  const [only] = near;
  if (!only || near.length > 1) {
    const others = ofKind(lost).map(({ name }) => name);
    const there = near.length > 1 ? near.map((one) => one.name) : others;
    return explained(lost, 'target-missing', {
      because:
        there.length === 0
          ? prose`No ${target.kind} is recorded in the namespace.`
          : near.length > 1
            ? prose`${ownText(String(near.length))} workloads have similar names: ${there.join(', ')}.`
            : prose`No ${target.kind} of the namespace has a similar name.`,
      certainty: [0.85, prose`the autoscaler names what it does not find`],
      advice: [
        prose`Let spec.scaleTargetRef of ${describeRef(ref)} name a workload that exists (kubectl get ${target.kind.toLowerCase()} -n ${target.namespace ?? 'default'}), or delete the autoscaler with the workload that is gone.`,
      ],
    });
  }
  return asDraft(
    {
      ...explained(lost, 'target-missing', {
        because: prose`One ${target.kind} of the namespace has a similar name and no autoscaler: ${only.name}.`,
        certainty: [0.85, prose`one workload has a similar name`],
      }),
      changes: [naming(lost, 'name', only.name)],
      evidence: [
        ...lost.evidence,
        quote(
          'object',
          cluster.get(only.kind, only.namespace, only.name)!,
          null,
          `metadata.name: ${only.name}`,
        ),
      ],
    },
    prose`${only.name} is the only similar name, and a person has to confirm it.`,
  );
}

/** Workloads of the kind with a similar name, or that of the autoscaler, which no other autoscaler scales. */
function candidates(lost: LostTarget): readonly ObjectRef[] {
  const { cluster, target, ref, scaler } = lost;
  const scaled = cluster
    .list('HorizontalPodAutoscaler', target.namespace)
    .filter((other) => other !== scaler && !isOf(scaler, other))
    .map((other) => recordAt(other, 'spec', 'scaleTargetRef'));
  const context = [ref.name, target.namespace ?? ''];
  return ofKind(lost).filter(
    (one) =>
      !sameObject(one, target) &&
      !scaled.some(({ kind, name }) => kind === one.kind && name === one.name) &&
      (relationOf(target.name, one.name, context) !== null || isNamedLike(ref.name, one.name)),
  );
}

/** The autoscaler that KEDA makes from a ScaledObject. */
function isOf(scaler: ClusterObject, hpa: ClusterObject): boolean {
  const owners = hpa.metadata.ownerReferences ?? [];
  return owners.some(({ kind, name }) => kind === scaler.kind && name === scaler.metadata.name);
}

function ofKind({ cluster, target }: LostTarget): readonly ObjectRef[] {
  return SCALED_KINDS.some((kind) => kind === target.kind)
    ? cluster.list(target.kind, target.namespace).map(refOf)
    : [];
}

/** `oars` and `oars-hpa` are autoscalers of `oars`. */
function isNamedLike(autoscaler: string, workload: string): boolean {
  return autoscaler.replace(/^hpa-|-(?:hpa|autoscaler|autoscaling)$/, '') === workload;
}

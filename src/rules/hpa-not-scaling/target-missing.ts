import {
  describeRef,
  groupOf,
  recordAt,
  refOf,
  sameObject,
  type ObjectRef,
} from '../../kubernetes/objects.ts';
import { SCALED_KINDS, targetIn } from '../../facts/autoscaler.ts';
import { quote } from '../../facts/observations.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf, type Change } from '../../model/change.ts';
import { ownText, prose, saying, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import { asDraft } from '../raise.ts';
import type { Failure } from './failure.ts';
import { unscaled } from './wording.ts';

/** Why what `scaleTargetRef` names cannot be read, and what was meant. */
export function* targetMissing(failure: Failure, ask: Ask): Asking<Conclusion> {
  const { cluster, target } = failure;
  if (failure.live && groupOf(failure.live.apiVersion) === groupOf(target.apiVersion))
    return unreadable(failure);
  const named = SCALED_KINDS.flatMap((kind) => cluster.get(kind, target.namespace, target.name) ?? []).filter(
    (one) => !one.metadata.ownerReferences?.some(({ controller }) => controller === true),
  );
  if (named.length === 1) return ofAnotherKind(failure, named[0]!);
  const { renames, rendered } = yield* ask.all({
    renames: ask.renames(target),
    rendered: ask.rendered(target),
  });
  if (rendered) return notApplied(failure);
  const rename = renames?.find(({ from }) => from === target.name);
  if (rename && targetIn(cluster, { ...target, name: rename.to }))
    return {
      ...explained(failure, 'target-renamed', {
        because: prose`${target.kind} ${target.name} was renamed to ${rename.to} in ${describeCommit(rename.commit)}, and scaleTargetRef kept the old name.`,
        certainty: [0.95, prose`one commit renamed the workload, and the new name is in the cluster`],
      }),
      verdict: 'fix',
      reason: prose`History proves the new name: ${describeCommit(rename.commit)}.`,
      changes: [naming(failure, 'name', rename.to)],
      introducedBy: rename.commit,
      evidence: [
        ...failure.evidence,
        commitEvidence(rename.commit, `${target.kind} ${rename.from} became ${rename.to}`),
      ],
    };
  return nearest(failure);
}

interface Explanation {
  readonly because: Prose;
  readonly certainty: readonly [number, Prose];
  readonly advice?: readonly Prose[];
}

function explained(
  failure: Failure,
  cause: string,
  { because, certainty, advice = [] }: Explanation,
): Conclusion {
  const { ref, target, message, evidence } = failure;
  const absent = prose`${unscaled(failure)}: it scales ${describeRef(target)}, which the API server does not find`;
  return diagnosis({
    cause,
    summary: /not found|no matches for kind|could not find/.test(message)
      ? absent
      : prose`${unscaled(failure)}: it cannot read ${describeRef(target)}${saying(message.replace(/^the HPA controller was unable to get the target's current scale: /, ''))}`,
    because: [because],
    evidence,
    certainty,
    reason: prose`Which workload is meant is not proven, so nothing is changed without a person.`,
    blames: [{ object: ref, field: 'spec.scaleTargetRef.name' }],
    advice,
  });
}

function naming({ ref, target }: Failure, key: 'name' | 'kind' | 'apiVersion', after: string): Change {
  return changeOf(ref, `spec.scaleTargetRef.${key}`, target[key], after);
}

function ofAnotherKind(failure: Failure, live: ClusterObject): Conclusion {
  const { target, ref } = failure;
  const keys = (['apiVersion', 'kind'] as const).filter((key) => target[key] !== live[key]);
  return {
    ...explained(failure, 'target-kind', {
      because: prose`The namespace has ${live.kind} ${target.name} of ${live.apiVersion}; scaleTargetRef says ${target.kind} of ${target.apiVersion}.`,
      certainty: [0.9, prose`one workload of this name is in the namespace`],
    }),
    verdict: 'fix',
    reason: prose`The only workload of this name is ${live.kind} ${target.name} of ${live.apiVersion}.`,
    changes: keys.map((key) => naming(failure, key, live[key])),
    guards: [
      {
        kind: 'no-auto-merge',
        reason: prose`The autoscaler starts to scale a workload that it did not scale before.`,
      },
    ],
    blames: keys.map((key) => ({ object: ref, field: `spec.scaleTargetRef.${key}` })),
    evidence: [
      ...failure.evidence,
      quote('object', live, null, `apiVersion: ${live.apiVersion}, kind: ${live.kind}`),
    ],
  };
}

function notApplied(failure: Failure): Conclusion {
  const { target } = failure;
  return {
    ...explained(failure, 'target-missing', {
      because: prose`Git renders ${describeRef(target)}; the cluster does not have it, so it was not applied or somebody deleted it.`,
      certainty: [0.9, prose`git has the target, the cluster does not`],
      advice: [prose`Sync what applies ${describeRef(target)}, and look there for why it is missing.`],
    }),
    reason: prose`Git is right: the target has to be applied.`,
  };
}

/** The workload is there: its scale cannot be read. */
function unreadable(failure: Failure): Conclusion {
  const { target } = failure;
  return explained(failure, 'target-missing', {
    because: prose`${describeRef(target)} exists, so its scale subresource is missing or may not be read.`,
    certainty: [0.7, prose`the workload is on record`],
    advice: [
      prose`Check that the controller may read it: kubectl auth can-i get ${`${target.kind.toLowerCase()}s/scale`} -n ${target.namespace ?? 'default'} --as system:serviceaccount:kube-system:horizontal-pod-autoscaler.`,
    ],
  });
}

function nearest(failure: Failure): Conclusion {
  const { target, cluster, ref } = failure;
  const near = candidates(failure);
  const [only] = near;
  if (!only || near.length > 1) {
    const others = ofKind(failure).map(({ name }) => name);
    const there = near.length > 1 ? near.map((one) => one.name) : others;
    return explained(failure, 'target-missing', {
      because:
        there.length === 0
          ? prose`No ${target.kind} is recorded in the namespace.`
          : near.length > 1
            ? prose`${ownText(String(near.length))} workloads have near names: ${there.join(', ')}.`
            : prose`No ${target.kind} of the namespace has a near name.`,
      certainty: [0.85, prose`the autoscaler names what it does not find`],
      advice: [
        prose`Let spec.scaleTargetRef of ${describeRef(ref)} name a workload that exists (kubectl get ${target.kind.toLowerCase()} -n ${target.namespace ?? 'default'}), or delete the autoscaler with the workload that is gone.`,
      ],
    });
  }
  return asDraft(
    {
      ...explained(failure, 'target-missing', {
        because: prose`One ${target.kind} of the namespace has a near name and no autoscaler: ${only.name}.`,
        certainty: [0.85, prose`one workload has a near name`],
      }),
      changes: [naming(failure, 'name', only.name)],
      evidence: [
        ...failure.evidence,
        quote(
          'object',
          cluster.get(only.kind, only.namespace, only.name)!,
          null,
          `metadata.name: ${only.name}`,
        ),
      ],
    },
    prose`${only.name} is the only near name, and a person has to say that it is meant.`,
  );
}

/** Workloads of the kind with a near name, or that of the autoscaler, which no other autoscaler scales. */
function candidates(failure: Failure): readonly ObjectRef[] {
  const { cluster, target, ref, hpa } = failure;
  const scaled = cluster
    .list('HorizontalPodAutoscaler', target.namespace)
    .filter((other) => other !== hpa)
    .map((other) => recordAt(other, 'spec', 'scaleTargetRef'));
  const context = [ref.name, target.namespace ?? ''];
  return ofKind(failure).filter(
    (one) =>
      !sameObject(one, target) &&
      !scaled.some(({ kind, name }) => kind === one.kind && name === one.name) &&
      (relationOf(target.name, one.name, context) !== null || isNamedLike(ref.name, one.name)),
  );
}

function ofKind({ cluster, target }: Failure): readonly ObjectRef[] {
  return SCALED_KINDS.some((kind) => kind === target.kind)
    ? cluster.list(target.kind, target.namespace).map(refOf)
    : [];
}

/** `oars` and `oars-hpa` are autoscalers of `oars`. */
function isNamedLike(autoscaler: string, workload: string): boolean {
  return autoscaler.replace(/^hpa-|-(?:hpa|autoscaler|autoscaling)$/, '') === workload;
}

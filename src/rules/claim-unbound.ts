/**
 * Rule `claim-unbound`: a pod waits for a PersistentVolumeClaim that does not exist or has no volume.
 *
 * A claim without a class takes the default class; `storageClassName: ""` takes volumes without a class alone. A volume fits when class, access
 * modes, size, selector and volume mode do, and no other claim has it. That none fits is a Normal event, and of a missing class a warning.
 * The spec of a claim without a volume is immutable; a bound claim is never edited here.
 * Source: pkg/controller/volume/persistentvolume of k8s.io/kubernetes
 */
import { unboundClaims } from '../facts/claims.ts';
import { quote, quoteEvent } from '../facts/observations.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { prose } from '../untrusted/prose.ts';
import { claimSource } from '../witnesses/claim-source.ts';
import { CLAIM_CAUSES } from './claim-unbound/causes.ts';
import { missingClaim } from './claim-unbound/missing.ts';
import { whyPending } from './claim-unbound/pending.ts';
import { classesIn } from './claim-unbound/storage-class.ts';
import { classText, specEvidence, type Draft, type Waiting, type Why } from './claim-unbound/why.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { foresight } from './claim-unbound/foresight.ts';

export const claimUnbound = defineRule({
  id: 'claim-unbound',
  title: 'A pod waits for a claim that has no volume',
  phase: 'volumes',
  semantics: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding',
    'https://kubernetes.io/docs/concepts/storage/storage-classes/',
    'https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/',
  ],
  reads: ['Pod', 'Event', 'PersistentVolumeClaim', 'PersistentVolume', 'StorageClass', 'ResourceQuota'],
  on: 'workload',
  causes: CLAIM_CAUSES,
  foresight,

  detect(workload) {
    const [unbound] = unboundClaims(workload);
    if (!unbound) return null;
    const { cluster } = workload;
    const { pod, claim, events } = unbound;
    return {
      unbound,
      seenOn: [refOf(pod), ...(claim ? [refOf(claim)] : [])],
      firstSeen: parseTime((claim ?? pod).metadata.creationTimestamp) ?? cluster.now,
      occurrences: Math.max(1, ...events.map(({ count }) => count)),
    };
  },

  *investigate(workload, ask, { unbound }) {
    const { claim, trouble } = unbound;
    if (claim === null) return yield* missingClaim(workload, unbound, ask);
    const waiting = { workload, unbound, claim, source: claimSource(workload, claim) };
    if (trouble === 'lost') return conclusionOf(waiting, lost(waiting));
    if (trouble === 'deleting') return conclusionOf(waiting, deleting(waiting));
    return conclusionOf(waiting, yield* whyPending(waiting, ask));
  },
});

function conclusionOf({ workload, unbound, claim }: Waiting, why: Why): Conclusion {
  const { name, events } = unbound;
  const { draft, certainty = 0.9 } = why;
  const { namespace } = workload.ref;
  return diagnosis({
    cause: why.cause,
    culprit: why.culprit ?? { kind: 'PersistentVolumeClaim', namespace, name },
    summary: prose`${describeRef(workload.ref)} waits for PersistentVolumeClaim ${name}: ${why.clause}`,
    because: [...(why.because ?? []), ...(draft ? [draft.because] : [])],
    evidence: [
      ...events.slice(0, 2).map((event) => quoteEvent(claim, event)),
      specEvidence(claim),
      ...(why.evidence ?? []),
      ...(draft?.evidence ?? []),
      ...classEvidence(workload, claim),
    ],
    certainty: [
      draft ? certainty * draft.factor : certainty,
      prose`claim, volumes and the controller's words agree`,
    ],
    reason: prose`Nothing on record proves another value for the claim.`,
    ...(why.blames && { blames: why.blames }),
    advice: [...why.advice, ...(draft?.advice ?? [])],
    ...(draft && draftOf(draft)),
  });
}

function draftOf({ changes, restsOn, introducedBy }: Draft) {
  const reason = prose`What speaks for the value is ${restsOn}, and the claim must be recreated: a person has to decide.`;
  const guards = [{ kind: 'draft', reason } as const];
  return { verdict: 'escalate', changes, reason, guards, ...(introducedBy && { introducedBy }) } as const;
}

/** Source: syncBoundClaim in pkg/controller/volume/persistentvolume of k8s.io/kubernetes */
function lost({ claim }: Waiting): Why {
  const { name, namespace } = claim.metadata;
  const volume = String(recordAt(claim, 'spec')['volumeName'] ?? 'none');
  return {
    cause: 'claim-lost',
    clause: prose`it is Lost, because PersistentVolume ${volume} that it was bound to is gone`,
    advice: [
      prose`Restore the data into a new volume from a backup, then recreate the claim: kubectl delete pvc ${name} -n ${namespace ?? ''}. A Lost claim never binds again.`,
    ],
  };
}

/** Source: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection */
function deleting({ claim, workload: { cluster }, unbound: { pod } }: Waiting): Why {
  const { name, namespace } = claim.metadata;
  const users = cluster
    .list('Pod', namespace ?? null)
    .filter((one) => one !== pod && JSON.stringify(one['spec'] ?? {}).includes(`"claimName":"${name}"`))
    .map(({ metadata }) => metadata.name);
  return {
    cause: 'claim-being-deleted',
    clause: prose`it is being deleted, so no new pod may use it`,
    because:
      users.length === 0
        ? []
        : [prose`It goes once ${users.slice(0, 4).join(', ')} no longer use it, and its data with it.`],
    advice: [
      prose`Save the data if it is needed: the deletion cannot be taken back. Then let the pods that use the claim end, and create it again.`,
    ],
  };
}

function classEvidence({ cluster }: WorkloadFacts, claim: ClusterObject) {
  const wanted = recordAt(claim, 'spec')['storageClassName'];
  return [
    quote(
      'object',
      claim,
      null,
      `storageClassName: ${classText(wanted)}; storage classes in the cluster: ${classesIn(cluster)}`,
    ),
  ];
}

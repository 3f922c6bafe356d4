/**
 * Rule `claim-unbound`: a pod waits for a PersistentVolumeClaim that does not exist or has no volume.
 *
 * A claim without a class takes the default class; `storageClassName: ""` takes volumes without a class alone. A volume fits when class, access
 * modes, size, selector and volume mode do, and no other claim has it. That none fits is a Normal event, and of a missing class a warning.
 * Source: pkg/controller/volume/persistentvolume of k8s.io/kubernetes
 */
import { quote, quoteEvent } from '../facts/observations.ts';
import { unboundClaims, type UnboundClaim } from '../facts/claims.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, recordAt, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { parseTime, podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import type { Blame } from '../model/finding.ts';
import { prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { nearestVolume } from './claim-unbound/nearest-volume.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the field' } as const;

export const claimUnbound = defineRule({
  id: 'claim-unbound',
  title: 'A pod waits for a claim that has no volume',
  phase: 'volumes',
  semantics: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding',
    'https://kubernetes.io/docs/concepts/storage/storage-classes/',
    'https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/',
  ],
  reads: ['Pod', 'Event', 'PersistentVolumeClaim', 'PersistentVolume', 'StorageClass'],
  on: 'workload',
  causes: {
    'claim-missing': { means: 'the claim does not exist', ...PLAIN },
    'storage-class-missing': { means: 'the StorageClass of the claim does not exist', ...PLAIN },
    'no-default-class': { means: 'the claim names no class, and none is the default', ...PLAIN },
    'storage-class-mismatch': { means: 'the one volume near it is of another class', ...PLAIN },
    'access-mode-mismatch': { means: 'the one volume near it does not have the access modes', ...PLAIN },
    'capacity-too-small': { means: 'the one volume near it is smaller than the claim asks for', ...PLAIN },
    'selector-mismatch': {
      means: 'the one volume near it does not have the labels of the selector',
      ...PLAIN,
    },
    'volume-already-bound': { means: 'the one volume that fits is bound to another claim', ...PLAIN },
    'no-volume-available': { means: 'no volume is near, and nothing makes one', ...PLAIN },
    'provisioning-failed': { means: 'the provisioner cannot make a volume', ...PLAIN },
    'not-provisioned': { means: 'it has been waiting for minutes, and nothing says why', ...PLAIN },
  },

  detect(workload) {
    const [unbound] = unboundClaims(workload);
    if (!unbound) return null;
    const { cluster } = workload;
    const { pod, claim, events } = unbound;
    return {
      unbound,
      seenOn: [refOf(pod), ...(claim ? [refOf(claim)] : [])],
      firstSeen: parseTime((claim ?? pod).metadata.creationTimestamp) ?? cluster.now,
      lastSeen: cluster.now,
      occurrences: Math.max(1, ...events.map(({ count }) => count)),
    };
  },

  investigate(workload, _ask, { unbound }) {
    const { name, claim, events } = unbound;
    const namespace = workload.ref.namespace;
    if (claim === null) return missing(workload, unbound);
    const why = causeOf(workload, unbound);
    return diagnosis({
      cause: why.cause,
      culprit: why.culprit ?? { kind: 'PersistentVolumeClaim', namespace, name },
      summary: prose`${describeRef(workload.ref)} waits for PersistentVolumeClaim ${name}, which has no volume${saying(shortened(events[0]?.message ?? ''))}`,
      because: why.because,
      evidence: [
        ...events.slice(0, 2).map((event) => quoteEvent(claim, event)),
        quote('object', claim, null, `spec: ${JSON.stringify(claim['spec'])}`),
        ...(why.volume
          ? [quote('object', why.volume, null, `spec: ${JSON.stringify(why.volume['spec'])}`)]
          : []),
        ...classesOf(workload, claim),
      ],
      certainty: [
        why.cause === 'not-provisioned' ? 0.5 : 0.9,
        prose`claim, volumes and the controller's words agree`,
      ],
      reason: prose`Most fields of a claim cannot be changed once it exists, so a person has to make it again.`,
      blames: why.fields.map((field) => ({ object: refOf(claim), field })),
      advice: [why.advice],
    });
  },
});

interface Why {
  readonly cause: string;
  readonly because: readonly Prose[];
  readonly fields: readonly string[];
  readonly advice: Prose;
  readonly culprit?: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;
  readonly volume?: UnboundClaim['claim'];
}

function causeOf(workload: WorkloadFacts, { name, claim, events }: UnboundClaim): Why {
  const { cluster } = workload;
  const wanted = recordAt(claim, 'spec')['storageClassName'];
  const said = events[0]?.message ?? '';
  const isMissing = /storageclass(?:\.storage\.k8s\.io)? "[^"]*" not found/i.test(said);
  if (
    typeof wanted === 'string' &&
    wanted !== '' &&
    (isMissing || cluster.presence('StorageClass', null, wanted) === 'absent') &&
    nearestVolume(cluster, claim!)?.cause !== 'volume-already-bound'
  )
    return {
      cause: 'storage-class-missing',
      because: [prose`The cluster has no StorageClass ${wanted}.`],
      fields: ['spec.storageClassName'],
      culprit: { kind: 'StorageClass', namespace: null, name: wanted },
      advice: prose`Name a StorageClass that exists and make the claim again, since its class cannot be changed; or create StorageClass ${wanted}.`,
    };
  const near = nearestVolume(cluster, claim!);
  if (near) return near;
  if (/no persistent volumes available/.test(said)) {
    const isDefault = wanted === undefined;
    return {
      cause: isDefault ? 'no-default-class' : 'no-volume-available',
      because: [
        isDefault
          ? prose`The claim names no StorageClass, and the cluster has no default one.`
          : prose`It takes volumes that exist only, and none is near what it asks for.`,
      ],
      fields: isDefault ? [] : ['spec.storageClassName'],
      advice: prose`Name a StorageClass that makes volumes, or create a PersistentVolume that fits.`,
    };
  }
  if (events.some(({ reason }) => reason === 'ProvisioningFailed'))
    return {
      cause: 'provisioning-failed',
      because: [],
      fields: ['spec.storageClassName'],
      advice: prose`Act on what the provisioner says: kubectl describe pvc ${name} -n ${workload.ref.namespace ?? ''}`,
    };
  return {
    cause: 'not-provisioned',
    because: [],
    fields: ['spec.storageClassName'],
    advice: prose`Check that the provisioner of its StorageClass runs: kubectl describe pvc ${name} -n ${workload.ref.namespace ?? ''}`,
  };
}

function missing(workload: WorkloadFacts, { name, pod }: UnboundClaim) {
  const { cluster, ref } = workload;
  const others = cluster.list('PersistentVolumeClaim', ref.namespace).map(({ metadata }) => metadata.name);
  const there = others.length === 0 ? prose`no other claim` : prose`${others.slice(0, 8).join(', ')}`;
  return diagnosis({
    cause: 'claim-missing',
    culprit: { kind: 'PersistentVolumeClaim', namespace: ref.namespace, name },
    summary: prose`${describeRef(ref)} waits for PersistentVolumeClaim ${name}, which is not found.`,
    because: [prose`In the namespace there is ${there}.`],
    evidence: [
      quote(
        'object',
        pod,
        null,
        `PersistentVolumeClaim ${name} not found; in the namespace there are: ${others.join(', ') || 'none'}`,
      ),
    ],
    certainty: [0.9, prose`the claims of the namespace are on record`],
    reason: prose`Which claim is meant is not proven, so nothing is changed without a person.`,
    blames: claimField(workload, name),
    advice: [prose`Name a claim that exists in the pod's volumes, or create PersistentVolumeClaim ${name}.`],
  });
}

function claimField({ ref, object }: WorkloadFacts, name: string): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  const volume = podSpecOf(object ?? { apiVersion: '', kind: '', metadata: { name: '' } })?.volumes?.find(
    (one) => recordAt(one, 'persistentVolumeClaim')['claimName'] === name,
  );
  return volume && path !== null
    ? [{ object: ref, field: `${path}.volumes[name=${volume.name}].persistentVolumeClaim.claimName` }]
    : [];
}

function classesOf({ cluster }: WorkloadFacts, claim: NonNullable<UnboundClaim['claim']>) {
  const wanted = recordAt(claim, 'spec')['storageClassName'];
  const classes = cluster.list('StorageClass').map(({ metadata }) => metadata.name);
  return [
    quote(
      'object',
      claim,
      null,
      `storageClassName: ${typeof wanted === 'string' ? wanted : '(default)'}; storage classes in the cluster: ${classes.join(', ') || 'none recorded'}`,
    ),
  ];
}

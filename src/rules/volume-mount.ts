/**
 * Rule `volume-mount`: a pod has a node, and a volume of it cannot be attached or mounted there.
 *
 * Attaching and mounting are tried again until they succeed; a volume that is ReadWriteOnce can be attached to one node at a time, and is detached from
 * a node that is gone after six minutes only. ConfigMaps and Secrets that are missing belong to `config-reference`.
 * Texts: pkg/controller/volume/attachdetach, pkg/kubelet/volumemanager and pkg/volume of k8s.io/kubernetes.
 */
import { mountFailuresOf, volumeNamedIn, type MountFailure } from '../facts/mount-failures.ts';
import { quote } from '../facts/observations.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf } from '../model/change.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { commitEvidence, describeCommit } from '../witnesses/commits.ts';
import { formerValueOf } from '../witnesses/former-value.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { MOUNT_CAUSES } from './volume-mount/causes.ts';
import { providerClass } from './volume-mount/provider-class.ts';
import { alsoFailing, readingOf, type Reading } from './volume-mount/readings.ts';

export const volumeMount = defineRule({
  id: 'volume-mount',
  title: 'A volume cannot be attached or mounted',
  phase: 'volumes',
  semantics: [
    'https://kubernetes.io/docs/concepts/storage/volumes/',
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes',
    'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#storage-force-detach-on-timeout',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'PersistentVolumeClaim',
    'PersistentVolume',
    'SecretProviderClass.secrets-store.csi.x-k8s.io',
  ],
  on: 'workload',
  causes: MOUNT_CAUSES,

  detect(workload) {
    const failures = mountFailuresOf(workload);
    if (failures.length === 0) return null;
    return {
      failures,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: Math.min(...failures.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...failures.map(({ lastSeen }) => lastSeen)),
      occurrences: Math.max(...failures.map(({ count }) => count)),
    };
  },

  *investigate(workload, ask, { failures }) {
    const [worst, ...others] = failures as readonly [MountFailure, ...MountFailure[]];
    const { pod, message, evidence } = worst;
    const reading = readingOf(workload, worst);
    const named =
      reading.cause === 'provider-class-missing' ? yield* providerClass(workload, worst, reading, ask) : null;
    const back = named ?? (yield* broughtBack(workload, reading, ask));
    const volume = volumeNamedIn(workload.cluster, pod, message);
    const more = alsoFailing(others.map((one) => one.pod.metadata.name));
    const says = named?.says ?? reading.says;
    const why = says ? prose`: ${says}.` : saying(shortened(message));
    return diagnosis({
      cause: reading.cause,
      ...(reading.culprit && { culprit: reading.culprit }),
      ...(reading.explainedBy && { explainedBy: reading.explainedBy }),
      summary: prose`${describeRef(workload.ref)}: pod ${pod.metadata.name}${more} cannot start${says ? why : prose`, a volume is not ready${why}`}`,
      because: [...(reading.because ?? []), ...(back?.because ?? [])],
      evidence: [
        ...evidence,
        ...(volume ? [quote('object', pod, null, `volume: ${JSON.stringify(volume)}`)] : []),
        ...(back?.evidence ?? []),
      ],
      certainty: [
        reading.cause === 'mount-failed' || reading.cause === 'timed-out' ? 0.6 : 0.9,
        prose`kubelet or controller say why the volume is not ready`,
      ],
      reason: prose`No manifest sets the state of volumes and nodes, so nothing is changed.`,
      blames: reading.blames,
      advice: reading.advice,
      ...back?.draft,
    });
  },
});

/** Where the last commit changed the path or subPath that fails, the value before it is offered. */
function* broughtBack({ object }: WorkloadFacts, { cause, blames }: Reading, ask: Ask): Asking<Back | null> {
  if (object === undefined || (cause !== 'host-path-missing' && cause !== 'sub-path-failed')) return null;
  for (const at of blames) {
    const now = fieldOf(object, at.field)?.value;
    const former = yield* formerValueOf(ask, at, now);
    if (!former || former.before === undefined || !isScalarValue(now)) continue;
    const { before: value, commit } = former;
    const reason = prose`The value before the last commit is known; whether the node still has it is for a person to confirm.`;
    return {
      because: [prose`It was ${String(value)} until ${describeCommit(commit)} made it ${String(now)}.`],
      evidence: [commitEvidence(commit, `${at.field}: ${String(value)} → ${String(now)}`)],
      draft: {
        verdict: 'escalate',
        reason,
        changes: [changeOf(at.object, at.field, now, value)],
        guards: [{ kind: 'draft', reason }],
        introducedBy: commit,
      },
    };
  }
  return null;
}

type Conclusion = Parameters<typeof diagnosis>[0];

interface Back extends Required<Pick<Conclusion, 'because' | 'evidence'>> {
  readonly draft: Pick<Conclusion, 'verdict' | 'reason' | 'changes' | 'guards' | 'introducedBy'>;
}

/**
 * Rule `volume-full`: a program fails because the volume of a claim that it writes to is full.
 *
 * The kubelet measures volumes (`kubelet_volume_stats_*`); without metrics the program's own words tell, where they name a path below the mount.
 * A bound claim may be enlarged where its StorageClass allows it, and never made smaller; nothing is edited, since a larger disk costs money and
 * the template of a StatefulSet cannot be changed in place.
 */
import { failuresOf, type ContainerFailure } from '../facts/container-failures.ts';
import { quote } from '../facts/observations.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, refOf } from '../kubernetes/objects.ts';
import { describeBytes } from '../kubernetes/quantities.ts';
import { parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterObject, MetricSeries } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { claimSource } from '../witnesses/claim-source.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const NO_SPACE = /no space left on device|\bENOSPC\b|disk quota exceeded/i;
/** Share of its capacity from which on a volume counts as full. */
const FULL = 0.98;

export const volumeFull = defineRule({
  id: 'volume-full',
  title: 'A program fails because the volume of its claim is full',
  phase: 'volumes',
  semantics: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims',
    'https://kubernetes.io/docs/concepts/storage/volume-health-monitoring/',
  ],
  reads: ['Pod', 'Event', 'PersistentVolumeClaim', 'StorageClass'],
  on: 'container',
  causes: {
    'claim-full': {
      means: 'the log says so of a path below the mount of a claim, or the kubelet measures it',
      fix: 'none',
      outcome: 'declined, naming claim, size and whether it can be enlarged',
      verdict: 'decline',
    },
  },

  detect(container) {
    const failures = failuresOf(container).filter(({ kind }) => kind === 'crash' || kind === 'probe');
    const [worst] = failures;
    if (!worst || claimMounts(container, worst.pod).length === 0) return null;
    return {
      worst,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? container.cluster.now,
      occurrences: Math.max(1, worst.status.restartCount ?? 0),
    };
  },

  *investigate(container, ask, { worst }) {
    const { cluster, workload, name } = container;
    const line = yield* noSpaceLine(worst, name, ask);
    const full = yield* fullestMount(container, worst.pod, ask);
    const mount = full ?? (line === null ? null : mountIn(claimMounts(container, worst.pod), line));
    if (!mount) return null;
    const { namespace } = workload.ref;
    const claim = cluster.get('PersistentVolumeClaim', namespace, mount.claim);
    const size = sizeOf(claim);
    const source = claim ? claimSource(workload, claim) : null;
    const measured = full
      ? prose`${describeBytes(full.used)} of ${describeBytes(full.capacity)} are used`
      : prose`${shortened(line ?? '')}`;
    return diagnosis({
      cause: 'claim-full',
      culprit: { kind: 'PersistentVolumeClaim', namespace, name: mount.claim },
      summary: prose`${describeRef(workload.ref)}: container ${name} fails because the volume of PersistentVolumeClaim ${mount.claim}${size === null ? prose`` : prose` (${size})`} at ${mount.path} is full: ${measured}`,
      evidence: [
        ...worst.evidence.slice(0, 2),
        ...(line === null ? [] : [logEvidence(worst, name, line)]),
        ...(claim ? [quote('object', claim, null, `spec: ${JSON.stringify(claim['spec'])}`)] : []),
      ],
      certainty: [
        full ? 0.95 : 0.8,
        full ? prose`the kubelet measures the volume` : prose`the log names a path on the volume`,
      ],
      reason: prose`A bound claim is never edited: whether to free space or to pay for a larger volume is for a person to decide.`,
      blames: source ? [{ object: source.object, field: `${source.spec}.resources.requests.storage` }] : [],
      advice: adviceOn(container, mount, claim),
    });
  },
});

interface Mount {
  readonly claim: string;
  readonly path: string;
}

interface Measured extends Mount {
  /** Bytes. */
  readonly used: number;
  readonly capacity: number;
}

function claimMounts({ name }: ContainerFacts, pod: ClusterObject): readonly Mount[] {
  const spec = podSpecOf(pod);
  const own = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find((one) => one.name === name);
  return recordsOf(own?.volumeMounts).flatMap((mount) => {
    const volume = recordsOf(spec?.volumes).find((one) => one['name'] === mount.name);
    const { claimName } = recordAt(volume, 'persistentVolumeClaim');
    return typeof claimName === 'string' && mount.readOnly !== true
      ? [{ claim: claimName, path: String(mount.mountPath) }]
      : [];
  });
}

/** The mount that the line is about: the one with its path, or the only one where the line names no path. */
function mountIn(mounts: readonly Mount[], line: string): Mount | null {
  const paths = line.match(/\/[\w./@+-]{2,}/g) ?? [];
  const below = mounts.find(({ path }) =>
    paths.some((one) => one === path || one.startsWith(path.endsWith('/') ? path : `${path}/`)),
  );
  if (below) return below;
  return paths.length === 0 && mounts.length === 1 ? mounts[0]! : null;
}

function* noSpaceLine({ pod }: ContainerFailure, container: string, ask: Ask): Asking<string | null> {
  const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container };
  const texts = yield* ask.each([true, false].map((previous) => ask.log({ ...of, previous })));
  const lines = texts.flatMap((text) => (text ?? '').split('\n')).filter((one) => NO_SPACE.test(one));
  return lines.at(-1)?.trim() ?? null;
}

/** The fullest of the claims that are full, by the kubelet's last measurement. */
function* fullestMount(container: ContainerFacts, pod: ClusterObject, ask: Ask): Asking<Measured | null> {
  const labels = { namespace: container.workload.ref.namespace ?? '' };
  const asked = (metric: string) => ask.metric({ metric, labels, hours: 1 });
  const { used, capacity } = yield* ask.all({
    used: asked('kubelet_volume_stats_used_bytes'),
    capacity: asked('kubelet_volume_stats_capacity_bytes'),
  });
  const measured = claimMounts(container, pod).flatMap((mount): readonly Measured[] => {
    const [now, most] = [lastOf(used, mount.claim), lastOf(capacity, mount.claim)];
    return now === null || most === null || most === 0 ? [] : [{ ...mount, used: now, capacity: most }];
  });
  const full = measured.filter((one) => one.used / one.capacity >= FULL);
  return full.toSorted((a, b) => b.used / b.capacity - a.used / a.capacity)[0] ?? null;
}

function lastOf(series: readonly MetricSeries[] | null, claim: string): number | null {
  const own = (series ?? []).find(({ labels }) => labels['persistentvolumeclaim'] === claim);
  return own?.samples.at(-1)?.[1] ?? null;
}

function sizeOf(claim: ClusterObject | undefined): string | null {
  const size =
    recordAt(claim, 'status', 'capacity')['storage'] ??
    recordAt(claim, 'spec', 'resources', 'requests')['storage'];
  return size === undefined ? null : String(size);
}

function logEvidence({ pod }: ContainerFailure, container: string, line: string): Evidence {
  return quoted('log', `${describeRef(refOf(pod))} ${container}`, null, shortened(line));
}

function adviceOn(
  { cluster, workload: { ref } }: ContainerFacts,
  { claim: name, path }: Mount,
  claim: ClusterObject | undefined,
): readonly Prose[] {
  const namespace = ref.namespace ?? '';
  const named = recordAt(claim, 'spec')['storageClassName'];
  const found = typeof named === 'string' ? cluster.get('StorageClass', null, named) : undefined;
  const free = prose`Free space below ${path}, or find what writes there without end.`;
  if (found === undefined)
    return [
      free,
      prose`Enlarge it if its StorageClass allows that: kubectl get storageclass shows ALLOWVOLUMEEXPANSION.`,
    ];
  if (found['allowVolumeExpansion'] !== true)
    return [
      free,
      prose`StorageClass ${String(named)} does not allow volumes to be enlarged: a larger claim needs its data copied.`,
    ];
  return [
    free,
    ref.kind === 'StatefulSet'
      ? prose`Or enlarge it: kubectl edit pvc ${name} -n ${namespace} (spec.resources.requests.storage). The template in git is immutable: recreate the StatefulSet with --cascade=orphan after changing it there.`
      : prose`Or enlarge it: raise spec.resources.requests.storage of PersistentVolumeClaim ${name} in git; StorageClass ${String(named)} allows that in place.`,
  ];
}

/**
 * Rule `config-reference`: a pod cannot start, or crashes, because a ConfigMap, a Secret or a key of one is not there.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A container whose environment needs a missing object or key is not created: it waits with CreateContainerConfigError and the message
 *   says what is missing. A volume that needs one is not mounted: the pod stays ContainerCreating with FailedMount events. Both are tried
 *   again until the object exists. https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps
 * - `optional: true` makes both harmless. https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist
 * - A whole volume has a file per key, `items` a file per item; a missing item fails the mount, a missing file without `items` is noticed by
 *   the program alone. https://kubernetes.io/docs/concepts/storage/volumes/#configmap
 * - Objects are looked up in the pod's own namespace. https://kubernetes.io/docs/concepts/configuration/secret/#details
 * - A Job's template and most fields of a pod cannot be changed in place. https://kubernetes.io/docs/concepts/workloads/controllers/job/
 *
 * What may be changed: the name or key in the reference, when git's history or (never merged by itself) one fitting object says which
 * one; a key that history shows to have been removed. See docs/rules/config-reference.md.
 */
import type { ClusterState } from '../model/cluster-state.ts';
import { describeRef, refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { containerStatuses, podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import { joinProse, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import {
  findBroken,
  findCrashes,
  liveKeys,
  mountedBy,
  currentReferences,
  terminationOf,
  type Broken,
  type Crash,
  type Mount,
} from '../facts/broken-references.ts';
import { missingPaths } from '../facts/complaints.ts';
import { resolveMissingKey } from './config-reference/missing-key.ts';
import { resolveMissingObject } from './config-reference/missing-object.ts';
import { keyUnder, type Reference } from '../facts/references.ts';
import { CAUSES } from './config-reference/causes.ts';
import { listOf, nameOf, type Resolution } from './config-reference/resolution.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Finding, Guard, Verdict } from '../model/finding.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { WRITER_KINDS } from '../witnesses/writers.ts';
import { defineRule, type Conclusion, type Seen } from './define-rule.ts';

export const configReference = defineRule({
  id: 'config-reference',
  title: 'A ConfigMap, a Secret or a key of one that a workload needs does not exist',
  phase: 'configuration',
  semantics: [
    'https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps',
    'https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist',
    'https://kubernetes.io/docs/concepts/storage/volumes/#configmap',
    'https://kubernetes.io/docs/concepts/configuration/secret/#details',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/',
  ],
  reads: ['Pod', 'Event', 'ConfigMap', 'Secret', ...WRITER_KINDS],
  on: 'workload',
  causes: CAUSES,

  /** What is broken in one container, or in the volumes of the workload, is one failure; a crash is one where nothing else is. */
  detect(workload) {
    const broken = Map.groupBy(findBroken(workload), ({ container }) => container);
    const crashes = findCrashes(workload).filter(({ container }) => !broken.has(container));
    return [
      ...[...broken.values()].map((group) => ({ ...seenIn(group), broken: group, crash: null })),
      ...crashes.map((crash) => ({ ...seenIn([crash]), broken: [], crash })),
    ];
  },

  *investigate({ cluster, ref }, ask, seen) {
    const broken = seen.crash ? yield* brokenByCrash(seen.crash, cluster, ask) : seen.broken;
    if (broken.length === 0) return null;
    const resolved: [Broken, Resolution][] = [];
    for (const one of broken) {
      const isObject = one.keys === null;
      const resolve = isObject ? resolveMissingObject : resolveMissingKey;
      resolved.push([one, yield* resolve(one, cluster, ask)]);
    }
    return conclusionOf(cluster, ref, resolved);
  },
});

function seenIn(group: readonly (Broken | Crash)[]): Seen {
  const pods = [...new Set(group.flatMap((each) => each.pods))];
  return {
    container: group[0]!.container,
    seenOn: pods.map(refOf),
    firstSeen: Math.min(...group.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...group.map(({ lastSeen }) => lastSeen)),
    occurrences: Math.max(pods.length, ...group.map(({ occurrences }) => occurrences)),
  };
}

/** A crash is this rule's when the program says that a file is missing which a ConfigMap or Secret volume should have. */
function* brokenByCrash(crash: Crash, cluster: ClusterState, ask: Ask): Asking<readonly Broken[]> {
  const pod = crash.pods[0]!;
  const namespace = pod.metadata.namespace ?? '';
  const of = { namespace, pod: pod.metadata.name, container: crash.container };
  const { before, now } = yield* ask.all({
    before: ask.log({ ...of, previous: true }),
    now: ask.log({ ...of, previous: false }),
  });
  const ended = containerStatuses(pod).find(({ name }) => name === crash.container);
  const said: readonly (readonly [Evidence['source'], string])[] = [
    ['log', before ?? ''],
    ['log', now ?? ''],
    ['pod-status', (ended && terminationOf(ended)?.message) ?? ''],
  ];
  const mounts = mountedBy(podSpecOf(pod), crash.container, currentReferences(crash.owner, pod));
  for (const [source, text] of said) {
    for (const path of missingPaths(text)) {
      const line = text.split('\n').find((each) => each.includes(path)) ?? path;
      for (const mount of mounts) {
        const key = keyMissingAt(path, mount, cluster, pod);
        if (key === null) continue;
        const at = source === 'log' ? null : crash.lastSeen;
        const evidence = quoted(source, `Pod ${namespace}/${of.pod}`, at, shortened(line, 500));
        return [asBroken(crash, mount.reference, key, evidence)];
      }
    }
  }
  return [];
}

/** The key of the mounted object that a file is made from and that the object does not have; null where that cannot be said. */
function keyMissingAt(
  path: string,
  { reference, mountPath, subPath, otherMounts }: Mount,
  cluster: ClusterState,
  pod: KubernetesObject,
): string | null {
  // With items the files are their paths: what is not projected says nothing about the keys.
  if (reference.keys.some(({ because }) => because === 'item')) return null;
  const plain = path.replace('/..data/', '/');
  const ofSubPath = plain === mountPath ? subPath : null;
  const key = subPath === null ? keyUnder(plain, mountPath, otherMounts) : ofSubPath;
  const has = liveKeys(cluster, pod, reference);
  return key === null || has === null || has.has(key) ? null : key;
}

/** A crash as what it turned out to be: a reference to a key that is not there. */
function asBroken(crash: Crash, reference: Reference, key: string, evidence: Evidence): Broken {
  const use = { key, field: null, because: 'path', container: crash.container } as const;
  const isNamed = reference.keys.some((each) => each.key === key);
  const needed = isNamed ? reference : { ...reference, keys: [...reference.keys, use] };
  const { kind, name } = reference;
  const namespace = crash.pods[0]!.metadata.namespace ?? null;
  return {
    ...crash,
    missing: { apiVersion: 'v1', kind, namespace, name },
    keys: [key],
    references: [needed],
    template: [needed],
    evidence: [evidence],
    witness: 'record',
  };
}

/** From the one that asks most of people to the one that asks least. */
const GRAVITY: readonly Verdict[] = ['escalate', 'decline', 'monitor', 'fix'];

function conclusionOf(
  cluster: ClusterState,
  workload: ObjectRef,
  resolved: readonly (readonly [Broken, Resolution])[],
): Conclusion {
  const ordered = resolved.toSorted(
    ([, a], [, b]) => GRAVITY.indexOf(a.verdict) - GRAVITY.indexOf(b.verdict),
  );
  const [broken, leading] = ordered[0]!;
  const all = ordered.map(([, resolution]) => resolution);
  const owned = ownership(broken, leading.verdict);
  const verdict = owned ? owned.verdict : leading.verdict;
  const guards = verdict === 'fix' ? [...all.flatMap((each) => each.guards), ...immutability(workload)] : [];
  return {
    cause: leading.cause,
    summary: prose`${describeRef(workload)} ${broken.witness === 'record' && broken.keys !== null ? ownText('crashes') : ownText('cannot start')}: ${complaintOf(broken)}${newName(leading)}.`,
    rootCause: joinProse(
      ordered.map(([each, resolution]) => rootCauseOf(each, resolution)),
      ' ',
    ),
    evidence: [
      ...quotes(ordered.flatMap(([each]) => each.evidence)),
      ...all.flatMap(({ evidence }) => evidence),
    ],
    confidence: [...witnesses(broken), ...leading.confidence],
    verdict,
    reason: owned ? owned.reason : leading.reason,
    // Half a repair leaves the workload down and hides what is left to do.
    wanted: verdict === 'fix' ? all.flatMap(({ wanted }) => wanted) : [],
    guards,
    advice: [...all.flatMap(({ advice }) => advice), ...alsoAbsent(cluster, broken, resolved)],
    ...(leading.culprit ? { culprit: leading.culprit } : {}),
    ...(leading.introducedBy ? { introducedBy: leading.introducedBy } : {}),
  };
}

function complaintOf(broken: Broken): Prose {
  return broken.keys === null
    ? prose`${nameOf(broken)} not found`
    : prose`${nameOf(broken)} has no ${listOf(broken.keys)}`;
}

function newName({ cause, wanted }: Resolution): Prose {
  const after = wanted[0]?.after;
  if (typeof after !== 'string') return ownText('');
  if (cause === 'object-renamed') return prose`; it is called ${after} now`;
  if (cause === 'object-misnamed') return prose`; ${after} is the one that fits`;
  return cause === 'key-renamed' ? prose`; the key is called ${after} now` : ownText('');
}

/** Where something is mended, what was done comes first; else what is missing. */
function rootCauseOf(broken: Broken, { explanation, verdict }: Resolution): Prose {
  const fields = listOf([...new Set(broken.references.map(({ field }) => field))]);
  const needed = prose`${ownText(broken.pods.length === 1 ? 'Pod' : 'Pods')} ${listOf(broken.pods.map(({ metadata }) => metadata.name))} of ${describeRef(broken.owner.ref)} ${ownText(broken.pods.length === 1 ? 'needs' : 'need')} ${nameOf(broken)} (${fields})`;
  const absent =
    broken.keys === null
      ? ownText('and it is not found in the namespace')
      : prose`and the key ${listOf(broken.keys)} is not found in it`;
  const told = prose`${needed}, ${absent}.`;
  return verdict === 'fix' ? prose`${explanation} ${told}` : prose`${told} ${explanation}`;
}

/** The same words of many pods are quoted once, the latest. */
function quotes(evidence: readonly Evidence[]): readonly Evidence[] {
  const byText = new Map(
    evidence
      .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
      .map((each) => [`${each.source} ${each.text.toJSON()}`, each]),
  );
  return [...byText.values()].slice(0, 6);
}

function witnesses({ witness }: Broken): Finding['confidence'] {
  if (witness === 'both')
    return [{ factor: 1, reason: prose`the kubelet says so and the cluster's record agrees` }];
  return [
    witness === 'kubelet'
      ? { factor: 0.98, reason: prose`the kubelet says so; the object itself cannot be looked up` }
      : { factor: 0.95, reason: prose`the record shows it, without the kubelet's word` },
  ];
}

/** A template that an operator writes is changed back at once: its own resource is the place, which this rule does not know. */
function ownership(
  { owner, missing }: Broken,
  verdict: Verdict,
): { readonly verdict: Verdict; readonly reason: Prose } | null {
  if (verdict !== 'fix' || missing.name === '' || podSpecPath(owner.ref.kind) !== null) return null;
  return {
    verdict: 'decline',
    reason: prose`${describeRef(owner.ref)} generates the pods: the reference has to be changed through its fields.`,
  };
}

function immutability(workload: ObjectRef): readonly Guard[] {
  if (workload.kind !== 'Job' && workload.kind !== 'Pod') return [];
  return [
    {
      kind: 'no-auto-merge',
      reason: prose`${describeRef(workload)} cannot be changed in place: it must be recreated`,
    },
  ];
}

/** What would fail next: other objects that the template needs and that are recorded as absent. */
function alsoAbsent(
  cluster: ClusterState,
  broken: Broken,
  resolved: readonly (readonly [Broken, Resolution])[],
): readonly Prose[] {
  const told = new Set(resolved.map(([{ missing }]) => `${missing.kind}/${missing.name}`));
  const absent = broken.template.filter(
    ({ kind, name }) =>
      !told.has(`${kind}/${name}`) && cluster.presence(kind, broken.missing.namespace, name) === 'absent',
  );
  const names = [...new Set(absent.map(({ kind, name }) => `${kind} ${name}`))];
  return names.length === 0
    ? []
    : [
        prose`${listOf(names)} ${ownText(names.length === 1 ? 'does' : 'do')} not exist either and will fail next.`,
      ];
}

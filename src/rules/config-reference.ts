/**
 * Rule `config-reference`: a pod cannot start, or crashes, because a ConfigMap, a Secret or a key of one is not there.
 *
 * What may be changed: the name or key in the reference, when git's history or (never auto-merged) one fitting object says which
 * one; a key that history shows to have been removed. See docs/rules/config-reference.md.
 */
import { findBroken, type Broken, type Span } from '../facts/broken-references.ts';
import { findCrashes, lastWords, missingFile, type Crash } from '../facts/missing-files.ts';
import { describeRef, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { podSpecPath } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Blame, ConfidencePart, Guard, Verdict } from '../model/finding.ts';
import { joinProse, listed, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { WRITER_KINDS } from '../witnesses/writers.ts';
import { CAUSES } from './config-reference/causes.ts';
import { resolveMissingKey } from './config-reference/missing-key.ts';
import { resolveMissingObject } from './config-reference/missing-object.ts';
import { fieldsOf, nameOf, type Resolution } from './config-reference/resolution.ts';
import { defineRule, type Conclusion, type Seen } from './define-rule.ts';
import { foresight } from './config-reference/foresight.ts';

export const configReference = defineRule({
  id: 'config-reference',
  title: 'A ConfigMap, a Secret or a key of one that a workload needs does not exist',
  phase: 'configuration',
  semantics: [
    // A container whose environment needs a missing object or key is not created: it waits with CreateContainerConfigError and the message says what is
    // missing. A volume that needs one is not mounted: the pod stays ContainerCreating with FailedMount events. Both are tried again until it exists.
    'https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps',
    // `optional: true` makes both harmless.
    'https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist',
    // A whole volume has a file per key, `items` a file per item; a missing item fails the mount, a missing file without `items` only the program notices.
    'https://kubernetes.io/docs/concepts/storage/volumes/#configmap',
    // Objects are looked up in the pod's own namespace.
    'https://kubernetes.io/docs/concepts/configuration/secret/#details',
    // A Job's template and most fields of a pod cannot be changed in place.
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/',
  ],
  reads: ['Pod', 'Event', 'ConfigMap', 'Secret', ...WRITER_KINDS],
  on: 'workload',
  causes: CAUSES,
  foresight,

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
    const resolved: Resolved[] = [];
    for (const one of broken) {
      const resolve = one.keys === null ? resolveMissingObject : resolveMissingKey;
      resolved.push([one, yield* resolve(one, cluster, ask)]);
    }
    return resolved.length === 0 ? null : conclusionOf(cluster, ref, resolved);
  },
});

function seenIn(group: readonly (Span & { readonly container: string | null })[]): Seen {
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
  const { namespace, name: pod } = refOf(crash.pods[0]!);
  const of = { namespace: namespace ?? '', pod, container: crash.container };
  const { before, now } = yield* ask.all({
    before: ask.log({ ...of, previous: true }),
    now: ask.log({ ...of, previous: false }),
  });
  const broken =
    missingFile(crash, 'log', before ?? '', cluster) ??
    missingFile(crash, 'log', now ?? '', cluster) ??
    missingFile(crash, 'pod-status', lastWords(crash), cluster);
  return broken ? [broken] : [];
}

type Resolved = readonly [Broken, Resolution];

/** From the one that asks most of people to the one that asks least. */
const GRAVITY: readonly Verdict[] = ['escalate', 'decline', 'monitor', 'fix'];

function conclusionOf(cluster: ClusterState, workload: ObjectRef, resolved: readonly Resolved[]): Conclusion {
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
    // Half a repair leaves the workload down and hides the other half.
    changes: verdict === 'fix' ? all.flatMap(({ changes }) => changes) : [],
    guards,
    advice: [...all.flatMap(({ advice }) => advice), ...alsoAbsent(cluster, broken, resolved)],
    ruledOut: leading.ruledOut,
    blames: blamesOf(broken),
    ...(leading.culprit ? { culprit: leading.culprit } : {}),
    ...(leading.explainedBy ? { explainedBy: leading.explainedBy } : {}),
    ...(leading.introducedBy ? { introducedBy: leading.introducedBy } : {}),
  };
}

/** Lines that are looked up cost renders, and the first few say what all of them say. */
const MAX_BLAMES = 3;

/** The fields that name what is missing, where a template that people write has them. */
function blamesOf({ owner, references, keys }: Broken): readonly Blame[] {
  if (podSpecPath(owner.ref.kind) === null) return [];
  const fields = references.flatMap((reference) => {
    const named = reference.keys.flatMap(({ key, field }) => (keys?.includes(key) && field ? [field] : []));
    return named.length > 0 ? named : [reference.field];
  });
  return fields.slice(0, MAX_BLAMES).map((field) => ({ object: owner.ref, field }));
}

function complaintOf(broken: Broken): Prose {
  return broken.keys === null
    ? prose`${nameOf(broken)} not found`
    : prose`${nameOf(broken)} has no ${listed(broken.keys)}`;
}

function newName({ cause, changes }: Resolution): Prose {
  const after = changes[0]?.after;
  if (typeof after !== 'string') return ownText('');
  if (cause === 'object-renamed') return prose`; it is called ${after} now`;
  if (cause === 'object-misnamed') return prose`; ${after} is the one that fits`;
  return cause === 'key-renamed' ? prose`; the key is called ${after} now` : ownText('');
}

/** Where something is fixed, what was done comes first; else what is missing. */
function rootCauseOf(broken: Broken, { explanation, verdict }: Resolution): Prose {
  const needed = prose`${ownText(broken.pods.length === 1 ? 'Pod' : 'Pods')} ${listed(broken.pods.map(({ metadata }) => metadata.name))} of ${describeRef(broken.owner.ref)} ${ownText(broken.pods.length === 1 ? 'needs' : 'need')} ${nameOf(broken)} (${fieldsOf(broken)})`;
  const absent =
    broken.keys === null
      ? ownText('and it is not found in the namespace')
      : prose`and the key ${listed(broken.keys)} is not found in it`;
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

function witnesses({ witness }: Broken): readonly ConfidencePart[] {
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
function alsoAbsent(cluster: ClusterState, broken: Broken, resolved: readonly Resolved[]): readonly Prose[] {
  const told = new Set(resolved.map(([{ missing }]) => `${missing.kind}/${missing.name}`));
  const absent = broken.template.filter(
    ({ kind, name }) =>
      !told.has(`${kind}/${name}`) && cluster.presence(kind, broken.missing.namespace, name) === 'absent',
  );
  const names = [...new Set(absent.map(({ kind, name }) => `${kind} ${name}`))];
  return names.length === 0
    ? []
    : [
        prose`${listed(names)} ${ownText(names.length === 1 ? 'does' : 'do')} not exist either and will fail next.`,
      ];
}

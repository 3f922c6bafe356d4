import type { ClusterState } from '../../model/cluster-state.ts';
import { describeDuration, describeTime } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, refOf, type Scalar } from '../../kubernetes/objects.ts';
import { describeBytes, MEBIBYTE, parseQuantity } from '../../kubernetes/quantities.ts';
import {
  containerPath,
  containersOf,
  podSpecOf,
  type Container,
  type PodSpec,
} from '../../kubernetes/workloads.ts';
import { joinProse, prose, type Prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { Blame, Guard, WantedChange } from '../../model/finding.ts';
import type { Difference } from '../../model/need.ts';
import { demandOf, nodeRoom } from '../../witnesses/capacity.ts';
import type { Conclusion } from '../sizing/conclusion.ts';
import { historyEvidence, type Authorship } from '../../witnesses/chosen-value.ts';
import { quotaObstacle, type Obstacle } from '../../witnesses/obstacle.ts';
import type { Case } from './case.ts';
import {
  admissionObstacle,
  defaultLimit,
  limitRangeObstacle,
  vpaOpinion,
} from '../../witnesses/field-owner.ts';
import { looksLikeJava } from '../../witnesses/heap.ts';
import { printLike, sizeMemory, type MemorySize } from '../../witnesses/memory-size.ts';
import { raisedBefore } from '../../witnesses/raised-before.ts';
import type { Told } from '../../witnesses/memory-settings.ts';

/** A smaller limit may be doubled: 128Mi more is little, whatever it is relative to the value before. */
const CAPPED_FROM = 256 * MEBIBYTE;

/** A case that no judgement took: template, container and limit are known. */
type Sizable = Case & {
  readonly template: PodSpec;
  readonly placed: NonNullable<Case['placed']>;
  readonly owner: NonNullable<Case['owner']>;
  readonly enforced: number;
};

/** The field of the container's resources, `spec.template.spec.containers[name=server].resources`. */
export function resourcesField(known: Case): string | null {
  const path = known.owner && known.placed && containerPath(known.owner.kind, known.placed);
  return path ? `${path}.resources` : null;
}

/** A raise that was worked out, before it is known whether anything stands against it. */
interface Raise {
  readonly known: Sizable;
  readonly size: MemorySize;
  /** The new limit as manifests write it. */
  readonly limit: string;
  readonly authorship: Authorship;
  readonly memoryFactor: number;
  readonly difference: Difference | null;
}

/** What is particular to one outcome; the rest is the same for all. */
type Outcome = Omit<Conclusion, 'summary' | 'advice'>;

/** True where git's newest limit is larger than what the container has: then it matters why. */
export function isLargerInGit(known: Case, { latest }: Authorship): boolean {
  return (parseQuantity(latest?.to) ?? 0) > (known.enforced ?? Number.POSITIVE_INFINITY);
}

/** The limit is too low: by how much it is raised, or what stands against the new value. */
export function raise(
  known: Case,
  authorship: Authorship,
  memoryFactor: number,
  difference: Difference | null,
): Conclusion {
  const sizable = known as Sizable;
  const vpa = vpaOpinion(known.cluster, known.symptom.object, known.container);
  const size = sizeMemory({
    limit: sizable.enforced,
    request: parseQuantity(requestOf(sizable)),
    p99: known.memory.p99,
    recommendedRequest: vpa.kind === 'recommends' ? vpa.request : null,
    named: namedNeed(known)?.bytes ?? null,
  });
  const limit = printLike(known.limitText, size.limit);
  const sized: Raise = { known: sizable, size, limit, authorship, memoryFactor, difference };
  const outcome =
    otherInGit(sized) ?? raisedBeforeNow(sized) ?? obstructed(sized) ?? ownLimit(sized) ?? raised(sized);
  return {
    ...outcome,
    summary: summaryOf(known),
    evidence: [...historyEvidence('limit', authorship), ...(outcome.evidence ?? [])],
    advice: adviceOf(sizable, size),
  };
}

function otherInGit({ known, authorship: { latest }, difference }: Raise): Outcome | null {
  const waiting = parseQuantity(latest?.to);
  if (!latest || waiting === null || waiting <= known.enforced) return null;
  const { sha, at } = latest.commit;
  const inGit = prose`Git has a limit of ${describeBytes(waiting)} since ${sha.slice(0, 8)} of ${describeTime(at)}; the cluster has ${known.limitText}.`;
  if (difference?.kind === 'drift') {
    return {
      cause: 'drift',
      verdict: 'escalate',
      explanation: prose`${inGit} ${difference.because}`,
      reason: prose`Git already has the larger limit: the value in the cluster drifted from it, and no change in git repairs that.`,
      evidence: difference.evidence,
    };
  }
  return {
    cause: 'older-template',
    verdict: 'monitor',
    explanation: prose`${inGit} ${difference?.because ?? prose`Whether that waits for a sync or was changed in the cluster is not on record.`}`,
    reason:
      difference?.kind === 'lag'
        ? prose`The limit is already raised in git; it waits for the next sync.`
        : prose`The limit is already larger in git: either a sync is due, or the cluster drifted from git.`,
    evidence: difference?.evidence ?? [],
  };
}

function raisedBeforeNow({ known, authorship }: Raise): Outcome | null {
  const before = raisedBefore(known, authorship);
  if (!before) return null;
  return {
    cause: 'raised-before',
    verdict: 'escalate',
    explanation: prose`${explanationOf(known)} ${before.explanation}`,
    reason: before.reason,
    evidence: before.evidence,
  };
}

function obstructed({ known, size, limit }: Raise): Outcome | null {
  const { cluster, symptom, template, container } = known;
  const { namespace } = symptom.object;
  const after = withLimit(template, container, size);
  const policy =
    limitRangeObstacle(cluster, namespace, size.limit, after, size.request) ??
    admissionObstacle(cluster, namespace, size.limit);
  const obstacle = policy ?? roomObstacle(known, after);
  if (!obstacle) return null;
  return {
    cause: policy ? 'owned-elsewhere' : 'no-room',
    verdict: 'escalate',
    explanation: prose`${explanationOf(known)} It would need ${limit}, but ${obstacle.reason}`,
    reason: prose`A limit of ${limit} is not possible here: ${obstacle.reason}`,
    evidence: [obstacle.evidence],
  };
}

/** The limit is a namespace's default: the workload gets one of its own, which a person has to agree to. */
function ownLimit({ known, limit }: Raise): Outcome | null {
  const { cluster, symptom, placed, limitText, container } = known;
  const { limits, requests } = placed.container.resources ?? {};
  if (limits?.['memory'] !== undefined) return null;
  const found = defaultLimit(cluster, symptom.object.namespace, known.enforced);
  if (!found) return null;
  const { object } = symptom;
  const field = resourcesField(known)!;
  const range = describeRef(refOf(found.range));
  const request = requestOfPod(known);
  // A limit without a request would raise the request to it.
  const keepsRequest = requests?.['memory'] === undefined && request !== null && request !== limitText;
  return {
    cause: 'namespace-default',
    verdict: 'escalate',
    draft: true,
    explanation: prose`${explanationOf(known)} The template gives container ${container} no memory limit; ${limitText} is the default of ${range}, which applies to every container of the namespace that leaves its limit out.`,
    reason: prose`A limit of its own changes container ${container} alone, a higher default in ${range} every container without a limit: a person has to choose.`,
    wanted: [
      { object, field: `${field}.limits.memory`, before: null, after: limit },
      ...(keepsRequest ? [{ object, field: `${field}.requests.memory`, before: null, after: request }] : []),
    ],
    evidence: [quoted('object', found.range, null, `${found.field}: ${found.text}`)],
    guards: recreation(known.owner.kind),
    blames: [
      { object: refOf(found.range), field: found.field },
      { object, field: field.replace(/resources$/, 'name') },
    ],
  };
}

function requestOfPod({ killed, container }: Sizable): string | null {
  const own = containersOf(podSpecOf(killed[0]!.pod)).find((one) => one.container.name === container);
  const request = own?.container.resources?.requests?.['memory'];
  return request === undefined ? null : String(request);
}

function raised({ known, size, limit, authorship, memoryFactor }: Raise): Outcome {
  const chosen = parseQuantity(authorship.lastChoice?.value) ?? known.enforced;
  const doubled = chosen >= CAPPED_FROM && size.limit >= memoryFactor * chosen;
  const { mayLeak } = known.memory;
  return {
    cause: 'limit-too-low',
    verdict: doubled || mayLeak ? 'escalate' : 'fix',
    draft: doubled || mayLeak,
    explanation: mayLeak
      ? prose`${explanationOf(known)} In the one run that was measured to its end, memory climbed steadily, as it does with a leak.`
      : explanationOf(known),
    reason: mayLeak
      ? prose`Memory climbed steadily before the kill, and one run is too little to tell a leak from a limit that is too low: a person has to decide.`
      : doubled
        ? prose`${limit} is at least ${memoryFactor} times ${describeBytes(chosen)}, the last value that a person chose: a person has to agree to that much.`
        : prose`It was killed ${timesOf(known)}, and nothing but the limit explains that. The new limit is the larger of 1.3 times the larger of P99 and limit, and the limit plus 128Mi, rounded up to 128Mi.`,
    wanted: changesTo(known, size, limit),
    guards: recreation(known.owner.kind),
    blames: blamesOf(namedNeed(known)),
  };
}

function blamesOf(told: Told | undefined): readonly Blame[] {
  return told?.blame ? [told.blame] : [];
}

function changesTo(known: Sizable, size: MemorySize, limit: string): readonly WantedChange[] {
  const { object } = known.symptom;
  const field = resourcesField(known)!;
  const limitBefore = scalarOf(known.placed.container.resources?.limits?.['memory']);
  const request = requestOf(known);
  const changes = [{ object, field: `${field}.limits.memory`, before: limitBefore, after: limit }];
  // Equal values are no change: a request that is rounded to itself stays as it is written.
  if (request !== undefined && size.request !== parseQuantity(request)) {
    const after = printLike(request, size.request!);
    changes.push({ object, field: `${field}.requests.memory`, before: scalarOf(request), after });
  }
  return changes;
}

function requestOf({ placed }: Sizable): unknown {
  return placed.container.resources?.requests?.['memory'];
}

function summaryOf({ container, symptom, count, limitText }: Case): Prose {
  return prose`Container ${container} of ${describeRef(symptom.object)} was OOMKilled ${timesOf({ count, symptom })}: its memory limit of ${limitText} is too low.`;
}

/** The largest size that the program's code names and that its limit does not hold. */
function namedNeed({ told, enforced }: Case): Told | undefined {
  return told
    .filter(({ kind, bytes }) => kind === 'allocation' && bytes !== null && bytes >= 0.5 * (enforced ?? 0))
    .toSorted((a, b) => b.bytes! - a.bytes!)[0];
}

/** `11 times in 3 h 40 min`: until the last kill, so that it stays the same while nothing happens. */
function timesOf({ count, symptom }: Pick<Case, 'count' | 'symptom'>): Prose {
  return prose`${count.count} times in ${describeDuration(symptom.lastSeen - count.since)}`;
}

function explanationOf(known: Case): Prose {
  const { container, limitText, symptom, killed, memory, heap } = known;
  const sentences: Prose[] = [];
  if (memory.shape === 'plateau')
    sentences.push(
      prose`Memory stays at one level between the restarts, so this is a limit that is too low and not a leak.`,
    );
  sentences.push(
    prose`The kernel killed ${container} when its memory reached the limit of ${limitText} (reason OOMKilled, exit code ${killed[0]!.kills[0]!.terminated.exitCode ?? 137}), last at ${describeTime(symptom.lastSeen)}.`,
  );
  if (memory.p99 === null)
    sentences.push(
      prose`Its memory was not measured, so the limit itself is the least that is known to be too little.`,
    );
  else {
    sentences.push(
      prose`99 % of a week's samples are below ${describeBytes(memory.p99)}; a container cannot use more than the limit it is killed at, so the need is at least the limit.`,
    );
  }
  const named = namedNeed(known);
  if (named)
    sentences.push(
      prose`${named.words} (${named.where}) takes ${describeBytes(named.bytes!)}, and the new limit has room for that.`,
    );
  if (heap)
    sentences.push(
      prose`The Java heap (${heap.option} in ${heap.where}) leaves enough of the limit free, so it is not the reason.`,
    );
  return joinProse(sentences, ' ');
}

/** The resources of these cannot be changed in place. */
function recreation(kind: string): readonly Guard[] {
  if (kind !== 'Job' && kind !== 'Pod') return [];
  const reason = prose`The resources of a ${kind} cannot be changed in place: it must be recreated.`;
  return [{ kind: 'no-auto-merge', reason }];
}

/** Quota first: it refuses pods at once; then whether the nodes could hold all pods with the new request. */
function roomObstacle({ cluster, owner, template, symptom }: Sizable, after: PodSpec): Obstacle | null {
  const pods = podsWanted(owner, cluster);
  const before = demandOf(template);
  const demand = demandOf(after);
  const surge = surgeOf(owner, pods);
  // The worst moment of a rollout: all new pods beside the last old ones.
  const extra = Object.fromEntries(
    ['requests.memory', 'limits.memory'].map((name) => [
      name,
      (demand[name]! - before[name]!) * pods + before[name]! * surge,
    ]),
  );
  const shortage = quotaObstacle(cluster, symptom.object.namespace, extra, 'it');
  if (shortage) return shortage;
  const room = nodeRoom(cluster, symptom.object, after, demand, pods);
  if (room.kind !== 'too-small') return null;
  const request = describeBytes(demand['requests.memory']!);
  const text = `places for pods requesting ${request}: ${room.places} of ${pods}`;
  return {
    reason: prose`the nodes have places for ${room.places} of ${pods} pods that request ${request} each.`,
    evidence: quoted('object', 'Nodes', null, text),
  };
}

function podsWanted(owner: NonNullable<Case['owner']>, cluster: ClusterState): number {
  const spec = recordAt(owner, 'spec');
  const replicas = spec['replicas'] ?? spec['parallelism'];
  if (typeof replicas === 'number') return replicas;
  return owner.kind === 'DaemonSet' ? Math.max(1, cluster.podsOf(refOf(owner)).length) : 1;
}

/**
 * Pods that a rolling update makes beyond the wanted ones (25 % unless told otherwise, rounded up).
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge
 */
function surgeOf(owner: NonNullable<Case['owner']>, pods: number): number {
  if (owner.kind !== 'Deployment') return 0;
  const strategy = recordAt(owner, 'spec', 'strategy');
  if (strategy['type'] === 'Recreate') return 0;
  const surge = recordAt(strategy, 'rollingUpdate')['maxSurge'] ?? '25%';
  return typeof surge === 'number' ? surge : Math.ceil((Number.parseFloat(String(surge)) / 100) * pods);
}

/** The pod spec as it would be with the new size. */
function withLimit(spec: PodSpec, container: string, size: MemorySize): PodSpec {
  const sized = (list: readonly Container[] | undefined): readonly Container[] =>
    (list ?? []).map((one) => {
      if (one.name !== container) return one;
      const { limits, requests } = one.resources ?? {};
      return {
        ...one,
        resources: {
          limits: { ...limits, memory: size.limit },
          ...(requests && {
            requests: { ...requests, ...(size.request !== null && { memory: size.request }) },
          }),
        },
      };
    });
  return { ...spec, containers: sized(spec.containers), initContainers: sized(spec.initContainers) };
}

function scalarOf(value: unknown): Scalar {
  return typeof value === 'number' ? value : String(value);
}

function adviceOf({ placed, template, heap }: Sizable, size: MemorySize): readonly Prose[] {
  const inMemory = new Set(
    (template.volumes ?? [])
      .filter((volume) => recordAt(volume, 'emptyDir')['medium'] === 'Memory')
      .map(({ name }) => name),
  );
  const mounted = (placed.container.volumeMounts ?? []).filter(({ name }) => inMemory.has(name));
  const java = heap !== null || looksLikeJava(placed.container);
  return [
    ...mounted.map(
      ({ name, mountPath }) =>
        prose`Volume ${name} at ${mountPath} is a memory-backed emptyDir: what is written there counts towards the limit.`,
    ),
    ...(java && (heap === null || heap.relative)
      ? [prose`The maximum heap of a Java process follows the limit: by default it is a quarter of it.`]
      : []),
    ...(placed.role === 'init'
      ? [
          prose`This is an init container: its need delays the start of the pod and sets the pod's request only while it is the largest.`,
        ]
      : []),
    prose`Watch whether the working set settles below ${describeBytes(size.limit)} after the rollout.`,
  ];
}

import type { ObjectFacts } from '../../facts/subjects.ts';
import { quote } from '../../facts/observations.ts';
import { declaredBy, describePort, type ContainerPort, type ServicePort } from '../../facts/services.ts';
import { describeRef, recordAt, refOf, type Scalar } from '../../kubernetes/objects.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import { podSpecPath } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Guard } from '../../model/finding.ts';
import { joinProse, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, commitAsActor } from '../../witnesses/commits.ts';
import { lastChangeOf, type LastChange } from '../../witnesses/last-change.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import { isReached, type DeadPort } from './dead-ports.ts';
import { nearestPort } from './nearest-port.ts';
import { ownersOf } from './repaired-selector.ts';

const KEYS = ['targetPort', 'protocol', 'port'] as const;

/** A dead port with what git says of it. */
interface Told {
  readonly dead: DeadPort;
  /** The last commit that changed it, where the port worked before. */
  readonly past: LastChange | null;
  /** What makes it work again by git's word; none where git has none. */
  readonly restored: readonly Change[];
}

/** What keeps a port of a Service from its pods, and what it would have to be; null where neither the pods nor git show it. Pods that may be another Service's (`areItsOwn` false) say nothing of the port that is meant. */
export function* brokenPorts(
  { cluster, object: service }: ObjectFacts,
  ask: Ask,
  pods: readonly ClusterObject[],
  dead: readonly DeadPort[],
  areItsOwn: boolean,
): Asking<Conclusion | null> {
  const told: Told[] = [];
  for (const one of dead) told.push(yield* toldByGit(ask, service, one));
  const known = told.filter(({ dead: { isPlain }, restored }) => isPlain || restored.length > 0);
  const [first] = known.toSorted((a, b) => b.restored.length - a.restored.length);
  if (!first) return null;
  const same = known.filter((one) => one.dead.cause === first.dead.cause);
  const [owner, ...others] = ownersOf(cluster, pods);
  // Git gives the pods the port, and the cluster gets it with the next sync.
  const rendered = yield* ask.rendered(owner!.ref);
  if (rendered && same.some((one) => declaredBy(rendered).some((port) => isReached(port, one.dead.port))))
    return null;
  const declaring = others.length === 0 ? first.dead.declared : [];
  const base = podSpecPath(owner!.ref.kind);
  const fields = declaring.flatMap(({ field }) =>
    base === null ? [] : [`${base}.${field}.containerPort`, `${base}.${field}.name`],
  );
  const ofPods = first.restored.length > 0 ? null : yield* lastChangeOf(ask, owner!.ref, fields);
  return first.restored.length > 0
    ? restoredPorts(cluster, service, pods, same)
    : unprovenPorts(cluster, service, pods, same, ofPods, areItsOwn);
}

function* toldByGit(ask: Ask, service: ClusterObject, dead: DeadPort): Asking<Told> {
  const ref = refOf(service);
  const { port, declared } = dead;
  const fields = KEYS.map((key) => `${port.field}.${key}`);
  const rendered = yield* ask.rendered(ref);
  const inGit = rendered ? KEYS.map((key) => [key, scalarAt(rendered, `${port.field}.${key}`)] as const) : [];
  const past = yield* lastChangeOf(ask, ref, fields);
  const before = KEYS.flatMap((key) => {
    const value = past?.before.get(`${port.field}.${key}`);
    return value === undefined ? [] : [[key, value] as const];
  });
  for (const [values, commit] of [
    [inGit, null],
    [before, past],
  ] as const) {
    const was = { ...asWritten(service, port), ...Object.fromEntries(values) };
    const wanted = { target: targetOf(was, port), protocol: String(was.protocol ?? 'TCP') };
    if (values.length > 0 && declared.some((one) => isReached(one, wanted)))
      return { dead, past: commit, restored: changesOf(service, port, values) };
  }
  return { dead, past: null, restored: [] };
}

type Written = Readonly<Record<(typeof KEYS)[number], Scalar>>;

function asWritten(service: ClusterObject, { field }: ServicePort): Written {
  const [targetPort = null, protocol = null, port = null] = KEYS.map((key) =>
    scalarAt(service, `${field}.${key}`),
  );
  return { targetPort, protocol, port };
}

function scalarAt(object: Parameters<typeof fieldOf>[0], field: string): Scalar {
  return (fieldOf(object, field)?.value ?? null) as Scalar;
}

function targetOf({ targetPort, port }: Written, { number }: ServicePort): string | number {
  const target = targetPort ?? port ?? number;
  return typeof target === 'number' || /^\d+$/.test(String(target)) ? Number(target) : String(target);
}

/** What differs, where an absent protocol is TCP and an absent target is the port. */
function changesOf(
  service: ClusterObject,
  { field, number }: ServicePort,
  values: readonly (readonly [(typeof KEYS)[number], Scalar])[],
): readonly Change[] {
  const now = asWritten(service, { field } as ServicePort);
  const defaults: Readonly<Record<string, Scalar>> = { protocol: 'TCP', targetPort: number };
  return values
    .filter(([key, value]) => (value ?? defaults[key]) !== (now[key] ?? defaults[key]))
    .map(([key, value]) => changeOf(refOf(service), `${field}.${key}`, now[key], value));
}

function restoredPorts(
  cluster: ClusterState,
  service: ClusterObject,
  pods: readonly ClusterObject[],
  told: readonly Told[],
): Conclusion {
  const changes = told.flatMap(({ restored }) => restored);
  const past = told.find((one) => one.past !== null)?.past ?? null;
  const [change] = changes;
  const was = change!.after === null ? ownText('nothing') : prose`${String(change!.after)}`;
  const key = change!.field.text.replace(/^.*\./, '');
  return diagnosis({
    cause: told[0]!.dead.cause,
    summary: summaryOf(cluster, service, pods, told),
    because: [
      past
        ? prose`${commitAsActor(past.commit)} changed ${key} from ${was} to ${String(change!.before ?? 'nothing')}; the pods have what was there before.`
        : prose`Git has ${key} ${was}, which the pods have.`,
    ],
    evidence: [
      ...evidenceOf(service, pods, told),
      ...(past
        ? [commitEvidence(past.commit, `changed ${change!.field.text} of ${describeRef(refOf(service))}`)]
        : []),
    ],
    certainty: [0.97, prose`the pods declare the former port, and not the current one`],
    verdict: 'fix',
    reason: prose`The port goes back to what the pods declare.`,
    changes,
    blames: changes.map(({ object, field }) => ({ object, field: field.text })),
    ...(past && { introducedBy: past.commit, firstSeen: sinceOf(service, past) }),
    guards: [{ kind: 'no-auto-merge', reason: prose`traffic starts to reach these pods again` }],
    advice: [],
  });
}

function unprovenPorts(
  cluster: ClusterState,
  service: ClusterObject,
  pods: readonly ClusterObject[],
  told: readonly Told[],
  ofPods: LastChange | null,
  areItsOwn: boolean,
): Conclusion {
  const ref = refOf(service);
  const [{ dead }] = told as readonly [Told];
  const nearest =
    told.length === 1 && areItsOwn ? nearestPort(cluster, service, pods, dead, ofPods !== null) : null;
  const owner = ownersOf(cluster, pods)[0]!.ref;
  const guard: Guard | null = nearest && {
    kind: 'draft',
    reason: ofPods
      ? prose`the ports of the pods changed last, so a person says whether the Service follows`
      : prose`git does not show that the port ever worked, so a person confirms that ${String(nearest.after)} is meant`,
  };
  return diagnosis({
    cause: dead.cause,
    summary: summaryOf(cluster, service, pods, told),
    because: ofPods
      ? [
          prose`${commitAsActor(ofPods.commit)} changed the ports of ${describeRef(owner)}, and the Service kept the old one.`,
        ]
      : [],
    evidence: [
      ...evidenceOf(service, pods, told),
      ...(ofPods ? [commitEvidence(ofPods.commit, `changed container ports of ${describeRef(owner)}`)] : []),
    ],
    certainty: [0.9, prose`Service and pods are on record`],
    ...(nearest
      ? {
          verdict: 'fix' as const,
          changes: [nearest],
          guards: [guard!],
          reason: prose`Only what the pods declare says which port is meant.`,
        }
      : { reason: prose`Whether the Service or its pods should change is for a person to decide.` }),
    blames: told.map(({ dead: one }) => ({
      object: ref,
      field: `${one.port.field}.${one.cause === 'protocol-mismatch' ? 'protocol' : one.port.targetKey}`,
    })),
    ...(ofPods && { introducedBy: ofPods.commit, firstSeen: sinceOf(service, ofPods) }),
    advice: nearest
      ? []
      : [
          prose`Let the Service's ${ownText(dead.cause === 'protocol-mismatch' ? 'protocol' : 'targetPort')} be one that the pods serve: ${portsText(dead.declared)}.`,
        ],
  });
}

function sinceOf({ metadata }: ClusterObject, { commit }: LastChange): number {
  return Math.max(commit.at, Date.parse(metadata.creationTimestamp ?? '') || 0);
}

function summaryOf(
  cluster: ClusterState,
  service: ClusterObject,
  pods: readonly ClusterObject[],
  told: readonly Told[],
): Prose {
  const whose = listed(ownersOf(cluster, pods).map(({ ref }) => describeRef(ref)));
  const [{ dead }] = told as readonly [Told];
  const routes = joinProse(
    told.map(({ dead: { port } }) =>
      typeof port.target === 'string'
        ? prose`port ${port.number} to the port called ${port.target}`
        : prose`port ${port.number} to ${port.target}`,
    ),
    ' and ',
  );
  if (dead.cause === 'protocol-mismatch') {
    const { target, protocol } = dead.port;
    const others = dead.declared.filter((one) => one.name === target || one.number === target);
    return prose`${describeRef(refOf(service))} sends ${protocol} to port ${target} of ${whose}, whose containers declare it for ${listed([...new Set(others.map((one) => one.protocol))])}`;
  }
  const has =
    dead.declared.length === 0
      ? prose`they declare no ports`
      : prose`they declare ${portsText(dead.declared)}`;
  return prose`${describeRef(refOf(service))} sends ${routes}, which no container of ${whose} declares: ${has}`;
}

function portsText(declared: readonly ContainerPort[]): Prose {
  return listed([...new Set(declared.map(describePort))]);
}

function evidenceOf(service: ClusterObject, pods: readonly ClusterObject[], [first]: readonly Told[]) {
  const [pod] = pods;
  const declared = first!.dead.declared.map((one) => `${one.container}: ${describePort(one)}`);
  return [
    quote('object', service, null, `spec.ports: ${JSON.stringify(recordAt(service, 'spec')['ports'])}`),
    ...(pod && declared.length > 0
      ? [quote('object', pod, null, `container ports: ${declared.join(', ')}`)]
      : []),
  ];
}

import { nodeOf, waitsFor } from '../facts/links.ts';
import { objectKey, type ObjectRef } from '../kubernetes/objects.ts';
import { conditionsOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Culprit, Finding } from '../model/finding.ts';
import type { Incident } from '../model/incident.ts';
import type { Phase } from '../model/phase.ts';
import { isProven, type Found, type Judged } from './arbitrate.ts';
import { faultOf, fingerprintOf, isOwnFault, subjectOf } from './fingerprint.ts';
import { joined, withFollowers } from './join.ts';

/** Links are followed no further than this. */
const FARTHEST = 8;

/** All findings with one fault, and the groups that follow from it. */
interface Group {
  readonly key: string;
  readonly members: readonly Judged[];
}

/** What grouping makes; the fields about the incident as a whole are filled in later. */
export type Grouped = Omit<Incident, 'chain' | 'ended' | 'backOff' | 'changes'>;

/**
 * One incident for each fault. Findings with one culprit and cause are one; a finding that something further up explains, and that knows no
 * fix of its own, follows that one: the deepest that has a finding is the incident, the rest are its evidence and what it affects.
 */
export function groupByCulprit(judged: readonly Judged[], cluster: ClusterState): readonly Grouped[] {
  const groups = [...Map.groupBy(judged, ({ finding }) => JSON.stringify(faultOf(finding)))].map(
    ([key, members]): Group => ({ key, members }),
  );
  const find = finder(groups);
  const above = new Map(groups.map((group) => [group, explaining(group, find, cluster)]));
  const roots = new Map(groups.map((group) => [group, rootOf(group, above)]));
  return groups
    .filter((group) => roots.get(group) === group)
    .map((group) =>
      incidentOf(
        group,
        groups.filter((other) => other !== group && roots.get(other) === group),
        cluster.name,
      ),
    );
}

type Find = (link: Link) => Group | undefined;

/** `isStated`: the rule names it as the explanation; other links count only where the object has a finding of its own. */
interface Link {
  readonly to: Culprit;
  readonly isStated: boolean;
}

function finder(groups: readonly Group[]): Find {
  const own = new Map<string, Group>();
  const blamed = new Map<string, Group>();
  for (const group of groups)
    for (const { finding } of group.members) {
      const known = isOwnFault(finding) ? own : blamed;
      for (const key of [objectKey(finding.culprit), objectKey(finding.object)])
        if (!known.has(key)) known.set(key, group);
    }
  return ({ to, isStated }) => own.get(objectKey(to)) ?? (isStated ? blamed.get(objectKey(to)) : undefined);
}

/** The nearest group that explains this one; null for none, and for one that wants a change: its fault is its own. */
function explaining(group: Group, find: Find, cluster: ClusterState): Group | null {
  if (group.members.some(({ finding }) => finding.changes.length > 0)) return null;
  let links = group.members.flatMap((one) => linksOf(one, cluster));
  const seen = new Set<string>();
  for (let step = 0; step < FARTHEST && links.length > 0; step += 1) {
    const fresh = links.filter(({ to }) => !seen.has(objectKey(to)));
    for (const link of fresh) {
      seen.add(objectKey(link.to));
      const found = find(link);
      if (found && found !== group) return found;
    }
    links = fresh.flatMap(({ to }) => waitsFor(cluster, to).map((next) => ({ to: next, isStated: false })));
  }
  return null;
}

function linksOf({ finding, symptom }: Found, cluster: ClusterState): readonly Link[] {
  const others = [
    ...(isOwnFault(finding) ? waitsFor(cluster, finding.culprit) : [finding.culprit]),
    ...nodeBehind(finding, symptom.seenOn, cluster),
  ];
  return [
    ...finding.explainedBy.map((to) => ({ to, isStated: true })),
    ...others.map((to) => ({ to, isStated: false })),
  ];
}

/** Failures that a node that is not Ready brings about. Others on such a node have causes of their own. */
const OF_NODES: ReadonlySet<Phase> = new Set(['node', 'health-checks']);

function nodeBehind(
  finding: Finding,
  seenOn: readonly ObjectRef[],
  cluster: ClusterState,
): readonly Culprit[] {
  const { givesWayTo, phase } = finding;
  if (!OF_NODES.has(phase) || (isProven(finding) && givesWayTo !== 'any')) return [];
  const node = nodeOf(cluster, seenOn);
  const object = node && cluster.get('Node', null, node.name);
  const isReady =
    object && conditionsOf(object).some(({ type, status }) => type === 'Ready' && status === 'True');
  return node && (phase === 'node' || isReady === false) ? [node] : [];
}

/** Follows the links to their end; where they lead round in a circle, nothing explains the rest and the group stands. */
function rootOf(group: Group, above: ReadonlyMap<Group, Group | null>): Group {
  const path = new Set([group]);
  let here = group;
  for (;;) {
    const next = above.get(here) ?? null;
    if (next === null) return here;
    if (path.has(next)) return group;
    path.add(next);
    here = next;
  }
}

function incidentOf(group: Group, following: readonly Group[], cluster: string): Grouped {
  const [leading] = group.members as readonly [Judged];
  const followers = following.flatMap(({ members }) => members);
  const same = joined(group.members);
  const all = [...group.members, ...followers];
  return {
    fingerprint: fingerprintOf(cluster, leading.finding),
    subject: subjectOf(cluster, leading.symptom),
    includes: [
      ...new Set(
        all.flatMap(({ symptom, finding }) => [fingerprintOf(cluster, finding), subjectOf(cluster, symptom)]),
      ),
    ],
    cluster,
    symptom: same.symptom,
    finding: withFollowers(same.finding, followers),
    followers: [...all.flatMap((one) => one.followers), ...followers.map(({ finding }) => finding)],
  };
}

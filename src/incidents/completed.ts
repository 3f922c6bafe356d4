import { messageOf } from '../errors/error-message.ts';
import { backOffOf, lastEnd } from '../facts/container-end.ts';
import { describeRef, objectKey } from '../kubernetes/objects.ts';
import type { ChangesBefore } from '../model/changed-before.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Commit } from '../model/commit.ts';
import type { Incident } from '../model/incident.ts';
import { changesBefore } from '../witnesses/changes-before.ts';
import { chainOf } from './chain.ts';
import type { Grouped } from './group.ts';
import type { Investigator } from './answers.ts';
import type { Investigations } from './investigate.ts';

/** What is the same for all rules: how the container ended, how the kubelet waits, and what changed before. */
export async function completed(
  grouped: Grouped,
  cluster: ClusterState,
  investigations: Investigations,
  onProblem: Investigator['onProblem'],
): Promise<Incident> {
  const { symptom, finding } = grouped;
  const { container } = finding;
  const pods = symptom.seenOn;
  const backOff = container === null ? null : backOffOf(cluster, pods, container);
  return {
    ...grouped,
    chain: chainOf(grouped, backOff, cluster),
    ended: container === null ? null : lastEnd(cluster, pods, container),
    backOff,
    changes: await changesOf(grouped, cluster, investigations).catch((error: unknown) => {
      onProblem?.({
        where: `what changed before ${describeRef(finding.object)} failed`,
        message: messageOf(error),
      });
      return null;
    }),
  };
}

/** Things at fault that no workload's template has anything to do with. */
const OUTSIDE = new Set(['Node', 'Registry', 'GitSource']);

async function changesOf(
  { finding }: Grouped,
  cluster: ClusterState,
  investigations: Investigations,
): Promise<ChangesBefore | null> {
  const { culprit, affected, object, firstSeen, introducedBy } = finding;
  if (OUTSIDE.has(culprit.kind) || affected.length > 1) return null;
  const changes = await investigations.changes(
    JSON.stringify([objectKey(object), firstSeen]),
    () => changesBefore(cluster, object, firstSeen, investigations.ask),
    `what changed before ${describeRef(object)} failed`,
  );
  return introducedBy === undefined ? changes : withCommit(changes, introducedBy);
}

/** The commit that the rule itself found may have changed another object than the workload. */
function withCommit(changes: ChangesBefore | null, commit: Commit): ChangesBefore {
  const known = changes ?? { since: null, commits: [], outsideGit: [], unexplained: [] };
  if (known.commits.some((one) => one.commit.sha === commit.sha)) return known;
  const commits = [...known.commits, { commit, changes: [] }];
  return { ...known, commits: commits.toSorted((a, b) => b.commit.at - a.commit.at) };
}

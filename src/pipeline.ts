import type { ClusterProblem, ClusterState } from './model/cluster-state.ts';
import { withChangedLines } from './proposals/changed-lines.ts';
import { blamesOf, withLines } from './proposals/blames.ts';
import { findIncidents } from './incidents/find-incidents.ts';
import type { Incident } from './model/incident.ts';
import type { Report } from './model/report.ts';
import { originsOf } from './proposals/origins.ts';
import { pullRequestText } from './pull-requests/pull-request-text.ts';
import { rules } from './rules/index.ts';
import { RepositoryKnowledge } from './sources/knowledge.ts';
import type { DiagnoseInput } from './proposals/diagnose-input.ts';
import { checksRequired, decideAll } from './proposals/decide-all.ts';
import { placeAsAsked } from './proposals/values-asked.ts';
import { proposeAll } from './proposals/propose-all.ts';
import { inStep } from './tracing/step.ts';

/** From a cluster and a repository to everything that is wrong, why, and what would be changed. */
export async function diagnose(given: DiagnoseInput): Promise<Report> {
  const cluster = given.cluster ?? (await given.source.read());
  const input = inCluster(given, cluster);
  input.renderers.budget?.renew();
  const problems: ClusterProblem[] = [...cluster.problems];
  const knowledge = new RepositoryKnowledge({ ...input, cluster });
  const found = await inStep('find', { cluster: cluster.name }, () =>
    incidentsOf(cluster, input, knowledge, problems),
  );
  const investigated = input.noteAlerts?.(found) ?? found;
  const { incidents, placed } = await inStep(
    'place',
    { cluster: cluster.name, incidents: investigated.length },
    () => placeAsAsked(investigated, { cluster, input, knowledge, problems }),
  );
  const origins = await originsOf(incidents, placed, knowledge, input, problems);
  const blames = await Promise.all(
    incidents.map(({ finding }, index) => blamesOf(finding, placed[index]!.located, cluster, knowledge)),
  );
  const checks = await checksRequired(placed, input);
  for (const { root, message } of input.renderers.budget?.exceeded ?? [])
    problems.push({ where: root, message });
  const traced = await Promise.all(
    incidents.map((incident) => withChangedLines(incident, cluster, knowledge)),
  );
  const told = traced.map((incident, index) => withLines(incident, placed[index]!, blames[index]!));
  const decided = decideAll(told, placed, origins, checks, cluster, input);
  return {
    cluster: cluster.name,
    now: cluster.now,
    problems,
    results: proposeAll(decided, blames, pullRequestText),
  };
}

/** Everything is rendered for the cluster that is diagnosed. */
function inCluster(input: DiagnoseInput, { versions }: ClusterState): DiagnoseInput {
  const renderers = { ...input.renderers, cluster: versions };
  return { ...input, renderers, revision: input.revision.inCluster(versions) };
}

/** Signals to incidents. */
function incidentsOf(
  cluster: ClusterState,
  input: DiagnoseInput,
  knowledge: RepositoryKnowledge,
  problems: ClusterProblem[],
): Promise<readonly Incident[]> {
  return findIncidents(
    rules.filter(({ recordsOnly }) => input.source.isRecorded || !recordsOnly),
    {
      cluster,
      source: input.source,
      repository: knowledge,
      ...(input.images && { images: input.images }),
      memoryFactor: input.config.limits.memoryFactor,
      known: input.known ?? new Map(),
      onProblem: (problem) => problems.push(problem),
      onProgress: (done, of) => input.onProgress?.('investigating', done, of),
    },
  );
}

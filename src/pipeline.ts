import type { ClusterProblem, ClusterState } from './model/cluster-state.ts';
import { withChangedLines } from './proposals/changed-lines.ts';
import { blamesOf, withLines } from './proposals/blames.ts';
import { findIncidents, type FindingInput } from './incidents/find-incidents.ts';
import type { Incident } from './model/incident.ts';
import type { Report } from './model/report.ts';
import { askedOnce, type Asking } from './git/asked-once.ts';
import type { Config } from './config/schema.ts';
import { originOf } from './proposals/origins.ts';
import { branchName } from './pull-requests/branch.ts';
import { pullRequestText } from './pull-requests/pull-request-text.ts';
import type { Rule } from './rules/define-rule.ts';
import { rules } from './rules/index.ts';
import { RepositoryKnowledge } from './sources/knowledge.ts';
import type { DiagnoseInput } from './proposals/diagnose-input.ts';
import { withTrust } from './proposals/with-trust.ts';
import { checksRequired, decideAll } from './proposals/decide-all.ts';
import { placeFixes, type Placed, type Placing } from './proposals/place-fixes.ts';
import { StandingIncidents, type Worked } from './proposals/standing-incidents.ts';
import { asAsked, asProposed } from './proposals/values-asked.ts';
import { wishesByObject } from './proposals/wanted-by-incident.ts';
import { proposeAll, type Teach } from './proposals/propose-all.ts';
import { inStep } from './tracing/step.ts';

/**
 * From a cluster and a repository to everything that is wrong, why, and what would be changed.
 *
 * @param standing what was worked out about incidents in earlier scans of the cluster; left out: nothing is known
 */
export async function diagnose(
  given: DiagnoseInput,
  standing: StandingIncidents = new StandingIncidents(),
): Promise<Report> {
  const cluster = given.cluster ?? (await given.source.read());
  const input = inCluster(given, cluster);
  input.renderers.budget?.renew();
  const problems: ClusterProblem[] = [...cluster.problems];
  const knowledge = new RepositoryKnowledge({ ...input, cluster });
  const found = await inStep('find', { cluster: cluster.name }, () =>
    incidentsOf(cluster, input, knowledge, problems),
  );
  const noted = input.noteAlerts?.(found) ?? found;
  const investigated = (await input.explain?.(noted)) ?? noted;
  const worked = await inStep('place', { cluster: cluster.name, incidents: investigated.length }, () =>
    workOut(investigated, cluster, input, problems, standing),
  );
  const placed = worked.map((one) => one.placed);
  const blames = worked.map((one) => one.blames);
  const checks = await checksRequired(placed, input);
  for (const { root, message } of input.renderers.budget?.exceeded ?? [])
    problems.push({ where: root, message });
  const told = await withTrust(
    worked.map((one) => one.told),
    input,
  );
  const origins = worked.map(({ origin }) => origin);
  const decided = decideAll(told, placed, origins, checks, cluster, input);
  return {
    cluster: cluster.name,
    now: cluster.now,
    problems,
    results: proposeAll(decided, blames, pullRequestText, await teaching(placed, input.config)),
  };
}

/** What fixes add to the expectations, where the configuration wants that. */
async function teaching(
  placed: readonly Placed[],
  { expectations }: Pick<Config, 'expectations'>,
): Promise<Teach> {
  if (!expectations.write) return () => null;
  // The schema of the file takes a while to load.
  const { lessonsOf, teachingAt } = await import('./lessons/lessons.ts');
  const revisions = new Map(
    placed.flatMap(({ located, repository, revision }) =>
      located?.kind === 'located' ? [[repository, revision] as const] : [],
    ),
  );
  const known = new Map(
    await Promise.all(
      [...revisions].map(async ([repository, revision]) => [repository, await teachingAt(revision)] as const),
    ),
  );
  return (proposal, repository) => {
    const { incidents, located, decision } = proposal;
    const at = known.get(repository);
    // What has not failed has taught nothing, and a draft is not decided.
    const isLesson =
      incidents.some(({ finding }) => !finding.foresees) && !decision.draft && decision.action !== 'escalate';
    return at && isLesson ? lessonsOf(located, at, branchName(proposal)) : null;
  };
}

/** From incidents to lines, edits, proofs and origins. What is known of them from an earlier scan, and still holds, is taken. */
function workOut(
  found: readonly Incident[],
  cluster: ClusterState,
  input: DiagnoseInput,
  problems: ClusterProblem[],
  standing: StandingIncidents,
): Promise<readonly Worked[]> {
  const { repository, revision } = input;
  const asked = asAsked(found, cluster, input);
  const wishes = wishesByObject(asked);
  return standing.of(asked, { cluster, repository, revision, wishes }, async (known, around) => {
    const placing = around.map((one, index): Placing => {
      const knowledge = new RepositoryKnowledge({ ...input, ...one });
      return { ...one, input, knowledge, known: known[index]?.placed ?? null };
    });
    input.onProgress?.('locating', 0, asked.length);
    const first = await placeFixes(asked, placing);
    const incidents = asProposed(found, asked, first, input);
    const isAsAsked = incidents.every((incident, index) => incident === asked[index]);
    const others = wishesByObject(incidents);
    const again = placing.map((one) => ({ ...one, wishes: others, known: null }));
    const placed = isAsAsked ? first : await placeFixes(incidents, again);
    const asking = askedOnce((message) => problems.push({ where: 'git history', message }));
    let told = 0;
    const all = await Promise.all(
      incidents.map(async (incident, index) => {
        const before = isAsAsked ? known[index] : null;
        const worked = before ?? (await tell(incident, placed[index]!, placing[index]!, asking, input));
        input.onProgress?.('locating', (told += 1), incidents.length);
        return worked;
      }),
    );
    problems.push(...around.flatMap((one) => one.problems));
    return { all, isWhole: isAsAsked && (input.renderers.budget?.exceeded ?? []).length === 0 };
  });
}

/** Who set what is changed, and the lines of all that the finding blames. */
async function tell(
  incident: Incident,
  placed: Placed,
  { cluster, knowledge }: Placing,
  asking: Asking,
  { isOwnCommit }: DiagnoseInput,
): Promise<Worked> {
  const [origin, blames, traced] = await Promise.all([
    originOf(incident.finding, placed, knowledge, asking, isOwnCommit),
    blamesOf(incident.finding, placed.located, cluster, knowledge),
    withChangedLines(incident, cluster, knowledge),
  ]);
  return { placed, origin, blames, told: withLines(traced, placed, blames) };
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
  const find = (among: readonly Rule[], asked: FindingInput): Promise<readonly Incident[]> =>
    input.finder ? input.finder.find(asked) : findIncidents(among, asked);
  return find(
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

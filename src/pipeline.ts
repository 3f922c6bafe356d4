import { posix } from 'node:path';
import type { ClusterProblem, ClusterState } from './model/cluster-state.ts';
import { withChangedLines } from './proposals/changed-lines.ts';
import { blamesOf, linesOf } from './proposals/blames.ts';
import type { BlamedField } from './model/blame.ts';
import { refusalReason, withValues, type ValueAsked } from './decisions/set-values.ts';
import { decide } from './decisions/decide.ts';
import { immutableFieldGuards } from './decisions/immutable.ts';
import { MODE_ANNOTATION } from './decisions/policy.ts';
import type { Decision } from './model/decision.ts';
import type { Repository } from './git/repository.ts';
import { findIncidents } from './incidents/find-incidents.ts';
import type { Incident } from './model/incident.ts';
import type { Located, LocateResult } from './model/located.ts';
import type { IncidentResult, Report } from './model/report.ts';
import { originsOf, type Origin } from './proposals/origins.ts';
import { placeFixes, type Placed } from './proposals/place-fixes.ts';
import { groupedBySite, proposalKey } from './proposals/proposal-key.ts';
import type { Proposal } from './model/proposal.ts';
import { pullRequestText } from './pull-requests/pull-request-text.ts';
import { rules } from './rules/index.ts';
import { RepositoryKnowledge } from './sources/knowledge.ts';
import type { DiagnoseInput } from './proposals/diagnose-input.ts';

/** From a cluster and a repository to everything that is wrong, why, and what would be changed. */
export async function diagnose(given: DiagnoseInput): Promise<Report> {
  const cluster = given.cluster ?? (await given.source.read());
  const input = inCluster(given, cluster);
  input.renderers.budget?.renew();
  const problems: ClusterProblem[] = [...cluster.problems];
  const knowledge = new RepositoryKnowledge({ ...input, cluster });
  const investigated = await incidentsOf(cluster, input, knowledge, problems);
  const asked = investigated.map((incident) => withValuesSet(incident, cluster, input));
  const place = (all: readonly Incident[]) => placeFixes(all, { cluster, input, knowledge, problems });
  const placedAsAsked = await place(asked);
  const incidents = asked.map((incident, index) =>
    isAskedOf(placedAsAsked[index]!, incident, input.valuesAsked ?? []) ? incident : investigated[index]!,
  );
  const isAsAsked = incidents.every((incident, index) => incident === asked[index]);
  const placed = isAsAsked ? placedAsAsked : await place(incidents);
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
    results: proposeAll(decided, blames),
  };
}

/** Everything is rendered for the cluster that is diagnosed. */
function inCluster(input: DiagnoseInput, { versions }: ClusterState): DiagnoseInput {
  const renderers = { ...input.renderers, cluster: versions };
  return { ...input, renderers, revision: input.revision.inCluster(versions) };
}

/** The lines that a finding blames are among its evidence, so that every text shows them. */
function withLines(incident: Incident, { located }: Placed, blames: readonly BlamedField[]): Incident {
  const { finding } = incident;
  return {
    ...incident,
    finding: { ...finding, evidence: [...linesOf(blames, located), ...finding.evidence] },
  };
}

/** The values of people in place of the rule's, as far as the caps allow; a value that is refused keeps the rest from merging unseen. */
function withValuesSet(
  incident: Incident,
  cluster: ClusterState,
  { valuesAsked = [], config: { limits } }: DiagnoseInput,
): Incident {
  const { finding, fingerprint } = incident;
  const asked = valuesAsked.filter(({ fingerprints }) => fingerprints.includes(fingerprint));
  if (asked.length === 0 || finding.changes.length === 0) return incident;
  const { changes, refused } = withValues(finding, asked, limits, cluster);
  const guards = refused.map((one) => ({ kind: 'no-auto-merge' as const, reason: refusalReason(one) }));
  return {
    ...incident,
    finding: { ...finding, changes, guards: [...finding.guards, ...guards] },
    refusedValues: refused,
  };
}

/** A value is for the proposal of the pull request that it was asked for in, whatever else has the same incident. */
function isAskedOf(
  { located, repository }: Placed,
  incident: Incident,
  valuesAsked: readonly ValueAsked[],
): boolean {
  if (!incident.refusedValues || located?.kind !== 'located') return true;
  const key = keyOf(located, repository);
  return valuesAsked.some(
    (one) => one.fingerprints.includes(incident.fingerprint) && key.startsWith(one.key),
  );
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
      memoryFactor: input.config.limits.memoryFactor,
      known: input.known ?? new Map(),
      onProblem: (problem) => problems.push(problem),
      onProgress: (done, of) => input.onProgress?.('investigating', done, of),
    },
  );
}

type ChecksRequired = Parameters<typeof decide>[0]['requiredChecks'];

/** What each branch requires that something would be merged into. */
async function checksRequired(
  placed: readonly Placed[],
  { requiredChecks }: DiagnoseInput,
): Promise<ReadonlyMap<string, ChecksRequired>> {
  const branches = new Set(
    placed.flatMap(({ located, repository }) => (located ? [baseOf(repository)] : [])),
  );
  const known = new Map<string, ChecksRequired>();
  if (requiredChecks)
    for (const branch of branches)
      known.set(branch, (await requiredChecks(branch)).length > 0 ? 'required' : 'none');
  return known;
}

function baseOf(repository: Repository): string {
  return repository.branch ?? repository.defaultBranch ?? 'main';
}

interface Decided {
  readonly incident: Incident;
  readonly located: LocateResult | null;
  readonly repository: Repository;
  readonly origin: Origin;
  readonly decision: Decision;
}

/** Decisions in order, so that the caps count the pull requests of this run. Two incidents with one change are one. */
function decideAll(
  incidents: readonly Incident[],
  placed: readonly Placed[],
  origins: readonly Origin[],
  checks: ReadonlyMap<string, ChecksRequired>,
  cluster: ClusterState,
  input: DiagnoseInput,
): readonly Decided[] {
  const opened = new Set<string>();
  return incidents.map((incident, index) => {
    const { located: result, repository } = placed[index]!;
    const origin = origins[index]!;
    const immutable = result?.kind === 'located' ? immutableFieldGuards(result) : [];
    const finding = { ...incident.finding, guards: [...incident.finding.guards, ...immutable] };
    const key = result?.kind === 'located' ? keyOf(result, repository) : null;
    const count = key !== null && opened.has(key) ? opened.size - 1 : opened.size;
    const decision = decide({
      finding,
      located: result,
      cluster: cluster.name,
      config: input.config,
      configErrors: input.configErrors,
      annotations: modeAnnotations(cluster, incident),
      now: cluster.now,
      counters: input.areLimitsElsewhere ? { open: 0, inLastHour: 0 } : { open: count, inLastHour: count },
      requiredChecks: checks.get(baseOf(repository)) ?? 'unknown',
      lastAutomaticChange: origin.lastAutomaticChange,
    });
    if (key !== null && opensPullRequest(decision)) opened.add(key);
    return { incident: { ...incident, finding }, located: result, repository, origin, decision };
  });
}

function modeAnnotations(cluster: ClusterState, { finding: { object } }: Incident) {
  const of = (kind: string, namespace: string | null, name: string): string | undefined =>
    cluster.get(kind, namespace, name)?.metadata.annotations?.[MODE_ANNOTATION];
  return {
    workload: of(object.kind, object.namespace, object.name),
    namespace: object.namespace === null ? undefined : of('Namespace', null, object.namespace),
  };
}

function opensPullRequest({ action, draft }: Decision): boolean {
  return action === 'propose' || action === 'auto-fix' || (action === 'escalate' && draft);
}

/** One line, one pull request, whichever incidents ask for it. */
function proposeAll(
  decided: readonly Decided[],
  blames: readonly (readonly BlamedField[])[],
): readonly IncidentResult[] {
  const proposals = new Map<Decided, Pick<IncidentResult, 'proposal' | 'pullRequest'>>();
  for (const group of groupedBySite(decided.filter(isProposed))) {
    const [leading, ...others] = group as readonly [Proposed, ...Proposed[]];
    const proposal = proposalOf(keyOf(leading.located, leading.repository), leading, others);
    const made = { proposal, pullRequest: pullRequestText(proposal) };
    for (const one of group) proposals.set(one, made);
  }
  return decided.map((one, index) => {
    const { incident, located, repository, decision } = one;
    return {
      incident,
      located,
      decision,
      blames: blames[index]!,
      ...(proposals.get(one) ?? { proposal: null, pullRequest: null }),
      commit: repository.head?.sha ?? null,
    };
  });
}

type Proposed = Decided & { readonly located: Located };

function isProposed(one: Decided): one is Proposed {
  return one.located?.kind === 'located' && opensPullRequest(one.decision);
}

function proposalOf(key: string, leading: Proposed, others: readonly Proposed[]): Proposal {
  const { repository } = leading;
  const incidents = [leading, ...others].map(({ incident }) => incident);
  return {
    incidents,
    located: leading.located,
    decision: leading.decision,
    remote: repository.remote,
    base: baseOf(repository),
    commit: repository.head?.sha ?? '',
    introducedBy: leading.origin.introducedBy,
    introducedIn: leading.origin.introducedIn,
    key,
  };
}

function keyOf(located: Located, repository: Repository): string {
  const { remote, path } = repository;
  // Under another name it is the same repository, with the same open pull requests.
  return proposalKey(remote?.formerly?.[0] ?? remote?.slug ?? posix.basename(path), located);
}

import { posix } from 'node:path';
import { blamesOf, linesOf, type BlamedField } from './blames.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from './cluster/state.ts';
import type { Config } from './config/schema.ts';
import type { ConfigError } from './config/checked-yaml.ts';
import { decide } from './decisions/decide.ts';
import { immutableFieldGuards } from './decisions/immutable.ts';
import { MODE_ANNOTATION } from './decisions/policy.ts';
import type { Decision } from './decisions/decision.ts';
import { messageOf } from './error-message.ts';
import type { Repository } from './git/repository.ts';
import { IDENTITY } from './git/write-branch.ts';
import { detect, isExplained } from './incidents/detect.ts';
import { fingerprintOf, type Incident } from './incidents/incident.ts';
import { Investigations } from './incidents/investigate.ts';
import { sameObject, type KubernetesObject } from './kubernetes/objects.ts';
import { declined } from './locate/declined.ts';
import { locate } from './locate/locate.ts';
import { protectionOf } from './locate/protected.ts';
import { siteOfField } from './locate/site-of-field.ts';
import type { Located, LocateResult } from './locate/located.ts';
import type { IncidentResult, Report } from './output/report.ts';
import type { FieldChange } from './proof/proof.ts';
import { groupedBySite, proposalKey, type Proposal } from './pull-requests/proposal.ts';
import { pullRequestText } from './pull-requests/pull-request-text.ts';
import { plainText } from './untrusted/prose.ts';
import { rules } from './rules/index.ts';
import type { Commit, Finding, Rule, WantedChange } from './rules/rule.ts';
import { logErrors } from './rules/unclassified/log-errors.ts';
import { RepositoryKnowledge, type Place } from './sources/knowledge.ts';
import { liveObject, redirectAll } from './sources/managed.ts';
import type { Revision, Renderers } from './sources/revision.ts';

export interface DiagnoseInput {
  readonly source: ClusterSource;
  /** What was read from the source already, for a caller that looks at it too. */
  readonly cluster?: ClusterState;
  readonly repository: Repository;
  readonly revision: Revision;
  readonly renderers: Renderers;
  readonly config: Config;
  readonly configErrors: readonly ConfigError[];
  /** Values that people want in place of those that a finding wants. */
  readonly instead?: readonly Instead[];
  /** True where the caller holds proposals to `limits` itself, knowing what is open on GitHub. */
  readonly areLimitsElsewhere?: boolean;
  /** Which commits are Faultline's own; left out: those of the command line. */
  readonly isOwnCommit?: (commit: Commit) => boolean;
  /** What the branch that is deployed requires before a merge; left out: not known, so that nothing is merged by itself. */
  readonly requiredChecks?: (branch: string) => Promise<readonly string[]>;
  /** Called as the work goes on, for a progress line. */
  readonly onProgress?: (stage: string, done: number, of: number) => void;
}

/** A value that somebody asked for, for a field of one incident's finding. */
export interface Instead {
  readonly fingerprint: string;
  readonly field: string;
  readonly value: string;
}

/** From a cluster and a repository to everything that is wrong, why, and what would be changed. */
export async function diagnose(input: DiagnoseInput): Promise<Report> {
  const cluster = input.cluster ?? (await input.source.read());
  const problems: ClusterProblem[] = [...cluster.problems];
  const knowledge = new RepositoryKnowledge({ ...input, cluster });
  const found = await incidentsOf(cluster, input, knowledge, problems);
  const incidents = found.map((incident) => withValuesSet(incident, input.instead ?? []));
  const placed = await Promise.all(
    incidents.map((incident) => locateFix(incident, incidents, cluster, input, knowledge, problems)),
  );
  const origins = await Promise.all(
    incidents.map((incident, index) =>
      originOf(incident, placed[index]!, knowledge, input.isOwnCommit ?? isOwnCommit),
    ),
  );
  const blames = await Promise.all(
    incidents.map(({ finding }, index) => blamesOf(finding, placed[index]!.located, cluster, knowledge)),
  );
  const checks = await checksRequired(placed, input);
  const told = incidents.map((incident, index) => withLines(incident, placed[index]!, blames[index]!));
  const decided = decideAll(told, placed, origins, checks, cluster, input);
  return {
    cluster: cluster.name,
    now: cluster.now,
    problems,
    results: proposeAll(decided, blames, input.instead ?? []),
  };
}

/** The lines that a finding blames are among its evidence, so that every text shows them. */
function withLines(incident: Incident, { located }: Placed, blames: readonly BlamedField[]): Incident {
  const { finding } = incident;
  return {
    ...incident,
    finding: { ...finding, evidence: [...linesOf(blames, located), ...finding.evidence] },
  };
}

/** Whoever asked for a value knew the field; its type stays. */
function withValuesSet(incident: Incident, instead: readonly Instead[]): Incident {
  const own = instead.filter(({ fingerprint }) => fingerprint === incident.fingerprint);
  if (own.length === 0) return incident;
  const wanted = incident.finding.wanted.map((change) => {
    const set = own.find(({ field }) => field === change.field);
    return set
      ? { ...change, after: typeof change.after === 'number' ? Number(set.value) : set.value }
      : change;
  });
  return { ...incident, finding: { ...incident.finding, wanted } };
}

/** Signals to incidents: every rule looks, then works out the cause of what it saw. */
async function incidentsOf(
  cluster: ClusterState,
  input: DiagnoseInput,
  knowledge: RepositoryKnowledge,
  problems: ClusterProblem[],
): Promise<readonly Incident[]> {
  const investigations = new Investigations({
    cluster,
    source: input.source,
    repository: knowledge,
    memoryFactor: input.config.limits.memoryFactor,
  });
  const { detected, failures } = detect(input.source.isRecorded ? [...rules, logErrors] : rules, cluster);
  problems.push(...failures.map(({ rule, message }) => ({ where: `rule ${rule}`, message })));
  const incidents: Incident[] = [];
  for (const [index, { rule, symptom }] of detected.entries()) {
    input.onProgress?.('investigating', index, detected.length);
    if (isFallback(rule) && isExplained(symptom, incidents)) continue;
    try {
      const finding = await investigations.investigate(rule, symptom);
      if (finding)
        incidents.push({
          fingerprint: fingerprintOf(cluster.name, symptom),
          cluster: cluster.name,
          symptom,
          finding,
        });
    } catch (error) {
      problems.push({
        where: `rule ${rule.id}`,
        message: messageOf(error),
      });
    }
  }
  return incidents;
}

/** The rule that reports what no other one explains. It comes last. */
function isFallback(rule: Rule): boolean {
  return rule.id === 'unclassified';
}

/** What was located, and the repository at the branch that it was located on: the one that is deployed. */
interface Placed {
  /** Null when the finding wants no change. */
  readonly located: LocateResult | null;
  readonly repository: Repository;
  readonly revision: Revision;
}

/** Finding to site, edit and proof. */
async function locateFix(
  incident: Incident,
  incidents: readonly Incident[],
  cluster: ClusterState,
  input: DiagnoseInput,
  knowledge: RepositoryKnowledge,
  problems: ClusterProblem[],
): Promise<Placed> {
  const here = (located: LocateResult | null): Placed => ({
    located,
    repository: input.repository,
    revision: input.revision,
  });
  const [failing] = incident.finding.wanted;
  if (!failing) return here(null);
  try {
    const wanted = redirectAll(incident.finding.wanted, cluster);
    if ('kind' in wanted) return here(wanted);
    const { object } = wanted[0]!;
    const live = liveObject(object, cluster) ?? null;
    const redirected: Incident = { ...incident, finding: { ...incident.finding, wanted } };
    const place = await knowledge.placeOf(object);
    if (place.kind === 'declined') return here(place);
    const { repository, revision, roots } = place;
    const located = await locate(revision, {
      target: { wanted: object, live, roots },
      fields: wanted.map(({ field, before, after }) => ({ field, before, after })),
      alsoWanted: (change, here) => isAlsoWanted(change, here, redirected, incidents),
    });
    const told = await withDifference(
      await chosenBySomebody(located, incident.finding, { kind: 'place', repository, revision, roots }, live),
      wanted[0]!,
      knowledge,
    );
    return { located: told, repository, revision };
  } catch (error) {
    problems.push({
      where: `locating ${failing.object.kind} ${failing.object.name}`,
      message: messageOf(error),
    });
    return here({
      kind: 'declined',
      code: 'no-site',
      reason: 'locating the field failed, see the problems',
      candidates: [],
    });
  }
}

/**
 * Only a maximum that a person wrote is raised. One that is added where the chart's own default was (a published or vendored
 * chart, an expression of a template) has no line in a file that people keep.
 */
async function chosenBySomebody(
  located: LocateResult,
  { rule }: Finding,
  { revision, roots }: Place,
  live: KubernetesObject | null,
): Promise<LocateResult> {
  if (rule !== 'hpa-at-maximum' || located.kind !== 'located') return located;
  const added = located.changes.find(({ site }) => site.kind === 'add');
  if (!added) return located;
  const { object, field, before } = added;
  const found = await siteOfField(revision, { wanted: object, live, roots }, field);
  const isKept =
    found.kind === 'site' &&
    !protectionOf(revision, [{ file: found.site.file, start: 0, end: 0, text: '' }]) &&
    !found.site.file.includes('/templates/');
  return isKept
    ? located
    : declined(
        'no-site',
        `no file that people keep sets ${field}: ${String(before ?? 'nothing')} is a default that nobody chose, and only a maximum that a person wrote is raised`,
      );
}

/** Where git and the cluster differ, why: a sync that is due, or a change in the cluster, since when and by whom. */
async function withDifference(
  located: LocateResult,
  { object, field }: WantedChange,
  knowledge: RepositoryKnowledge,
): Promise<LocateResult> {
  if (located.kind !== 'declined' || (located.code !== 'drift' && located.code !== 'already-so'))
    return located;
  const difference = await knowledge.difference(object, field);
  if (!difference) return located;
  return { ...located, reason: `${located.reason}. ${plainText(difference.because).replace(/\.$/, '')}` };
}

/**
 * What a shared line changes too is wanted where another incident wants the very field changed. A reference that is wrong is
 * wrong for every container of this object that has it, an init container with the image of its main container; a size is
 * not: a healthy container keeps its own. The same object in another root is another cluster's or environment's, and healthy
 * there for all we know.
 */
function isAlsoWanted(
  change: FieldChange,
  here: boolean,
  { finding }: Incident,
  incidents: readonly Incident[],
): boolean {
  const isOwn = finding.wanted.some(({ object }) => sameObject(object, change.object));
  if (isOwn && !here) return false;
  const isSame = finding.wanted.some(
    ({ before, after }) => before === change.before && after === change.after,
  );
  if (isOwn && isSame && !isSize(finding)) return true;
  return incidents.some((other) =>
    other.finding.wanted.some(
      ({ object, field }) => sameObject(object, change.object) && field === change.field,
    ),
  );
}

/** Rules whose value is an amount that each container or autoscaler needs for itself. */
function isSize({ rule }: Finding): boolean {
  return rule === 'oom-killed' || rule === 'hpa-at-maximum';
}

/** Who set the values that are replaced. */
interface Origin {
  readonly introducedBy: Commit | null;
  /** The number of the pull request that it came with. */
  readonly introducedIn: number | null;
  /** When Faultline itself last changed one of them; null when it never did, as far as is known. */
  readonly lastAutomaticChange: number | null;
}

async function originOf(
  { finding }: Incident,
  { located, repository, revision }: Placed,
  knowledge: RepositoryKnowledge,
  isOwn: (commit: Commit) => boolean,
): Promise<Origin> {
  const { head } = repository;
  const changes = located?.kind === 'located' ? located.changes : [];
  const commits = (
    await Promise.all(changes.map((change) => knowledge.setBy(change, { repository, revision })))
  ).filter((commit) => commit !== null);
  const own = commits.filter(isOwn).map(({ at }) => at);
  const introducedBy = finding.introducedBy ?? commits[0] ?? null;
  return {
    introducedBy,
    introducedIn: introducedBy && head ? await repository.pullRequestOf(introducedBy, head.sha) : null,
    lastAutomaticChange: own.length === 0 ? null : Math.max(...own),
  };
}

function isOwnCommit({ email }: Commit): boolean {
  return email === IDENTITY.email;
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
    const immutable = result?.kind === 'located' ? immutableFieldGuards(result.changes) : [];
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
  instead: readonly Instead[],
): readonly IncidentResult[] {
  const wanting = decided.filter(isProposed);
  const proposals = new Map<Decided, Proposal>();
  for (const group of groupedBySite(wanting)) {
    const [leading, ...others] = group as readonly [Proposed, ...Proposed[]];
    const proposal = proposalOf(keyOf(leading.located, leading.repository), leading, others, instead);
    for (const one of group) proposals.set(one, proposal);
  }
  return decided.map((one, index) => {
    const { incident, located, repository, decision } = one;
    const proposal = proposals.get(one) ?? null;
    return {
      incident,
      located,
      decision,
      blames: blames[index]!,
      proposal,
      pullRequest: proposal && pullRequestText(proposal),
      commit: repository.head?.sha ?? null,
    };
  });
}

type Proposed = Decided & { readonly located: Located };

function isProposed(one: Decided): one is Proposed {
  return one.located?.kind === 'located' && opensPullRequest(one.decision);
}

function proposalOf(
  key: string,
  leading: Proposed,
  others: readonly Proposed[],
  instead: readonly Instead[],
): Proposal {
  const { repository } = leading;
  const incidents = [leading, ...others].map(({ incident }) => incident);
  const set = instead
    .filter(({ fingerprint }) => fingerprint === leading.incident.fingerprint)
    .map(({ field, value }) => ({ field, value }));
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
    ...(set.length === 0 ? {} : { set }),
  };
}

function keyOf(located: Located, repository: Repository): string {
  return proposalKey(repository.remote?.slug ?? posix.basename(repository.path), located);
}

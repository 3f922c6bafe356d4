import type { Origin } from './origins.ts';
import { keyOf, baseOf } from './proposal-key.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Decision } from '../model/decision.ts';
import type { DiagnoseInput } from './diagnose-input.ts';
import type { Incident } from '../model/incident.ts';
import type { LocateResult } from '../model/located.ts';
import { MODE_ANNOTATION } from '../decisions/policy.ts';
import type { Placed } from './place-fixes.ts';
import type { Repository } from '../git/repository.ts';
import { decide } from '../decisions/decide.ts';
import { immutableFieldGuards } from '../decisions/immutable.ts';

export type ChecksRequired = Parameters<typeof decide>[0]['requiredChecks'];

/** What each branch requires that something would be merged into. */
export async function checksRequired(
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

export interface Decided {
  readonly incident: Incident;
  readonly located: LocateResult | null;
  readonly repository: Repository;
  readonly origin: Origin;
  readonly decision: Decision;
}

/** Decisions in order, so that the caps count the pull requests of this run. Two incidents with one change are one. */
export function decideAll(
  incidents: readonly Incident[],
  placed: readonly Placed[],
  origins: readonly Origin[],
  checks: ReadonlyMap<string, ChecksRequired>,
  cluster: ClusterState,
  input: DiagnoseInput,
): readonly Decided[] {
  const opened = new Set<string>();
  const foreseen = new Set<string>();
  return incidents.map((incident, index) => {
    const { located: result, repository } = placed[index]!;
    const origin = origins[index]!;
    const immutable = result?.kind === 'located' ? immutableFieldGuards(result) : [];
    const guarded = immutable.length === 0 ? incident : withGuards(incident, immutable);
    const { finding } = guarded;
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
      counters: {
        ...(input.areLimitsElsewhere ? { open: 0, inLastHour: 0 } : { open: count, inLastHour: count }),
        foreseenInLastDay:
          input.areLimitsElsewhere || (key !== null && foreseen.has(key)) ? 0 : foreseen.size,
      },
      requiredChecks: checks.get(baseOf(repository)) ?? 'unknown',
      lastAutomaticChange: origin.lastAutomaticChange,
    });
    if (key !== null && opensPullRequest(decision)) {
      opened.add(key);
      if (finding.foresees) foreseen.add(key);
    }
    return { incident: guarded, located: result, repository, origin, decision };
  });
}

function withGuards(incident: Incident, more: Incident['finding']['guards']): Incident {
  const { finding } = incident;
  return { ...incident, finding: { ...finding, guards: [...finding.guards, ...more] } };
}

function modeAnnotations(cluster: ClusterState, { finding: { object } }: Incident) {
  const of = (kind: string, namespace: string | null, name: string): string | undefined =>
    cluster.get(kind, namespace, name)?.metadata.annotations?.[MODE_ANNOTATION];
  return {
    workload: of(object.kind, object.namespace, object.name),
    namespace: object.namespace === null ? undefined : of('Namespace', null, object.namespace),
  };
}

export function opensPullRequest({ action, draft }: Decision): boolean {
  return action === 'propose' || action === 'auto-fix' || (action === 'escalate' && draft);
}

import { trustPart } from '../decisions/trust.ts';
import type { Incident } from '../model/incident.ts';
import type { FixVerdict } from '../model/verdict.ts';
import { workloadKey } from '../model/workload-key.ts';
import type { DiagnoseInput } from './diagnose-input.ts';

/** An incident that says the same stays the same object, so that what was worked out about it holds. */
const known = new WeakMap<Incident, { readonly part: string; readonly incident: Incident }>();

/**
 * The incidents with the confidence that earlier fixes for their workload and rule have earned or lost. Verdict, guards and everything else
 * of a finding stay as they are, so that nothing that holds a change back is lifted.
 */
export async function withTrust(
  incidents: readonly Incident[],
  { judged, config: { trust } }: Pick<DiagnoseInput, 'judged' | 'config'>,
): Promise<readonly Incident[]> {
  const wanting = incidents.filter(({ finding }) => finding.verdict === 'fix');
  if (!judged || trust.mode === 'off' || wanting.length === 0) return incidents;
  const fixes = await judged(wanting.map(workloadOf));
  const verdicts = Map.groupBy(fixes, ({ workload, rule }) => keyOf(workload, rule));
  return incidents.map((incident) => {
    const { finding } = incident;
    if (finding.verdict !== 'fix') return incident;
    const earlier = verdicts.get(keyOf(workloadOf(incident), finding.rule)) ?? [];
    return trusted(
      incident,
      earlier.map(({ verdict }) => verdict),
      trust,
    );
  });
}

function trusted(
  incident: Incident,
  verdicts: readonly FixVerdict[],
  trust: DiagnoseInput['config']['trust'],
): Incident {
  const { finding } = incident;
  const part = trustPart(finding.confidence, verdicts, trust);
  if (part === null) return incident;
  const said = JSON.stringify([part.factor, verdicts]);
  const before = known.get(incident);
  if (before?.part === said) return before.incident;
  const changed = { ...incident, finding: { ...finding, confidence: [...finding.confidence, part] } };
  known.set(incident, { part: said, incident: changed });
  return changed;
}

function workloadOf({ cluster, finding }: Incident): string {
  return workloadKey(cluster, finding.object);
}

function keyOf(workload: string, rule: string): string {
  return JSON.stringify([workload, rule]);
}

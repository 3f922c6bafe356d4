import { trustPart } from '../decisions/trust.ts';
import type { Incident } from '../model/incident.ts';
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
  if (!judged || trust.mode === 'off') return incidents;
  return Promise.all(
    incidents.map(async (incident) => {
      const { finding, cluster } = incident;
      if (finding.verdict !== 'fix') return incident;
      const verdicts = await judged(workloadKey(cluster, finding.object), finding.rule);
      const part = trustPart(finding.confidence, verdicts, trust);
      if (part === null) return incident;
      const said = JSON.stringify([part.factor, verdicts]);
      const before = known.get(incident);
      if (before?.part === said) return before.incident;
      const trusted = { ...incident, finding: { ...finding, confidence: [...finding.confidence, part] } };
      known.set(incident, { part: said, incident: trusted });
      return trusted;
    }),
  );
}

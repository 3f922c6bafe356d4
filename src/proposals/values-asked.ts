import { keyOf } from './proposal-key.ts';
import { withValues, type ValueAsked, refusalReason } from '../decisions/set-values.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { DiagnoseInput } from './diagnose-input.ts';
import type { Incident } from '../model/incident.ts';
import type { Placed } from './place-fixes.ts';

/** The incidents with the values that people asked for; one that nobody asked about stays the object that it is. */
export function asAsked(
  found: readonly Incident[],
  cluster: ClusterState,
  input: DiagnoseInput,
): readonly Incident[] {
  return found.map((incident) => withValuesSet(incident, cluster, input));
}

/** The same where the value was asked for another proposal: these incidents are to be placed as the rules want them. */
export function asProposed(
  found: readonly Incident[],
  asked: readonly Incident[],
  placed: readonly Placed[],
  { valuesAsked = [] }: DiagnoseInput,
): readonly Incident[] {
  return asked.map((incident, index) =>
    isAskedOf(placed[index]!, incident, valuesAsked) ? incident : found[index]!,
  );
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

import type { Incident } from '../incidents/incident.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import { utc } from '../pull-requests/times.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { Run } from './run.ts';

/** Who asked not to hear of any of the incidents; null where one of them is heard. */
export function silenced(
  { store, now }: Pick<Run, 'store' | 'now'>,
  incidents: readonly Incident[],
): Prose | null {
  const reasons = incidents.map(({ fingerprint, finding }) => {
    const snooze = store.snoozes.active(fingerprint, now);
    if (snooze) return prose`${snooze.by} snoozed it until ${utc(snooze.until)}`;
    const ignore = store.ignores.active(fingerprint, evidenceKinds(finding));
    return ignore && prose`${ignore.by} said to ignore it: ${ignore.reason}`;
  });
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}

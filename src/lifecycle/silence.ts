import type { Incident } from '../model/incident.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import { utc } from '../kubernetes/times.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { Run } from './run.ts';

/** Who snoozed or ignored the incidents; null where one of them is not silenced. */
export async function silenced(
  { store, now }: Pick<Run, 'store' | 'now'>,
  incidents: readonly Incident[],
): Promise<Prose | null> {
  let first: Prose | null = null;
  for (const { fingerprint, finding } of incidents) {
    const snooze = await store.snoozes.active(fingerprint, now);
    const ignore = snooze === null ? await store.ignores.active(fingerprint, evidenceKinds(finding)) : null;
    if (snooze) first ??= prose`${snooze.by} snoozed it until ${utc(snooze.until)}`;
    else if (ignore) first ??= prose`${ignore.by} said to ignore it: ${ignore.reason}`;
    else return null;
  }
  return first;
}

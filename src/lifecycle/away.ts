import { endingOf } from '../facts/ending.ts';
import type { Ending } from '../model/ending.ts';
import { grownQuietTime, SHORTEST } from '../model/quiet-time.ts';
import type { Marker } from '../pull-requests/marker.ts';
import type { IncidentRecord } from '../store/records.ts';
import type { Run } from './run.ts';

export interface Away {
  /** Whether no scan has seen the incidents for their quiet time: a failure that comes and goes is not told at each swing. */
  readonly isForLong: boolean;
  readonly because: Ending;
}

/**
 * Since when the incidents of a pull request are away, and why. Where the store does not know them, as without `serve`, nothing is known of
 * swings either, and this run alone counts.
 */
export async function awayOf(run: Run, marker: Marker | null): Promise<Away> {
  const quiet = await quietTimeOf(run, marker);
  const known = await recordsOf(run, marker);
  return {
    isForLong: known.every(({ notSeenSince }) => notSeenSince !== null && run.now - notSeenSince >= quiet),
    because: endingFor(run, marker) ?? known[0]?.ending ?? 'recovered',
  };
}

/** How long the failure has to stay away to count as gone, in milliseconds: the longer, the more often it came back. */
export async function quietTimeOf(run: Run, marker: Marker | null): Promise<number> {
  const returns = (await recordsOf(run, marker)).map(({ returned }) => returned);
  return grownQuietTime(marker?.quiet ?? SHORTEST, Math.max(0, ...returns));
}

/** Why nothing that a pull request was made for can fail now, where that is the same for all of it; null where it is not known. */
export function endingFor({ cluster }: Pick<Run, 'cluster'>, marker: Marker | null): Ending | null {
  const { objects = [], failing = [] } = marker ?? {};
  const failed = failing.flatMap((index) => objects[index] ?? []);
  const endings = (failed.length > 0 ? failed : objects.slice(0, 1)).map((object) =>
    endingOf(cluster, object),
  );
  const [first = null] = endings;
  return endings.every((one) => one === first) ? first : null;
}

async function recordsOf({ store }: Run, marker: Marker | null): Promise<readonly IncidentRecord[]> {
  const records: IncidentRecord[] = [];
  for (const fingerprint of marker?.fingerprints ?? []) {
    const known = await store.incidents.get(fingerprint);
    if (known) records.push(known);
  }
  return records;
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricSeries, Purpose } from '../model/cluster-state.ts';
import { indexSeries, readSeries, type RecordedMetrics, TooManySamples } from './recorded-metrics.ts';
import { readRegular, type Snapshot } from './snapshot-files.ts';

/** Where a recording has what whole-cluster queries were answered with, one file for each purpose. */
export const PURPOSES_FOLDER = join('metrics', 'purposes');

export function candidatesFile(purpose: Purpose): string {
  return join(PURPOSES_FOLDER, `${purpose}.json`);
}

/** All series in `metrics/*.json`. */
export async function readMetrics(snapshot: Snapshot): Promise<RecordedMetrics> {
  const all: MetricSeries[] = [];
  for (const file of await jsonFiles(snapshot, 'metrics'))
    for (const series of (await readAnswer(snapshot, file)) ?? []) all.push(series);
  return indexSeries(all);
}

/** The answer of the live cluster's metrics for a purpose; null where none was recorded. */
export async function readCandidates(
  snapshot: Snapshot,
  purpose: Purpose,
): Promise<readonly MetricSeries[] | null> {
  const file = candidatesFile(purpose);
  const files = await jsonFiles(snapshot, PURPOSES_FOLDER);
  return files.includes(file) ? readAnswer(snapshot, file) : null;
}

async function jsonFiles({ root, isFolder }: Snapshot, folder: string): Promise<readonly string[]> {
  if (!isFolder) return [];
  const names = await readdir(join(root, folder)).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

async function readAnswer(snapshot: Snapshot, file: string): Promise<readonly MetricSeries[] | null> {
  const content = await readRegular(snapshot, file);
  if (content === null) return null;
  const wrong = (message: string): null => {
    snapshot.problems.push({ where: file, message });
    return null;
  };
  try {
    return readSeries(parseJson(content)) ?? wrong('expected a Prometheus answer with a matrix or vector');
  } catch (error) {
    if (!(error instanceof TooManySamples)) throw error;
    return wrong(error.message);
  }
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}

import { mask } from '../untrusted/mask.ts';
import type { Settings } from './settings.ts';

/** What differs between two versions of the settings, in words for the log: `interval: 60000 → 30000`, `clusters.dev: added`. Secrets are masked. */
export function settingsChanges(before: Settings, after: Settings): readonly string[] {
  return changesAt('', told(before), told(after));
}

type Told = Readonly<Record<string, unknown>>;

/** Clusters by name, and the ceiling without its lines, which move when others are written above. */
function told(settings: Settings): Told {
  const { clusters, ceiling, placeOf: _placeOf, ...rest } = settings;
  return {
    ...rest,
    clusters: Object.fromEntries(clusters.map(({ name, ...cluster }) => [name, cluster])),
    ceiling: ceiling.map(({ place: _place, ...entry }) => entry),
  };
}

function changesAt(path: string, before: unknown, after: unknown): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isMapping(before) && isMapping(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
      const here = path === '' ? key : `${path}.${key}`;
      if (!Object.hasOwn(before, key) || before[key] === undefined) return [`${here}: added`];
      if (!Object.hasOwn(after, key) || after[key] === undefined) return [`${here}: removed`];
      return changesAt(here, before[key], after[key]);
    });
  return [mask(`${path}: ${shown(before)} → ${shown(after)}`)];
}

function isMapping(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

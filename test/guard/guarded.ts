import { loadAll } from 'js-yaml';
import { buildState } from '../../src/cluster/build-state.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { guard, type GuardInput } from '../../src/guard/guard.ts';
import type { ClusterVersions } from '../../src/kubernetes/cluster-versions.ts';
import { isKubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterSource, ClusterState, MetricSeries } from '../../src/model/cluster-state.ts';
import type { GuardReport } from '../../src/model/guard-report.ts';
import type { ImageSource } from '../../src/model/registry-image.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { historyInMemory } from '../incidents/history-in-memory.ts';
import { renderers, revisionOf, type Files } from '../locate/revisions.ts';

/** A change: files that it adds or replaces, and null for those that it removes. */
export type Edits = Readonly<Record<string, string | null>>;

export interface Around {
  /** The live objects as YAML; left out, no cluster is given. All kinds in `recorded` are known as a whole. */
  readonly cluster?: string;
  readonly recorded?: readonly string[];
  readonly versions?: Partial<ClusterVersions>;
  readonly series?: readonly MetricSeries[];
  readonly images?: ImageSource;
  readonly limits?: GuardInput['limits'];
}

/** Noon of the day that everything happens on. */
export const NOON = Date.parse('2026-03-02T12:00:00Z');

/** What the guard says of a change to these files. */
export async function guarded(before: Files, edits: Edits, around: Around = {}): Promise<GuardReport> {
  const after = Object.fromEntries(
    Object.entries({ ...before, ...edits }).filter(
      (entry): entry is [string, string | Buffer] => entry[1] !== null,
    ),
  );
  const [base, head] = await Promise.all([revisionOf(before), revisionOf(after)]);
  const state =
    around.cluster === undefined ? null : clusterOf(around.cluster, around.recorded ?? [], around.versions);
  return guard({
    base: { commit: 'a'.repeat(40), revision: base },
    head: { commit: 'b'.repeat(40), revision: head },
    clusters: state ? [{ state, source: sourceOf(state, around.series ?? null) }] : [],
    ...(around.images && { images: around.images }),
    memoryFactor: 2,
    where: { repository: historyInMemory(null), config: DEFAULT_CONFIG, renderers },
    ...(around.limits && { limits: around.limits }),
  });
}

/** `quay/ferry.yaml:12 error probe-failing/port-name-missing`, one for each finding. */
export function told({ findings }: GuardReport): readonly string[] {
  return findings.map(
    ({ site, level, rule, cause }) => `${site ? `${site.file}:${site.line}` : '?'} ${level} ${rule}/${cause}`,
  );
}

export async function foreseen(before: Files, edits: Edits, around: Around = {}): Promise<readonly string[]> {
  const report = await guarded(before, edits, around);
  const problems = report.leftOut.map(plainText);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return told(report);
}

function clusterOf(
  yaml: string,
  recorded: readonly string[],
  versions: Partial<ClusterVersions> = {},
): ClusterState {
  return buildState({
    name: 'harbour',
    now: NOON,
    versions,
    objects: loadAll(yaml).filter(isKubernetesObject),
    recorded: Object.fromEntries(recorded.map((kind) => [kind, 'all' as const])),
  });
}

function sourceOf(state: ClusterState, series: readonly MetricSeries[] | null): ClusterSource {
  return {
    isRecorded: true,
    read: async () => state,
    log: async () => null,
    metric: async ({ metric, labels }) =>
      series &&
      series.filter(
        (one) =>
          one.labels['__name__'] === metric &&
          Object.entries(labels).every(([name, value]) => one.labels[name] === value),
      ),
  };
}

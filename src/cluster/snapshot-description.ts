import {
  type ClusterVersions,
  isApiVersion,
  kubernetesVersion,
  sortedApiVersions,
} from '../kubernetes/cluster-versions.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import type { RecordedKinds } from './presence.ts';

/** `snapshot.yaml`: whose cluster this is, when it was recorded, and what of it. */
export interface Description {
  readonly cluster: string | null;
  readonly capturedAt: number | null;
  readonly recorded: RecordedKinds | null;
  /** Kinds of which objects may be missing although others are there. */
  readonly incomplete: ReadonlySet<string>;
  readonly versions: Partial<ClusterVersions>;
}

export const NO_DESCRIPTION: Description = {
  cluster: null,
  capturedAt: null,
  recorded: null,
  incomplete: new Set(),
  versions: {},
};

export function describe(value: unknown, problems: ClusterProblem[]): Description {
  const wrong = (message: string): null => {
    problems.push({ where: 'snapshot.yaml', message });
    return null;
  };
  if (value === undefined || value === null) return NO_DESCRIPTION;
  if (!isRecord(value)) {
    wrong(
      'expected a mapping with cluster, capturedAt, recorded, incomplete, kubernetesVersion and apiVersions',
    );
    return NO_DESCRIPTION;
  }
  const { cluster, capturedAt, recorded, incomplete } = value;
  return {
    cluster:
      typeof cluster === 'string' && cluster !== ''
        ? cluster
        : cluster == null
          ? null
          : wrong('cluster: expected a name'),
    capturedAt:
      capturedAt == null
        ? null
        : (parseTime(capturedAt) ?? wrong('capturedAt: expected a time like 2026-01-31T12:00:00Z')),
    recorded: recorded == null ? null : readRecorded(recorded, wrong),
    incomplete: new Set(
      incomplete == null ? [] : (readKinds(incomplete) ?? wrong('incomplete: expected a list of kinds')),
    ),
    versions: readVersions(value, wrong),
  };
}

function readVersions(
  { kubernetesVersion: version, apiVersions }: Readonly<Record<string, unknown>>,
  wrong: (message: string) => null,
): Partial<ClusterVersions> {
  const kubernetes = kubernetesVersion(version);
  if (version != null && kubernetes === null) wrong('kubernetesVersion: expected a version like v1.34.2');
  const isList = Array.isArray(apiVersions) && apiVersions.every(isApiVersion);
  if (apiVersions != null && !isList)
    wrong('apiVersions: expected a list like [apps/v1, example.com/v1/Widget]');
  return {
    ...(kubernetes === null ? {} : { kubernetes }),
    ...(isList ? { api: sortedApiVersions(apiVersions as readonly string[]) } : {}),
  };
}

function readKinds(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
}

function readRecorded(recorded: unknown, wrong: (message: string) => null): RecordedKinds | null {
  if (!isRecord(recorded)) return wrong('recorded: expected kinds, each with a list of namespaces or all');
  const kinds: Record<string, readonly string[] | 'all'> = {};
  for (const [kind, where] of Object.entries(recorded)) {
    if (where === 'all') kinds[kind] = 'all';
    else if (Array.isArray(where) && where.every((item) => typeof item === 'string')) kinds[kind] = where;
    else wrong(`recorded.${kind}: expected a list of namespaces or all`);
  }
  return kinds;
}

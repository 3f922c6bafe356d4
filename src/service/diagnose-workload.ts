import type { Diagnosis, Seen } from '../chatops/actions.ts';
import type { WorkloadName } from '../chatops/parse.ts';
import type { IncidentResult } from '../model/report.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { ActParts } from './act.ts';
import { unreadable } from './reproposals.ts';
import type { RepositoryScan } from './scan.ts';
import { chooseNames } from './similar.ts';

/** Diagnoses one workload in every cluster of a repository. @param withPlaces adds the pull request or issue of each result */
export async function diagnoseWorkload(
  { scans, now }: Pick<ActParts, 'scans' | 'now'>,
  workload: WorkloadName,
  withPlaces: (results: readonly IncidentResult[]) => Promise<readonly Seen[]>,
): Promise<Diagnosis> {
  const found: RepositoryScan[] = [];
  const names: string[] = [];
  const unread: Prose[] = [];
  for (const cluster of scans.clusters) {
    try {
      const read = await scans.read(cluster);
      names.push(...namesIn(['Pod', ...WORKLOADS].flatMap((kind) => read.state.list(kind))));
      const scan = await scans.scan(cluster.name, read);
      if (scan) found.push(scan);
    } catch (error) {
      unread.push(unreadable(cluster, error));
    }
  }
  const full = `${workload.namespace}/${workload.name}`;
  if (!names.includes(full)) {
    const [why] = unread;
    return why
      ? { kind: 'unreadable', why }
      : { kind: 'unknown-workload', similar: chooseNames(full, names) };
  }
  const results = found.flatMap(({ report }) =>
    report.results.filter(({ incident: { finding } }) =>
      [finding.object, ...finding.affected].some((object) => isAbout(object, workload)),
    ),
  );
  return {
    kind: 'diagnosed',
    seen: await withPlaces(results),
    clusters: found.map(({ cluster }) => cluster),
    at: now(),
    problems: [
      ...unread,
      ...found.flatMap(({ report }) =>
        report.problems.map(({ where, message }) => prose`${where}: ${message}`),
      ),
    ],
  };
}

const WORKLOADS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Rollout',
  'HorizontalPodAutoscaler',
];

function namesIn(
  objects: readonly { readonly metadata: { readonly namespace?: string; readonly name: string } }[],
) {
  return objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

function isAbout(
  object: { readonly kind: string; readonly namespace: string | null; readonly name: string },
  { kind, namespace, name }: WorkloadName,
): boolean {
  const isKind = kind === null || kind.toLowerCase() === object.kind.toLowerCase();
  return isKind && object.namespace === namespace && object.name === name;
}

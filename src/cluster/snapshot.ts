import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import {
  describeRef,
  groupOf,
  isRecord,
  type KubernetesObject,
  type ObjectRef,
  recordAt,
  refOf,
} from '../kubernetes/objects.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { buildState } from './build-state.ts';
import { newestTime } from './newest-time.ts';
import { readObjects } from './read-objects.ts';
import { type RecordedMetrics, selectSeries } from './recorded-metrics.ts';
import { recordedFor } from './purposes.ts';
import { describe, type Description, NO_DESCRIPTION } from './snapshot-description.ts';
import { objectFiles, readRegular, type Snapshot } from './snapshot-files.ts';
import { usageIn } from './pod-usage.ts';
import { recordedObject } from './snapshot-object.ts';
import { readLog } from './snapshot-log.ts';
import { readCandidates, readMetrics } from './snapshot-metrics.ts';

export interface SnapshotOptions {
  /** The clock to use instead of the recorded one, milliseconds since the epoch. */
  readonly now?: number;
  /** The cluster's name, instead of the recorded one. */
  readonly name?: string;
}

export interface SnapshotSource extends ClusterSource {
  /** Everything that could not be read so far; metrics are only read when the first is asked for. */
  problems(): readonly ClusterProblem[];
}

/**
 * Opens a recorded cluster: a folder of objects, logs and metrics, or a single file of objects.
 *
 * @throws {InputError} when there is nothing at `path`. What is wrong inside becomes a problem of the cluster state.
 */
export async function openSnapshot(path: string, options: SnapshotOptions = {}): Promise<SnapshotSource> {
  const root = await realpath(path).catch((cause: unknown) => {
    throw new InputError(`--snapshot ${path}: no such file or folder`, { cause });
  });
  const kind = await stat(root);
  if (!kind.isDirectory() && !kind.isFile())
    throw new InputError(`--snapshot ${path}: neither a file nor a folder`);
  const snapshot: Snapshot = { root, isFolder: kind.isDirectory(), problems: [] };
  let state: Promise<ClusterState> | undefined;
  let metrics: Promise<RecordedMetrics> | undefined;
  return {
    isRecorded: true,
    read: () => (state ??= readState(snapshot, options)),
    log: (request) => readLog(snapshot, request),
    object: (ref) => recordedObject(snapshot, ref),
    definition: async (apiVersion, kind) =>
      definitionIn(await (state ??= readState(snapshot, options)), apiVersion, kind),
    metric: async (request, now) => selectSeries(await (metrics ??= readMetrics(snapshot)), request, now),
    candidates: async (purpose, now) =>
      (await readCandidates(snapshot, purpose)) ??
      recordedFor(purpose, await (metrics ??= readMetrics(snapshot)), now),
    usage: async (namespace, pod) =>
      usageIn((await (state ??= readState(snapshot, options))).get('PodMetrics', namespace, pod)),
    problems: () => [...snapshot.problems],
  };
}

async function readState(snapshot: Snapshot, options: SnapshotOptions): Promise<ClusterState> {
  const { problems } = snapshot;
  const objects: KubernetesObject[] = [];
  const setAside: ObjectRef[] = [];
  let description: Description = NO_DESCRIPTION;
  for (const file of await objectFiles(snapshot)) {
    const content = await readRegular(snapshot, file);
    if (content === null) continue;
    const read = readObjects(content, file);
    for (const object of read.objects) objects.push(object);
    problems.push(...read.problems);
    setAside.push(...read.setAside);
    if (file === 'snapshot.yaml' && snapshot.isFolder) description = describe(read.others[0], problems);
    else if (read.others.some(deservesNote) && read.objects.length + read.setAside.length === 0) {
      problems.push({
        where: file,
        message: 'ignored: expected Kubernetes objects with apiVersion, kind and metadata.name',
      });
    }
  }
  if (objects.length + setAside.length === 0)
    problems.push({ where: snapshot.root, message: 'the snapshot holds no Kubernetes objects' });
  const now = options.now ?? description.capturedAt ?? recordedTime(objects, problems) ?? Date.now();
  return buildState({
    name: options.name ?? description.cluster ?? basename(snapshot.root),
    now,
    objects,
    problems,
    setAside,
    recorded: description.recorded,
    incomplete: description.incomplete,
    versions: description.versions,
  });
}

function definitionIn(state: ClusterState, apiVersion: string, kind: string): KubernetesObject | null {
  return (
    state.list('CustomResourceDefinition').find((definition) => {
      const spec = recordAt(definition, 'spec');
      return spec['group'] === groupOf(apiVersion) && recordAt(spec, 'names')['kind'] === kind;
    }) ?? null
  );
}

function recordedTime(objects: readonly KubernetesObject[], problems: ClusterProblem[]): number | null {
  const { time, ahead } = newestTime(objects);
  for (const object of ahead)
    problems.push({
      where: describeRef(refOf(object)),
      message: 'has a time that is years after all others; it is not taken for the time of the recording',
    });
  return time;
}

/** A kustomization or a stray document beside the objects is nobody's mistake; a file of something else may be. */
function deservesNote(document: unknown): boolean {
  return !(isRecord(document) && String(document['apiVersion']).startsWith('kustomize.config.k8s.io/'));
}

import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import {
  isApiVersion,
  kubernetesVersion,
  sortedApiVersions,
  type ClusterVersions,
} from '../kubernetes/cluster-versions.ts';
import {
  describeRef,
  groupOf,
  isRecord,
  recordAt,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { LOG_TAIL, maskedLogTail, type MaskedText } from '../untrusted/masked.ts';
import { buildState, type RecordedKinds } from './build-state.ts';
import { newestTime } from './newest-time.ts';
import { readObjects } from './read-objects.ts';
import {
  indexSeries,
  readSeries,
  selectSeries,
  TooManySamples,
  type RecordedMetrics,
} from './recorded-metrics.ts';
import type {
  ClusterProblem,
  ClusterSource,
  ClusterState,
  LogRequest,
  MetricSeries,
} from '../model/cluster-state.ts';

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

const LARGEST_FILE = 64 * 2 ** 20;

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
    definition: async (apiVersion, kind) =>
      definitionIn(await (state ??= readState(snapshot, options)), apiVersion, kind),
    metric: async (request, now) => selectSeries(await (metrics ??= readMetrics(snapshot)), request, now),
    problems: () => [...snapshot.problems],
  };
}

interface Snapshot {
  readonly root: string;
  readonly isFolder: boolean;
  readonly problems: ClusterProblem[];
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

/** `snapshot.yaml`: whose cluster this is, when it was recorded, and what of it. */
interface Description {
  readonly cluster: string | null;
  readonly capturedAt: number | null;
  readonly recorded: RecordedKinds | null;
  readonly versions: Partial<ClusterVersions>;
}

const NO_DESCRIPTION: Description = { cluster: null, capturedAt: null, recorded: null, versions: {} };

function describe(value: unknown, problems: ClusterProblem[]): Description {
  const wrong = (message: string): null => {
    problems.push({ where: 'snapshot.yaml', message });
    return null;
  };
  if (value === undefined || value === null) return NO_DESCRIPTION;
  if (!isRecord(value)) {
    wrong('expected a mapping with cluster, capturedAt, recorded, kubernetesVersion and apiVersions');
    return NO_DESCRIPTION;
  }
  const { cluster, capturedAt, recorded } = value;
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

/** A kustomization or a stray document beside the objects is nobody's mistake; a file of something else may be. */
function deservesNote(document: unknown): boolean {
  return !(isRecord(document) && String(document['apiVersion']).startsWith('kustomize.config.k8s.io/'));
}

/** Paths of the files that may hold objects, sorted, relative to the folder. */
async function objectFiles({ root, isFolder, problems }: Snapshot): Promise<readonly string[]> {
  if (!isFolder) return [basename(root)];
  const files: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: Error) => {
      problems.push({ where: folder || root, message: `cannot be listed: ${error.message}` });
      return [];
    });
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isOther = entry.name.startsWith('.') || path === 'logs' || path === 'metrics';
      if (entry.isDirectory() && !isOther) await visit(path);
      else if (!entry.isDirectory() && /\.(ya?ml|json)$/i.test(entry.name) && !isOther) files.push(path);
    }
  };
  await visit('');
  return files.sort();
}

/** The file's content, or null and a problem. Symlinks are followed inside the folder only. */
async function readRegular(snapshot: Snapshot, file: string): Promise<Buffer | null> {
  const refuse = (message: string): null => {
    snapshot.problems.push({ where: file, message });
    return null;
  };
  try {
    const path = await realpath(snapshot.isFolder ? join(snapshot.root, file) : snapshot.root);
    if (!isInside(snapshot.root, path)) return refuse('a symlink that leaves the snapshot; refused');
    const { size, ...kind } = await fileKind(path);
    if (!kind.isFile) return refuse('not a regular file');
    if (size > LARGEST_FILE)
      return refuse(`${Math.ceil(size / 2 ** 20)} MiB; files up to ${LARGEST_FILE / 2 ** 20} MiB are read`);
    return await readFile(path);
  } catch (error) {
    const dangling = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return refuse(dangling ? 'a symlink to nothing' : `cannot be read: ${(error as Error).message}`);
  }
}

async function fileKind(path: string): Promise<{ readonly size: number; readonly isFile: boolean }> {
  const found = await stat(path);
  return { size: found.size, isFile: found.isFile() };
}

/** Both paths are real ones, without symlinks or dots. */
function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function readLog({ root, isFolder }: Snapshot, request: LogRequest): Promise<MaskedText | null> {
  const { namespace, pod, container, previous } = request;
  if (!isFolder || ![namespace, pod, container].every(isPathComponent)) return null;
  try {
    const path = await realpath(
      join(root, 'logs', namespace, pod, `${container}${previous ? '.previous' : ''}.log`),
    );
    return isInside(root, path) && (await fileKind(path)).isFile ? await readTail(path) : null;
  } catch {
    return null;
  }
}

/** Names come from objects, that is from outside; none may lead out of the folder. */
function isPathComponent(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);
}

/** The last 256 KiB, from the start of a line. */
async function readTail(path: string): Promise<MaskedText> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LOG_TAIL);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return maskedLogTail(buffer.subarray(0, bytesRead), start === 0);
  } finally {
    await file.close();
  }
}

async function readMetrics(snapshot: Snapshot): Promise<RecordedMetrics> {
  if (!snapshot.isFolder) return new Map();
  const names = await readdir(join(snapshot.root, 'metrics')).catch(() => []);
  const all: MetricSeries[] = [];
  for (const name of names.filter((name) => name.endsWith('.json')).sort()) {
    const file = `metrics/${name}`;
    const content = await readRegular(snapshot, file);
    if (content === null) continue;
    const wrong = (message: string): void => void snapshot.problems.push({ where: file, message });
    try {
      const series = readSeries(parseJson(content));
      if (series === null) wrong('expected a Prometheus answer with a matrix or vector');
      else for (const one of series) all.push(one);
    } catch (error) {
      if (!(error instanceof TooManySamples)) throw error;
      wrong(error.message);
    }
  }
  return indexSeries(all);
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}

import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import yaml from 'js-yaml';
import { InputError } from '../errors/input-error.ts';
import type { ClusterState, LogRequest, MetricSeries, Purpose } from '../model/cluster-state.ts';
import type { MaskedText } from '../untrusted/masked.ts';
import type { UsageOfPod } from './record-answers.ts';
import type { ListedKinds } from './presence.ts';
import { logFile } from './snapshot-log.ts';
import { candidatesFile, PURPOSES_FOLDER } from './snapshot-metrics.ts';

/** Characters of one file, well below the largest that is read. */
const FILE_LENGTH = 16 * 2 ** 20;
/** Series of one file, as many as are read. */
const FILE_SERIES = 10_000;

/** @throws {InputError} when there is something in `out` already, or it is not a folder. */
export async function refuseUsed(out: string): Promise<void> {
  const entries = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new InputError(`--out ${out}: not a folder that can be read`, { cause });
  });
  if (entries.length > 0) throw new InputError(`--out ${out}: not empty; give a new or an empty folder`);
}

/**
 * Fills a folder beside `out`, which only its owner can read, and gives it that name once it is complete. When filling fails, nothing is left.
 *
 * @throws {InputError} when there is something in `out`.
 */
export async function writeWhole<Result>(
  out: string,
  fill: (folder: string) => Promise<Result>,
): Promise<Result> {
  await refuseUsed(out);
  const target = resolve(out);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(`${target}.partial-`);
  try {
    const result = await fill(folder);
    // Replaces an empty folder; fails where somebody has put something in it by now.
    await rename(folder, target);
    return result;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Writes `snapshot.yaml` and the objects by kind. Answers with their number. */
export async function writeState(folder: string, state: ClusterState, listed: ListedKinds): Promise<number> {
  await writeFile(
    join(folder, 'snapshot.yaml'),
    yaml.dump(descriptionOf(state, listed), { schema: yaml.CORE_SCHEMA }),
  );
  await mkdir(join(folder, 'cluster'));
  let count = 0;
  for (const kind of state.kinds()) {
    const objects = state.list(kind);
    count += objects.length;
    await writeInParts(join(folder, 'cluster', kind), objects, LIST, Number.POSITIVE_INFINITY);
  }
  return count;
}

/** Writes what pods use as metrics-server tells it. */
export async function writeUsage(folder: string, used: readonly UsageOfPod[]): Promise<void> {
  const objects = used.flatMap(({ namespace, pod, containers }) =>
    containers.length === 0
      ? []
      : [
          {
            apiVersion: 'metrics.k8s.io/v1beta1',
            kind: 'PodMetrics',
            metadata: { namespace, name: pod },
            timestamp: new Date(containers[0]!.at).toISOString(),
            containers: containers.map(({ container, memory, cpu }) => ({
              name: container,
              usage: {
                ...(memory === null ? {} : { memory: String(memory) }),
                ...(cpu === null ? {} : { cpu: String(cpu) }),
              },
            })),
          },
        ],
  );
  await writeInParts(join(folder, 'cluster', 'PodMetrics'), objects, LIST, Number.POSITIVE_INFINITY);
}

const LIST = ['{"apiVersion":"v1","kind":"List","items":[\n', '\n]}\n'] as const;

/** A kind with objects that were set aside is incomplete: the recording lacks them, and they exist. */
function descriptionOf(state: ClusterState, { recorded, incomplete, setAside = [] }: ListedKinds) {
  const lacking = new Set(setAside.map(({ kind }) => kind));
  return {
    cluster: state.name,
    capturedAt: new Date(state.now).toISOString(),
    ...(state.versions.kubernetes === null ? {} : { kubernetesVersion: state.versions.kubernetes }),
    apiVersions: state.versions.api,
    recorded: Object.fromEntries(Object.entries(recorded ?? {}).filter(([kind]) => !lacking.has(kind))),
    incomplete: [...new Set([...(incomplete ?? []), ...lacking])].sort(),
  };
}

/** Answers with the file; null where the name of the pod or container cannot be a file's. */
export async function writeLog(
  folder: string,
  request: LogRequest,
  text: MaskedText,
): Promise<string | null> {
  const file = logFile(request);
  if (file === null) return null;
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
  return file;
}

/** Writes series as Prometheus answers range queries, and what each purpose was answered with. */
export async function writeMetrics(
  folder: string,
  series: readonly MetricSeries[],
  candidates: ReadonlyMap<Purpose, readonly MetricSeries[]>,
): Promise<void> {
  await mkdir(join(folder, PURPOSES_FOLDER), { recursive: true });
  await writeInParts(join(folder, 'metrics', 'series'), series.map(inAnswer), ANSWER, FILE_SERIES);
  for (const [purpose, found] of candidates)
    await writeFile(
      join(folder, candidatesFile(purpose)),
      ANSWER[0] + found.map((one) => JSON.stringify(inAnswer(one))).join(',\n') + ANSWER[1],
    );
}

const ANSWER = ['{"status":"success","data":{"resultType":"matrix","result":[\n', '\n]}}\n'] as const;

function inAnswer({ labels, samples }: MetricSeries) {
  return { metric: labels, values: samples.map(([at, value]) => [at / 1000, String(value)]) };
}

/** One item a line, in `<path>.json`, `<path>-2.json` and so on. */
async function writeInParts(
  path: string,
  items: readonly unknown[],
  [head, foot]: readonly [string, string],
  most: number,
): Promise<void> {
  let part = 0;
  let lines: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    part += 1;
    await writeFile(`${path}${part === 1 ? '' : `-${part}`}.json`, head + lines.join(',\n') + foot);
    lines = [];
    length = 0;
  };
  for (const item of items) {
    const line = JSON.stringify(item);
    if (length + line.length > FILE_LENGTH || lines.length >= most) await flush();
    lines.push(line);
    length += line.length;
  }
  await flush();
}

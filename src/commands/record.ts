import { resolve } from 'node:path';
import { printedJson } from '../output/printed-json.ts';
import { openLive } from '../cluster/live.ts';
import { SIDE_BY_SIDE } from '../cluster/limits.ts';
import { failingContainers, type FailingContainer } from '../cluster/record-failing.ts';
import { keepingAnswers, type KeepingSource } from '../cluster/record-answers.ts';
import { refuseUsed, writeLog, writeMetrics, writeState, writeUsage, writeWhole } from '../cluster/record.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import { DEFAULT_CONFIG } from '../config/defaults.ts';
import { findIncidents } from '../incidents/find-incidents.ts';
import { kindsRead } from '../incidents/kinds-read.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { rules } from '../rules/index.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';

export interface RecordOptions {
  readonly context: string;
  readonly out: string;
  readonly prometheus?: string;
  readonly kubeconfig?: string;
  readonly output: 'text' | 'json';
}

/** Containers whose logs are recorded. */
const MOST_CONTAINERS = 500;
const HOURS = 7 * 24;
/** Beside what rules ask for: what is worth knowing of any container that fails. */
const OF_CONTAINERS = ['container_memory_working_set_bytes', 'container_spec_memory_limit_bytes'];

/** `faultline record`: writes what `diagnose --snapshot` reads, and prints what was recorded and what was not. */
export async function recordCommand(options: RecordOptions): Promise<void> {
  await refuseUsed(options.out);
  const { context, prometheus, kubeconfig } = options;
  const live = await openLive({
    kinds: kindsRead(rules),
    context,
    ...(prometheus === undefined ? {} : { prometheus }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  });
  const problems: ClusterProblem[] = [];
  const recorded = await writeWhole(options.out, async (folder) => {
    const state = await live.read();
    const objects = await writeState(folder, state, live.listed() ?? {});
    const failing = mostRestarted(state, problems);
    const logs = new Set<string>();
    const kept = keepingAnswers(live, async (request, text) => {
      const file = await writeLog(folder, request, text);
      if (file !== null) logs.add(file);
    });
    await askAsRulesDo(kept.source, state, problems);
    await writeUsage(folder, kept.usage());
    await askForLogs(kept, failing, problems);
    if (prometheus !== undefined) {
      await askForMetrics(kept.source, failing, state.now);
      await writeMetrics(folder, kept.series(), kept.candidates());
    }
    return {
      cluster: state.name,
      objects,
      kinds: state.kinds().length,
      failingContainers: failing.length,
      logs: logs.size,
      series: prometheus === undefined ? null : kept.series().length,
    };
  });
  const found = [...live.problems(), ...problems];
  process.stdout.write(
    options.output === 'json' ? recordedJson(options.out, recorded, found) : recordedText(recorded, found),
  );
}

/** What was recorded: numbers, but for the name of the cluster. */
interface Recorded {
  readonly cluster: string;
  readonly objects: number;
  readonly kinds: number;
  readonly failingContainers: number;
  readonly logs: number;
  /** Of metrics; null where no Prometheus was named. */
  readonly series: number | null;
}

function recordedJson(out: string, recorded: Recorded, problems: readonly ClusterProblem[]): string {
  return printedJson({
    version: 1,
    folder: resolve(out),
    ...recorded,
    cluster: plain(recorded.cluster),
    problems: problems.map(({ where, message }) => ({ where: plain(where), message: plain(message) })),
  });
}

function recordedText(
  { cluster, objects, kinds, failingContainers, logs, series }: Recorded,
  problems: readonly ClusterProblem[],
): string {
  const metrics = series === null ? 'no metrics (no --prometheus)' : `${series} series of metrics`;
  const summary = `${objects} objects of ${kinds} kinds, ${failingContainers} failing containers, ${logs} logs, ${metrics}`;
  return [
    `recorded ${plain(cluster)}: ${summary}`,
    ...problems.map(({ where, message }) => `problem  ${plain(`${where}: ${message}`)}`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function plain(text: string): string {
  return plainText(untrusted(text));
}

function mostRestarted(state: ClusterState, problems: ClusterProblem[]): readonly FailingContainer[] {
  const failing = failingContainers(state);
  if (failing.length > MOST_CONTAINERS)
    problems.push({
      where: 'logs and metrics',
      message: `recorded of the ${MOST_CONTAINERS} most restarted of ${failing.length} failing containers`,
    });
  return failing.slice(0, MOST_CONTAINERS);
}

/** Lets rules ask what they would ask of the live cluster, such as the metrics of an autoscaler or the log of a dependency. */
async function askAsRulesDo(
  source: ClusterSource,
  cluster: ClusterState,
  problems: ClusterProblem[],
): Promise<void> {
  await findIncidents(
    rules.filter(({ recordsOnly }) => !recordsOnly),
    {
      cluster,
      source,
      // No repository is at hand: what it would answer is unknown.
      repository: { answer: async () => null },
      memoryFactor: DEFAULT_CONFIG.limits.memoryFactor,
      known: new Map(),
      onProblem: (problem) => problems.push(problem),
      onProgress: () => undefined,
    },
  );
}

async function askForLogs(
  kept: KeepingSource,
  containers: readonly FailingContainer[],
  problems: ClusterProblem[],
): Promise<void> {
  const requests = containers.flatMap(({ logs }) => logs);
  const found = await inParallel(requests, SIDE_BY_SIDE, (request) => kept.hasLog(request));
  for (const [index, { namespace, pod, container, previous }] of requests.entries())
    if (!found[index])
      problems.push({
        where: `log of ${namespace}/${pod}, container ${container}`,
        message: `the cluster gives no ${previous ? 'previous' : 'current'} log; not recorded`,
      });
}

async function askForMetrics(
  source: ClusterSource,
  containers: readonly FailingContainer[],
  now: number,
): Promise<void> {
  const requests = containers.flatMap(({ namespace, pod, container }) =>
    OF_CONTAINERS.map((metric) => ({ metric, labels: { namespace, pod, container }, hours: HOURS })),
  );
  await inParallel(requests, SIDE_BY_SIDE, (request) => source.metric(request, now));
}

import { ChangingState } from '../src/cluster/changing-state.ts';
import { IncidentFinder } from '../src/incidents/incident-finder.ts';
import { recordAt, recordsOf, refOf, type KubernetesObject } from '../src/kubernetes/objects.ts';
import type { ClusterObject, ClusterSource, ClusterState } from '../src/model/cluster-state.ts';
import { rules } from '../src/rules/index.ts';
import { maskedObject } from '../src/untrusted/masked.ts';
import { clusterFiles, NOW } from './cluster/made-cluster.ts';
import { table } from './table.ts';

/*
 * What a change of a cluster of 10,000 pods and 30,000 events with 50 incidents costs: to take the state of that moment, and to find its
 * incidents, with a source that has no logs and metrics and a repository that knows nothing. Wall clock, and time of the processor.
 */

const TIMES = 40;

const objects = [...clusterFiles()].flatMap(([, items]) =>
  items.map((item) => maskedObject(item as unknown as KubernetesObject)),
);
const pods = objects.filter(({ kind }) => kind === 'Pod');
const changing = new ChangingState('bench');
const finder = new IncidentFinder(rules.filter(({ recordsOnly }) => !recordsOnly));
let now = NOW;

interface Cost {
  readonly state: number;
  readonly find: number;
  /** Of the processor, all threads together. */
  readonly processor: number;
  readonly same: number;
  readonly incidents: number;
}

let known: ReadonlySet<unknown> = new Set();

async function cost(changed: readonly ClusterObject[], passes: number): Promise<Cost> {
  now += passes;
  const used = process.cpuUsage();
  const began = performance.now();
  changing.apply(changed.map((after) => ({ ref: refOf(after), before: null, after })));
  const state = changing.state(now);
  const stated = performance.now();
  const incidents = await finder.find(inputOf(state));
  const found = performance.now();
  const { user, system } = process.cpuUsage(used);
  const same = incidents.filter((incident) => known.has(incident)).length;
  known = new Set(incidents);
  return {
    state: stated - began,
    find: found - stated,
    processor: (user + system) / 1000,
    same,
    incidents: incidents.length,
  };
}

function inputOf(cluster: ClusterState) {
  const source: ClusterSource = {
    isRecorded: false,
    read: async () => cluster,
    log: async () => null,
    metric: async () => null,
  };
  return {
    cluster,
    source,
    repository: { answer: async () => null },
    memoryFactor: 2,
    known: new Map<string, string>(),
    onProgress: () => undefined,
  };
}

/** The pod is not Ready any more. */
function failing(pod: ClusterObject, times: number): ClusterObject {
  const status = recordAt(pod, 'status');
  const conditions = recordsOf(status['conditions']).map((condition) =>
    condition['type'] === 'Ready' ? { ...condition, status: times % 2 === 0 ? 'False' : 'True' } : condition,
  );
  const metadata = { ...pod.metadata, resourceVersion: String(times) };
  return maskedObject<KubernetesObject>({ ...pod, metadata, status: { ...status, conditions } });
}

function median(values: readonly number[]): string {
  return `${values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!.toFixed(1)} ms`;
}

function somePods(count: number, time: number): readonly ClusterObject[] {
  return Array.from({ length: count }, (_, index) => {
    const pod = pods[(time * 317 + index * 41) % pods.length]!;
    return failing(pod, time);
  });
}

const steps: readonly (readonly [
  name: string,
  times: number,
  changed: (time: number) => readonly ClusterObject[],
  passes: number,
])[] = [
  ['all objects', 1, () => objects, 0],
  ['nothing, not even the time', TIMES, () => [], 0],
  ['nothing, one second later', TIMES, () => [], 1000],
  ['one pod, one second later', TIMES, (time) => somePods(1, time), 1000],
  ['200 pods, one second later', TIMES / 4, (time) => somePods(200, time), 1000],
];
const rows: string[][] = [];
for (const [name, times, changed, passes] of steps) {
  const costs: Cost[] = [];
  for (let time = 0; time < times; time += 1) costs.push(await cost(changed(time), passes));
  const { incidents, same } = costs.at(-1)!;
  rows.push([
    name,
    median(costs.map(({ state }) => state)),
    median(costs.map(({ find }) => find)),
    median(costs.map(({ processor }) => processor)),
    String(incidents),
    String(same),
  ]);
}
const began = performance.now();
const { differences } = await finder.compare(inputOf(changing.state(now)));
rows.push(['a full comparison', '', `${(performance.now() - began).toFixed(0)} ms`, '', '', '']);
const heading = ['changed', 'state', 'find', 'processor', 'incidents', 'the same objects'];
process.stdout.write(`${table([heading, ...rows])}\n${differences.length} differences\n`);

import { ChangingState } from '../src/cluster/changing-state.ts';
import { IncidentFinder } from '../src/incidents/incident-finder.ts';
import { refOf, type KubernetesObject } from '../src/kubernetes/objects.ts';
import type { ClusterObject, ClusterSource, ClusterState } from '../src/model/cluster-state.ts';
import { rules } from '../src/rules/index.ts';
import { maskedObject } from '../src/untrusted/masked.ts';
import { clusterFiles, NOW } from './cluster/made-cluster.ts';
import { table } from './table.ts';

/*
 * What a change of a cluster of 10,000 pods costs: to apply it, to take the state of that moment, and to find its incidents, with a source
 * that has no logs and metrics and a repository that knows nothing.
 */

const objects = [...clusterFiles()].flatMap(([, items]) =>
  items.map((item) => maskedObject(item as unknown as KubernetesObject)),
);
const pods = objects.filter(({ kind }) => kind === 'Pod');
const changing = new ChangingState('bench');
const finder = new IncidentFinder(rules.filter(({ recordsOnly }) => !recordsOnly));
let now = NOW;

interface Cost {
  readonly apply: number;
  readonly find: number;
  readonly same: number;
  readonly incidents: number;
}

let known: ReadonlySet<unknown> = new Set();

async function cost(changed: readonly ClusterObject[]): Promise<Cost> {
  now += 1000;
  const began = performance.now();
  changing.apply(changed.map((after) => ({ ref: refOf(after), before: null, after })));
  const state = changing.state(now);
  const applied = performance.now();
  const incidents = await finder.find(inputOf(state));
  const found = performance.now();
  const same = incidents.filter((incident) => known.has(incident)).length;
  known = new Set(incidents);
  return { apply: applied - began, find: found - applied, same, incidents: incidents.length };
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

const steps: readonly (readonly [string, readonly ClusterObject[]])[] = [
  ['all objects', objects],
  ['nothing', []],
  ['one pod', pods.slice(0, 1).map((pod) => ({ ...pod }))],
  ['one pod', pods.slice(1, 2).map((pod) => ({ ...pod }))],
  ['200 pods', pods.slice(0, 200).map((pod) => ({ ...pod }))],
];
const rows: string[][] = [];
for (const [name, changed] of steps) {
  const { apply, find, same, incidents } = await cost(changed);
  rows.push([name, `${apply.toFixed(1)} ms`, `${find.toFixed(0)} ms`, String(incidents), String(same)]);
}
process.stdout.write(`${table([['changed', 'state', 'find', 'incidents', 'the same objects'], ...rows])}\n`);

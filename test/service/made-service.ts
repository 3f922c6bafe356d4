import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Host } from '../../src/github/host.ts';
import type { WatchedCluster } from '../../src/service/clusters.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import type { Person, StandIn, StandInRepository } from '../github/stand-in/interface.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { installationsOf, recordedIn, serviceOn, type ServedOnStandIn } from './on-stand-in.ts';

/** GitHub, a repository on it, and a cluster. */
interface World {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly ana: Person;
  /** The recorded cluster. */
  readonly snapshot: string;
  /** Records the cluster again: with this memory limit, and so many kills. */
  record(memory: string, kills: number): void;
  readonly onboarding: 'required' | 'none';
}

export interface MadeService extends World {
  readonly service: ServedOnStandIn;
  /** How the service sees the repository. */
  readonly host: Host;
  readonly store: Store;
  /** Errors that were logged. */
  readonly errors: string[];
  /** Another service in the same world, without a memory of its own; with a store or, where it was lost, a new one. */
  startAgain(store?: Store, moreClusters?: readonly WatchedCluster[]): Promise<MadeService>;
}

/** A Deployment as it is written. */
export function deployment(memory: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - name: server
          image: registry.example/cart:1.0
          resources:
            limits:
              memory: ${memory} # room for a sale
`;
}

const spec = (memory: string): string =>
  `{containers: [{name: server, image: "registry.example/cart:1.0", resources: {limits: {memory: ${memory}}}}]}`;

/** The cluster as kubectl prints it. */
export function recordedCluster(memory: string, kills: number, at: string): string {
  const last =
    kills === 0
      ? 'ready: true\n      restartCount: 0\n      state: {running: {startedAt: "2026-03-01T08:00:00Z"}}'
      : `ready: false
      restartCount: ${kills}
      state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s}}
      lastState: {terminated: {exitCode: 137, reason: OOMKilled, startedAt: "2026-03-01T09:50:00Z", finishedAt: "${at}"}}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, uid: d1, creationTimestamp: "2026-03-01T08:00:00Z", generation: 1}
spec: {replicas: 1, selector: {matchLabels: {app: cart}}, template: {metadata: {labels: {app: cart}}, spec: ${spec(memory)}}}
status: {observedGeneration: 1, replicas: 1, updatedReplicas: 1}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: cart-${memory.toLowerCase()}, namespace: shop, uid: r-${memory}, creationTimestamp: "2026-03-01T08:00:00Z", labels: {app: cart, pod-template-hash: ${memory.toLowerCase()}}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: cart, uid: d1, controller: true}]}
spec: {replicas: 1, template: {metadata: {labels: {app: cart, pod-template-hash: ${memory.toLowerCase()}}}, spec: ${spec(memory)}}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-${memory.toLowerCase()}-x, namespace: shop, uid: p-${memory}, creationTimestamp: "2026-03-01T08:00:00Z", labels: {app: cart, pod-template-hash: ${memory.toLowerCase()}}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart-${memory.toLowerCase()}, uid: r-${memory}, controller: true}]}
spec: ${spec(memory)}
status:
  phase: Running
  containerStatuses:
    - name: server
      ${last}
`;
}

/**
 * The service as `faultline serve` runs it, on the stand-in, with a recorded cluster. What GitHub would not know fails the test.
 *
 * @param files beside `apps/cart.yaml`, or in place of it
 */
export async function madeService(
  files: Readonly<Record<string, string>> = {},
  onboarding: 'required' | 'none' = 'none',
): Promise<MadeService> {
  const github = await startGitHub();
  onTestFinished(async () => {
    await github.close();
    expect(github.violations).toEqual([]);
  });
  const repository = github.repository('acme/infra', {
    files: { 'apps/cart.yaml': deployment('512Mi'), ...files },
  });
  const ana = github.person('ana', 'write');
  const snapshot = join(madeFolder(), 'snapshot');
  let times = 0;
  const record = (memory: string, kills: number): void => {
    times += 1;
    const minute = String(times).padStart(2, '0');
    writeFiles(snapshot, {
      'snapshot.yaml': `cluster: prod\ncapturedAt: 2026-03-01T10:${minute}:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n`,
      'cluster/shop.yaml': recordedCluster(memory, kills, `2026-03-01T09:55:${minute}Z`),
    });
  };
  record('512Mi', 6);
  const world = { github, repository, ana, snapshot, record, onboarding };
  return startService(world, await openMemoryStore());
}

async function startService(
  world: World,
  store: Store,
  moreClusters: readonly WatchedCluster[] = [],
): Promise<MadeService> {
  const { github, snapshot, onboarding } = world;
  const errors: string[] = [];
  const service = serviceOn(github, {
    store,
    clusters: [...moreClusters, recordedIn(snapshot)],
    mirrors: join(madeFolder(), 'mirrors'),
    onboarding,
    problem: (facts) => void errors.push(JSON.stringify(facts)),
  });
  onTestFinished(() => void service.queue.stop());
  const installations = installationsOf(github);
  const hosts: Host[] = [];
  for (const found of await installations.list()) hosts.push(await installations.hostFor(found));
  for (const host of hosts) service.add(host);
  const [host] = hosts;
  if (!host) throw new Error('the App is installed nowhere');
  const startAgain: MadeService['startAgain'] = async (kept, more = []) =>
    startService(world, kept ?? (await openMemoryStore()), more);
  return { ...world, service, host, store, errors, startAgain };
}

import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { MINUTE } from '../../../src/kubernetes/durations.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { openStore } from '../../../src/store/sqlite.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { madeFolder, writeFiles } from '../../git/made-repository.ts';
import type { Person, StandIn, StandInRepository } from '../../github/stand-in/interface.ts';
import { startGitHub } from '../../github/stand-in/start.ts';
import { installationsOf, recordedIn, serviceOn, type ServedOnStandIn } from '../on-stand-in.ts';

/** All that rules need to know to be sure of what is absent. */
const RECORDED =
  'Pod Deployment ReplicaSet StatefulSet ControllerRevision HorizontalPodAutoscaler Namespace Event Service Node ConfigMap ResourceQuota ScaledObject'.split(
    ' ',
  );

/** A service that reads a cluster again and again while time passes, with its store in a file. */
export interface ClusterOverTime {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly ana: Person;
  /** Milliseconds since the epoch, by the clock of all. */
  now(): number;
  /** RFC 3339, so many minutes before now. */
  ago(minutes: number): string;
  /** Lets so many minutes pass; then the cluster has these objects, and is read. */
  after(minutes: number, objects: readonly KubernetesObject[]): Promise<void>;
  /** The next process opens the store that this one leaves. */
  restart(): Promise<void>;
  readonly store: OpenStore;
  /** Description of the dashboard. */
  dashboard(): string;
  /** Errors that were logged. */
  readonly errors: readonly string[];
}

export async function clusterOverTime(files: Readonly<Record<string, string>>): Promise<ClusterOverTime> {
  const github = await startGitHub();
  const repository = github.repository('acme/infra', { files });
  const ana = github.person('ana', 'write');
  const snapshot = join(madeFolder(), 'snapshot');
  const file = join(madeFolder(), 'faultline.db');
  const mirrors = join(madeFolder(), 'mirrors');
  const errors: string[] = [];
  let store = await openStore(file);
  let service = await begin();
  onTestFinished(async () => {
    await service.queue.stop();
    await store.close();
    await github.close();
    expect(github.violations).toEqual([]);
  });

  async function begin(): Promise<ServedOnStandIn> {
    const problem = (facts: object): void => void errors.push(JSON.stringify(facts));
    const begun = serviceOn(github, { store, clusters: [recordedIn(snapshot)], mirrors, problem });
    const installations = installationsOf(github);
    for (const found of await installations.list()) begun.add(await installations.hostFor(found));
    return begun;
  }

  const now = (): number => github.clock.now();
  const time = (at: number): string => new Date(at).toISOString();
  return {
    github,
    repository,
    ana,
    now,
    ago: (minutes) => time(now() - minutes * MINUTE),
    async after(minutes, objects) {
      github.clock.advance(minutes * MINUTE);
      const recorded = RECORDED.map((kind) => `${kind}: all`).join(', ');
      writeFiles(snapshot, {
        'snapshot.yaml': `cluster: prod\ncapturedAt: ${time(now())}\nrecorded: {${recorded}}\n`,
        'cluster/all.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      });
      await service.scan('prod');
    },
    async restart() {
      await service.queue.stop();
      await store.close();
      store = await openStore(file);
      service = await begin();
    },
    get store() {
      return store;
    },
    dashboard: () => repository.issues().find(({ title }) => title === 'Faultline dashboard')?.body ?? '',
    errors,
  };
}

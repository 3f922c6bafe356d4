import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { LiveCluster } from '../../src/service/live-cluster.ts';
import type { IncidentRecord } from '../../src/store/records.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { StandIn } from '../github/stand-in/interface.ts';
import { bareSettings, serviceOn, servingOn, type ServedOnStandIn } from '../service/on-stand-in.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';

/** A real API server, and all of `serve` beside it with the permissions in deploy/rbac.yaml and nothing more. */
export interface ServedCluster {
  readonly cluster: ClusterServer;
  /** Starts to serve what the App is installed in. Resolves when the cluster has been read once. */
  serve(github: StandIn): Promise<Serving>;
  stop(): Promise<void>;
}

export interface Serving {
  readonly service: ServedOnStandIn;
  /** Those that are seen now. */
  incidents(): Promise<readonly IncidentRecord[]>;
  /** Ends serving, and the stand-in. What went wrong, or real GitHub would not have understood, fails the test. */
  end(): Promise<void>;
}

/** Null where the tools are missing. */
export async function startServedCluster(): Promise<ServedCluster | null> {
  const { 'kube-apiserver': apiserver, etcd } = await findTools();
  if (!apiserver || !etcd) return null;
  const scratch = join(tmpdir(), `faultline-live-${randomUUID()}`);
  const kubeconfig = join(scratch, 'kubeconfig');
  mkdirSync(scratch);
  const tools = { 'kube-apiserver': apiserver, etcd };
  const cluster = await startCluster(tools, join(scratch, 'cluster'), {}, () => null);
  writeKubeconfig(cluster, kubeconfig, await grantShipped(cluster));
  return {
    cluster,
    serve: (github) => serve(github, kubeconfig, join(scratch, randomUUID())),
    stop: async () => {
      await cluster.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

async function serve(github: StandIn, kubeconfig: string, mirrors: string): Promise<Serving> {
  const name = 'prod';
  const source = { kind: 'live', context: 'live', prometheus: null } as const;
  const live = new LiveCluster({ name, repositories: null, ...source, kubeconfig });
  const store = await openMemoryStore();
  const problems: object[] = [];
  const problem = (facts: object): void => void problems.push(facts);
  const service = serviceOn(github, { store, clusters: [live], mirrors, problem });
  const log = { debug: () => {}, info: () => {}, warn: problem, error: problem };
  const settings = { ...bareSettings, clusters: [{ name, source, repositories: null }] };
  const serving = servingOn(github, service, { store, log, settings });
  await serving.list();
  await serving.start();
  await service.queue.drain();
  return {
    service,
    incidents: async () => (await store.incidents.list()).filter(({ notSeenSince }) => notSeenSince === null),
    end: async () => {
      await serving.stop();
      await github.close();
      expect(github.violations).toEqual([]);
      expect(problems).toEqual([]);
    },
  };
}

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { checkChain, type ChainCheck } from '../../../src/store/check-chain.ts';
import { readPostgresAudit } from '../../../src/store/postgres.ts';
import type { Person, StandIn, StandInRepository } from '../../github/stand-in/interface.ts';
import { freePort } from '../../free-port.ts';
import { startGitHub } from '../../github/stand-in/start.ts';
import { startProxy, type TcpProxy } from '../../live/tcp-proxy.ts';
import { startPostgres, type PostgresServer } from '../../postgres/server.ts';
import { deployment, recordedCluster } from '../made-service.ts';
import { serve } from '../process.ts';

export interface FleetSize {
  readonly replicas: number;
  readonly clusters: number;
  /** Repositories that are deployed to each cluster and to no other; the failing workload is in the first. Default: 1. */
  readonly each?: number;
  /** Time between two scans and two polls. Default: `1s`. */
  readonly interval?: string;
  /** Whether each replica takes webhooks, at an address of its own, and polls every ten minutes. Default: it polls at the interval. */
  readonly webhooks?: boolean;
  /** More lines of the settings. */
  readonly settings?: string;
  /** More variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** `faultline serve` as several processes on one PostgreSQL, one GitHub, and so many clusters. */
export class Fleet {
  readonly github: StandIn;
  readonly postgres: PostgresServer;
  /** Those that the failing workload of each cluster is in. */
  readonly repositories: readonly StandInRepository[];
  readonly all: readonly StandInRepository[];
  readonly ana: Person;
  readonly #size: Required<FleetSize>;
  readonly #folder: string;
  readonly #replicas: Replica[] = [];
  readonly #watch = new Watch();
  #isOver = false;

  static async begin(size: FleetSize): Promise<Fleet> {
    const [github, postgres] = [await startGitHub(), await startPostgres()];
    const defaults = { each: 1, interval: '1s', webhooks: false, settings: '', environment: {} };
    const fleet = new Fleet(github, postgres, { ...defaults, ...size });
    for (let n = 0; n < size.replicas; n += 1) await fleet.#add(n);
    void fleet.#watch.run(fleet.postgres, () => fleet.#isOver);
    return fleet;
  }

  private constructor(github: StandIn, postgres: PostgresServer, size: Required<FleetSize>) {
    this.github = github;
    this.postgres = postgres;
    this.#size = size;
    this.#folder = mkdtempSync(join(tmpdir(), 'faultline-fleet-'));
    this.all = Array.from({ length: size.clusters * size.each }, (_, n) =>
      github.repository(`acme/infra-${n}`, {
        files: n % size.each === 0 ? { 'apps/cart.yaml': deployment('512Mi') } : { 'README.md': 'nothing\n' },
      }),
    );
    this.repositories = this.all.filter((_, n) => n % size.each === 0);
    this.ana = github.person('ana', 'write', this.repositories[0]!);
    for (const repository of this.repositories) repository.person('ana', 'write');
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  async #add(n: number): Promise<void> {
    const folder = join(this.#folder, `replica-${n}`);
    const proxy = await startProxy(`http://127.0.0.1:${this.postgres.port}`);
    const { clusters: count, each, interval, webhooks, settings, environment } = this.#size;
    const indexes = Array.from({ length: count }, (_, index) => index);
    const clusters = indexes.map((index) => {
      const slugs = this.all.slice(index * each, (index + 1) * each).map(({ slug }) => slug);
      return `  prod-${index}: {snapshot: snapshot-${index}, repositories: [${slugs.join(', ')}]}`;
    });
    const files: Record<string, string> = {
      'faultline-service.yml': `clusters:\n${clusters.join('\n')}\ninterval: ${interval}\npolling: ${webhooks ? 'off' : interval}\nfolder: state\nwritePause: off\nonboarding: none\n${settings}`,
    };
    for (const index of indexes) {
      files[`snapshot-${index}/snapshot.yaml`] =
        `cluster: prod-${index}\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n`;
      files[`snapshot-${index}/cluster/shop.yaml`] = recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z');
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const port = webhooks ? await freePort() : null;
    this.#replicas.push(new Replica(this.github, folder, proxy, port, environment));
  }

  start(): void {
    for (const replica of this.#replicas) replica.start();
  }

  /** By cluster, which replica serves it; null where none does. */
  async holders(): Promise<readonly string[]> {
    const rows = await this.postgres.query('select name, holder from faultline.leases order by name');
    return rows.map(({ name, holder }) => `${String(name)}: ${String(holder)}`);
  }

  /** The longest time in which a cluster was not scanned, in milliseconds; of those that were scanned once. */
  longestGap(): number {
    return this.#watch.longest();
  }

  scans(): number {
    return this.#watch.scans;
  }

  auditLog(): Promise<ChainCheck> {
    return readPostgresAudit(this.postgres.address, async (audit) =>
      checkChain(audit.records(), await audit.anchors()),
    );
  }

  log(): string {
    return this.#replicas.map(({ log }) => log()).join('');
  }

  async end(): Promise<void> {
    this.#isOver = true;
    // Those that were told to stop are gone.
    await Promise.all(this.#replicas.map((replica) => replica.kill()));
    await Promise.all(this.#replicas.map(({ proxy }) => proxy.close()));
    await this.postgres.stop();
    await this.github.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One process, with a network of its own to the database. */
export class Replica {
  readonly proxy: TcpProxy;
  readonly #github: StandIn;
  readonly #folder: string;
  readonly #port: number | null;
  readonly #environment: Readonly<Record<string, string>>;
  #process: ChildProcess | null = null;

  constructor(
    github: StandIn,
    folder: string,
    proxy: TcpProxy,
    port: number | null,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#github = github;
    this.#folder = folder;
    this.proxy = proxy;
    this.#port = port;
    this.#environment = environment;
  }

  /** Where it takes webhooks. */
  get webhooks(): string {
    return `http://127.0.0.1:${this.#port}/api/github/webhooks`;
  }

  get isRunning(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  start(): void {
    const { port } = new URL(this.proxy.address);
    this.#process = serve(this.#github, this.#folder, {
      FAULTLINE_STORE: `postgres://faultline:unused@127.0.0.1:${port}/postgres`,
      ...(this.#port !== null && {
        PORT: String(this.#port),
        HOST: '127.0.0.1',
        WEBHOOK_SECRET: this.#github.webhookSecret,
      }),
      ...this.#environment,
    });
  }

  /** Answers with the exit status; null where the signal ended it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (this.isRunning) {
      const exited = once(this.#process!, 'exit');
      this.#process!.kill(signal);
      await exited;
    }
    return this.#process?.exitCode ?? null;
  }

  readonly log = (): string => readFileSync(join(this.#folder, 'serve.log'), 'utf8');
}

/** Looks when each cluster was scanned. */
class Watch {
  readonly #last = new Map<string, number>();
  scans = 0;
  #longest = 0;

  async run(postgres: PostgresServer, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const rows = await postgres
        .query('select cluster, "scannedAt" as at from faultline.scans where "scannedAt" is not null')
        .catch(() => []);
      for (const { cluster, at } of rows) this.#see(String(cluster), Number(at));
      await setTimeout(200);
    }
  }

  #see(cluster: string, at: number): void {
    const before = this.#last.get(cluster);
    if (before === at) return;
    this.scans += 1;
    this.#last.set(cluster, at);
    if (before !== undefined) this.#longest = Math.max(this.#longest, at - before);
  }

  longest(): number {
    const now = Date.now();
    return Math.max(this.#longest, ...[...this.#last.values()].map((at) => now - at));
  }
}

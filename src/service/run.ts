import { messageOf } from '../error-message.ts';
import type { Host } from '../github/host.ts';
import { Installations, type Installed } from '../github/installations.ts';
import type { Store } from '../store/store.ts';
import { DAY } from '../kubernetes/durations.ts';
import type { Log } from './log.ts';
import { poll } from './poll.ts';
import type { Service } from './service.ts';
import type { Settings } from './settings.ts';

export interface RunParts {
  readonly service: Service;
  readonly installations: Installations;
  readonly settings: Settings;
  readonly store: Store;
  readonly log: Log;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** How often the list of installations is read again where webhooks may have been missed, in milliseconds. */
const RELIST = 10 * 60_000;
/** How long what is over is remembered, and records of the audit log are kept whole. */
const KEPT = 400 * DAY;

/** The clock of the service: it finds out where the App is installed, scans, polls and forgets, until it is told to stop. */
export class Runner {
  readonly #parts: RunParts;
  readonly #hosts = new Map<string, Host>();
  readonly #stop = new AbortController();
  #loops: readonly Promise<void>[] = [];

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** @throws {HostError} when GitHub cannot be asked at all at the start */
  async start(): Promise<void> {
    await this.#list();
    const { settings, service } = this.#parts;
    this.#loops = [
      this.#every(settings.interval, 'scan', async () => {
        await service.scanAll();
        this.#forget();
      }),
      this.#every(RELIST, 'installations', () => this.#list(), RELIST),
      ...(settings.polling === null ? [] : [this.#every(settings.polling, 'poll', () => this.#poll())]),
    ];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#loops);
  }

  /** A repository that the App was just installed in, as a webhook tells. It is greeted. */
  async installed(found: Installed): Promise<void> {
    const host = await this.#parts.installations.hostFor(found);
    this.#add(host);
    await this.#parts.service.onboard(host.repository);
  }

  /** The repository as GitHub has it; null where the App does not see it. */
  async find(installation: number, repository: string): Promise<Installed | null> {
    const found = await this.#parts.installations.in(installation);
    return (
      found.find(({ owner, repo }) => `${owner}/${repo}`.toLowerCase() === repository.toLowerCase()) ?? null
    );
  }

  removed(repository: string): void {
    this.#hosts.delete(repository.toLowerCase());
    this.#parts.service.remove(repository);
  }

  /** Reads again where the App is installed; what is new is greeted. */
  async #list(): Promise<void> {
    const { installations, log, service } = this.#parts;
    const found = await installations.list();
    const names = new Set(found.map(({ owner, repo }) => `${owner}/${repo}`.toLowerCase()));
    for (const one of found) {
      if (this.#hosts.has(`${one.owner}/${one.repo}`.toLowerCase())) continue;
      const host = await installations.hostFor(one);
      this.#add(host);
      await service
        .onboard(host.repository)
        .catch((error: unknown) =>
          log.warn({ repository: host.repository, problem: messageOf(error) }, 'not greeted yet'),
        );
    }
    for (const name of this.#hosts.keys()) if (!names.has(name)) this.removed(name);
  }

  #add(host: Host): void {
    const { service, log } = this.#parts;
    this.#hosts.set(host.repository.toLowerCase(), host);
    service.add(host);
    log.info({ repository: host.repository }, 'looks after a repository');
  }

  async #poll(): Promise<void> {
    const { service, store, log, now } = this.#parts;
    for (const host of this.#hosts.values()) {
      try {
        await poll(service, host, store, now());
      } catch (error) {
        log.warn({ repository: host.repository, problem: messageOf(error) }, 'not polled; tried again later');
      }
    }
  }

  #forget(): void {
    const { store, now } = this.#parts;
    store.forgetBefore(now() - KEPT);
    store.audit.retire(now() - KEPT, now());
  }

  async #every(interval: number, what: string, work: () => Promise<void>, first = 0): Promise<void> {
    const { sleep, log } = this.#parts;
    const { signal } = this.#stop;
    if (first > 0) await sleep(first, signal).catch(() => undefined);
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        log.error({ what, problem: messageOf(error) }, 'failed; tried again later');
      }
      await sleep(interval, signal).catch(() => undefined);
    }
  }
}

import { messageOf } from '../error-message.ts';
import type { Host } from '../github/host.ts';
import type { Installations, Installed } from '../github/installations.ts';
import type { Store } from '../store/store.ts';
import { DAY } from '../kubernetes/durations.ts';
import { turns } from '../turns.ts';
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

/** How often all is asked for that webhooks may not have told, and greeted who could not be, in milliseconds. */
const RELIST = 10 * 60_000;
/** How long what is over is remembered, and records of the audit log are kept whole. */
const KEPT = 400 * DAY;

/** The clock of the service: it finds out where the App is installed, greets, scans, polls and forgets, until it is told to stop. */
export class Runner {
  readonly #parts: RunParts;
  readonly #hosts = new Map<string, Host>();
  readonly #greeted = new Set<string>();
  readonly #inTurn = turns();
  readonly #stop = new AbortController();
  #loops: readonly Promise<void>[] = [];

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  start(): void {
    const { settings, service } = this.#parts;
    this.#loops = [
      this.#every(RELIST, 'installations', async () => {
        await this.list();
        await this.#greet();
        // GitHub delivers a webhook once, whether anybody was there or not.
        if (settings.polling === null) await this.#poll();
      }),
      this.#every(settings.interval, 'scan', async () => {
        await service.scanAll();
        this.#forget();
      }),
      ...(settings.polling === null ? [] : [this.#every(settings.polling, 'poll', () => this.#poll())]),
    ];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#loops);
  }

  /**
   * Reads where the App is installed, and looks after these repositories and no others.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  async list(): Promise<void> {
    const found = await this.#parts.installations.list();
    for (const one of found) await this.#add(one);
    const names = new Set(found.map(nameOf));
    for (const name of this.#hosts.keys()) if (!names.has(name)) this.removed(name);
  }

  /**
   * The App was installed in repositories, as a webhook tells. Those that it sees are looked after, and greeted.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  async installed(installation: number, repositories: readonly string[]): Promise<void> {
    const wanted = new Set(repositories.map((name) => name.toLowerCase()));
    const found = await this.#parts.installations.in(installation);
    for (const one of found) if (wanted.has(nameOf(one))) await this.#add(one);
    await this.#greet();
  }

  removed(repository: string): void {
    const name = repository.toLowerCase();
    this.#hosts.delete(name);
    this.#greeted.delete(name);
    this.#parts.service.remove(repository);
  }

  async #add(found: Installed): Promise<void> {
    if (this.#hosts.has(nameOf(found))) return;
    const { installations, service, log } = this.#parts;
    const host = await installations.hostFor(found);
    this.#hosts.set(nameOf(found), host);
    service.add(host);
    log.info({ repository: host.repository }, 'looks after a repository');
  }

  /** One after the other, so that nobody is greeted twice. What fails is tried again with the next list. */
  #greet(): Promise<void> {
    const { service, log } = this.#parts;
    return this.#inTurn('greet', async () => {
      for (const [name, { repository }] of this.#hosts) {
        if (this.#greeted.has(name)) continue;
        try {
          await service.onboard(repository);
          this.#greeted.add(name);
        } catch (error) {
          log.warn({ repository, problem: messageOf(error) }, 'not greeted yet');
        }
      }
    });
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

  async #every(interval: number, what: string, work: () => Promise<void>): Promise<void> {
    const { sleep, log } = this.#parts;
    const { signal } = this.#stop;
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

/** Names of repositories are the same in any case. */
function nameOf({ owner, repo }: Installed): string {
  return `${owner}/${repo}`.toLowerCase();
}

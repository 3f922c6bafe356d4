import { messageOf } from '../errors/error-message.ts';
import type { Host } from '../github/host.ts';
import type { Installations, Installed } from '../github/installations.ts';
import type { Store } from '../store/store.ts';
import { DAY } from '../kubernetes/durations.ts';
import { turns } from '../concurrency/keyed-lock.ts';
import type { Log } from './log.ts';
import { poll } from './poll.ts';
import { noteIdentity, presenceOf } from './presence.ts';
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

interface Known {
  readonly host: Host;
  /** As GitHub listed it last. */
  installed: Installed;
}

/** The clock of the service: it finds out where the App is installed, greets, scans, polls and forgets, until it is told to stop. */
export class Runner {
  readonly #parts: RunParts;
  /** By name, in lower case. */
  readonly #known = new Map<string, Known>();
  readonly #greeted = new Set<string>();
  /** What was said of an installation or a repository, so that it is said once. */
  readonly #said = new Map<string, string>();
  readonly #inTurn = turns();
  readonly #stop = new AbortController();
  #isRefreshing = false;
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
        if (settings.polling === null) await this.#poll([...this.#known.values()]);
      }),
      this.#every(settings.interval, 'scan', async () => {
        await this.#refresh();
        await service.scanAll();
        await this.#forget();
      }),
      ...(settings.polling === null
        ? []
        : [this.#every(settings.polling, 'poll', () => this.#poll([...this.#known.values()]))]),
    ];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#loops);
    await this.#parts.service.idle();
  }

  /**
   * Reads where the App is installed, and looks after these repositories and no others. An installation that fails or is suspended keeps
   * its repositories, which wait until it is back.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  list(): Promise<void> {
    return this.#inTurn('list', async () => {
      const { found, broken } = await this.#parts.installations.listEach();
      const isBroken = new Set(broken.map(({ installation }) => installation));
      for (const { installation, account, why } of broken) {
        this.#sayOnce(`installation ${installation}`, why, { installation, account });
        for (const { host, installed } of this.#known.values())
          if (installed.installation === installation)
            this.#parts.service.setPresence(host.repository, presenceOf(installed, why));
      }
      const back: Known[] = [];
      for (const one of found) {
        if (this.#said.delete(`installation ${one.installation}`))
          this.#parts.log.info(
            { installation: one.installation, account: one.owner },
            'installation works again',
          );
        const known = await this.#meet(one);
        if (known) back.push(known);
      }
      const names = new Set(found.map(nameOf));
      for (const [name, { host, installed }] of this.#known) {
        if (names.has(name) || isBroken.has(installed.installation)) continue;
        this.#parts.log.warn(
          { repository: host.repository },
          'the App no longer sees this repository: it was removed, transferred or deleted',
        );
        this.removed(host.repository);
      }
      // What was written while nobody could ask.
      if (back.length > 0) await this.#poll(back);
    });
  }

  /** Before a scan: whatever changed about a repository is known to it. */
  async #refresh(): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      await this.list();
      this.#said.delete('list');
      if (
        [...this.#known.keys()].some((name) => !this.#greeted.has(name) && !this.#said.has(`greet ${name}`))
      )
        await this.#greet();
    } catch (error) {
      this.#sayOnce('list', messageOf(error), {});
    } finally {
      this.#isRefreshing = false;
    }
  }

  /**
   * The App was installed in repositories, as a webhook tells. Those that it sees are looked after, and greeted.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  async installed(installation: number, repositories: readonly string[]): Promise<void> {
    const wanted = new Set(repositories.map((name) => name.toLowerCase()));
    const found = await this.#parts.installations.in(installation);
    for (const one of found) if (wanted.has(nameOf(one))) await this.#meet(one);
    await this.#greet();
  }

  removed(repository: string): void {
    const name = repository.toLowerCase();
    this.#known.delete(name);
    this.#greeted.delete(name);
    this.#said.delete(`presence ${name}`);
    this.#parts.service.remove(repository);
  }

  /** What GitHub lists of one repository is made true here. Answers with it where it can be asked again after a pause. */
  async #meet(found: Installed): Promise<Known | null> {
    const { installations, service, store, log } = this.#parts;
    const name = nameOf(found);
    const before = [...this.#known.values()].find(({ installed }) => installed.id === found.id);
    const namesake = this.#known.get(name);
    if (namesake && namesake.installed.id !== found.id) {
      log.warn(
        { repository: name },
        'the repository was deleted and made again: nothing of the old one counts',
      );
      this.removed(namesake.host.repository);
    }
    // Nobody has to be told of what was over before.
    if (!before && found.state === 'archived') return null;
    const isSame =
      before !== undefined &&
      nameOf(before.installed) === name &&
      before.installed.defaultBranch === found.defaultBranch &&
      before.installed.installation === found.installation;
    let known = before;
    if (isSame) before.installed = found;
    else {
      await noteIdentity(store, found);
      const host = await installations.hostFor(found);
      known = { host, installed: found };
      if (before) {
        const was = before.host.repository;
        this.#known.delete(was.toLowerCase());
        if (this.#greeted.delete(was.toLowerCase())) this.#greeted.add(name);
        service.replace(was, host);
        const { defaultBranch } = before.installed;
        log.warn(
          {
            repository: host.repository,
            was,
            defaultBranch: found.defaultBranch,
            wasDefaultBranch: defaultBranch,
          },
          'the repository or its default branch has another name, or another owner',
        );
      } else {
        service.add(host);
        log.info({ repository: host.repository }, 'looks after a repository');
      }
      this.#known.set(name, known);
    }
    const wasPaused = service.isPaused(name);
    const presence = presenceOf(found, null);
    service.setPresence(name, presence);
    const said = [presence.paused, ...presence.notices].filter((text) => text !== null).join(' ');
    if (said !== '') this.#sayOnce(`presence ${name}`, said, { repository: name });
    else if (this.#said.delete(`presence ${name}`))
      log.info({ repository: name }, 'the repository works again');
    const isBack = (before !== undefined && !isSame) || (wasPaused && presence.paused === null);
    return isBack && presence.paused === null ? known! : null;
  }

  #sayOnce(about: string, problem: string, facts: object): void {
    if (this.#said.get(about) === problem) return;
    this.#said.set(about, problem);
    this.#parts.log.warn({ ...facts, problem }, 'GitHub does not let Faultline work here for now');
  }

  /** One after the other, so that nobody is greeted twice. What fails is tried again with the next list. */
  #greet(): Promise<void> {
    const { service, log } = this.#parts;
    return this.#inTurn('greet', async () => {
      for (const [name, { host, installed }] of this.#known) {
        const { repository } = host;
        if (this.#greeted.has(name) || service.isPaused(name) || !installed.hasIssues) continue;
        try {
          await service.onboard(repository);
          this.#greeted.add(name);
          this.#said.delete(`greet ${name}`);
        } catch (error) {
          this.#said.set(`greet ${name}`, messageOf(error));
          log.warn({ repository, problem: messageOf(error) }, 'not greeted yet');
        }
      }
    });
  }

  async #poll(repositories: readonly Known[]): Promise<void> {
    const { service, store, log, now } = this.#parts;
    const one = async ({ host: { repository } }: Known): Promise<void> => {
      const host = service.hostOf(repository);
      if (host === null || service.isPaused(repository)) return;
      try {
        await poll(service, host, store, now());
        this.#said.delete(`poll ${repository}`);
      } catch (error) {
        const problem = messageOf(error);
        if (this.#said.get(`poll ${repository}`) === problem) return;
        this.#said.set(`poll ${repository}`, problem);
        log.warn({ repository, problem }, 'not polled; tried again later');
      }
    };
    // A few at a time, so that one that takes long holds up no other.
    const waiting = [...repositories];
    const next = async (): Promise<void> => {
      for (let known = waiting.shift(); known !== undefined; known = waiting.shift()) await one(known);
    };
    await Promise.all(Array.from({ length: 4 }, next));
  }

  async #forget(): Promise<void> {
    const { store, now } = this.#parts;
    await store.forgetBefore(now() - KEPT);
    await store.audit.retire(now() - KEPT, now());
  }

  /** At every interval, whatever the work before came to. */
  async #every(interval: number, what: string, work: () => Promise<void>): Promise<void> {
    const { sleep, log } = this.#parts;
    const { signal } = this.#stop;
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      // A scan waits for nothing that is under way, and begins none of it again. What else there is does one thing at a time.
      if (running.size === 0 || what === 'scan') {
        const attempt = work()
          .catch((error: unknown) => {
            log.error({ what, problem: messageOf(error) }, 'failed; tried again later');
          })
          .finally(() => running.delete(attempt));
        running.add(attempt);
      }
      await sleep(interval, signal).catch(() => undefined);
    }
    await Promise.all(running);
  }
}

/** Names of repositories are the same in any case. */
function nameOf({ owner, repo }: Installed): string {
  return `${owner}/${repo}`.toLowerCase();
}

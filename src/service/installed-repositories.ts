import type { Host } from '../github/host.ts';
import type { Installations, Installed, Listing } from '../github/installations.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';
import { noteIdentity, presenceOf } from './presence.ts';
import type { Service } from './service.ts';
import { greetTask, pollTask, type ServeTasks } from './tasks.ts';

export interface InstalledParts {
  readonly service: Service;
  readonly queue: Pick<Queue<ServeTasks>, 'add'>;
  readonly installations: Pick<Installations, 'listEach' | 'hostFor'>;
  readonly store: Store;
  readonly log: Log;
}

interface Known {
  readonly host: Host;
  /** As GitHub listed it last. */
  readonly installed: Installed;
}

/** The repositories that the App is installed in, as GitHub listed them last. They are served, and no others. */
export class InstalledRepositories {
  readonly #parts: InstalledParts;
  /** By name, in lower case. */
  readonly #known = new Map<string, Known>();
  /** What was logged of an installation or a repository, so that it is logged once. */
  readonly #said = new Map<string, string>();

  constructor(parts: InstalledParts) {
    this.#parts = parts;
  }

  /**
   * Lists them again. An installation that fails or is suspended keeps its repositories, which wait until it is back. Only one call may run at a
   * time.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  async list(): Promise<void> {
    const listing = await this.#parts.installations.listEach();
    this.#noteBroken(listing);
    for (const found of listing.found) {
      if (this.#said.delete(`installation ${found.installation}`))
        this.#parts.log.info(
          { installation: found.installation, account: found.owner },
          'installation works again',
        );
      await this.#meet(found);
    }
    this.#removeMissing(listing);
  }

  /** Whether the repository of this number is served. */
  has(id: number): boolean {
    return [...this.#known.values()].some(({ installed }) => installed.id === id);
  }

  #noteBroken({ broken }: Listing): void {
    for (const { installation, account, why } of broken) {
      this.#sayOnce(`installation ${installation}`, why, { installation, account });
      for (const { host, installed } of this.#known.values())
        if (installed.installation === installation)
          this.#parts.service.setPresence(host.repository, presenceOf(installed, why));
    }
  }

  #removeMissing({ found, broken }: Listing): void {
    const isBroken = new Set(broken.map(({ installation }) => installation));
    const names = new Set(found.map(nameOf));
    for (const [name, { host, installed }] of this.#known) {
      if (names.has(name) || isBroken.has(installed.installation)) continue;
      this.#parts.log.warn(
        { repository: host.repository },
        'the App no longer sees this repository: it was removed, transferred or deleted',
      );
      this.#remove(host.repository);
    }
  }

  #remove(repository: string): void {
    const name = repository.toLowerCase();
    this.#known.delete(name);
    this.#said.delete(`presence ${name}`);
    this.#parts.service.remove(repository);
  }

  /** Serves one repository as GitHub lists it, and polls and greets it when it is new or back. */
  async #meet(found: Installed): Promise<void> {
    const { service, queue } = this.#parts;
    const name = nameOf(found);
    this.#removeNamesake(found);
    const before = [...this.#known.values()].find(({ installed }) => installed.id === found.id) ?? null;
    // A repository that was archived before is nothing to warn of.
    if (!before && found.state === 'archived') return;
    const wasActive = before !== null && !service.isPaused(before.host.repository);
    const isSame = before !== null && isReachedAlike(before.installed, found);
    const host = isSame ? before.host : await this.#serve(found, before);
    this.#known.set(name, { host, installed: found });
    const presence = presenceOf(found, null);
    service.setPresence(name, presence);
    this.#sayPresence(name, [presence.paused, ...presence.notices]);
    if (presence.paused !== null) return;
    // What was written while nobody could ask.
    if (!isSame || !wasActive) await queue.add(pollTask(host.repository));
    const couldBeGreeted = wasActive && before.installed.hasIssues;
    if (found.hasIssues && !couldBeGreeted) await queue.add(greetTask(host.repository));
  }

  #removeNamesake(found: Installed): void {
    const name = nameOf(found);
    const namesake = this.#known.get(name);
    if (!namesake || namesake.installed.id === found.id) return;
    this.#parts.log.warn(
      { repository: name },
      'the repository was deleted and made again: nothing of the old one counts',
    );
    this.#remove(namesake.host.repository);
  }

  /** Begins to serve a repository, in place of what was known of it. */
  async #serve(found: Installed, before: Known | null): Promise<Host> {
    const { installations, service, store, log } = this.#parts;
    await noteIdentity(store, found);
    const host = await installations.hostFor(found);
    const { repository } = host;
    if (before) {
      const was = before.host.repository;
      this.#known.delete(was.toLowerCase());
      service.remove(was);
      const { defaultBranch } = found;
      const wasDefaultBranch = before.installed.defaultBranch;
      log.warn(
        { repository, was, defaultBranch, wasDefaultBranch },
        'the repository or its default branch has another name, or another owner',
      );
    } else log.info({ repository }, 'serves a repository');
    service.add(host);
    return host;
  }

  #sayPresence(name: string, words: readonly (string | null)[]): void {
    const said = words.filter((text) => text !== null).join(' ');
    if (said !== '') this.#sayOnce(`presence ${name}`, said, { repository: name });
    else if (this.#said.delete(`presence ${name}`))
      this.#parts.log.info({ repository: name }, 'the repository works again');
  }

  #sayOnce(about: string, problem: string, facts: object): void {
    if (this.#said.get(about) === problem) return;
    this.#said.set(about, problem);
    this.#parts.log.warn({ ...facts, problem }, 'GitHub does not let Faultline work here for now');
  }
}

/** Names of repositories are the same in any case. */
function nameOf({ owner, repo }: Installed): string {
  return `${owner}/${repo}`.toLowerCase();
}

function isReachedAlike(one: Installed, other: Installed): boolean {
  return (
    nameOf(one) === nameOf(other) &&
    one.defaultBranch === other.defaultBranch &&
    one.installation === other.installation
  );
}

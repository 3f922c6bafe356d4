import { messageOf } from '../errors/error-message.ts';
import type {
  FieldValue,
  Given,
  OnPullRequest,
  Rebuilt,
  Reproposed,
  Subject,
  Undone,
} from '../chatops/desk.ts';
import { editHash } from '../lifecycle/description.ts';
import { ownPullRequest, type Own } from '../lifecycle/own.ts';
import type { CommandRecord, Store } from '../store/store.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { readCluster, type WatchedCluster } from './clusters.ts';
import type { CommandsChange } from './given-commands.ts';
import type { Look, RepositoryWatch } from './watch.ts';

/** Commands that change what a pull request proposes, or take one back. */
export class Reproposals {
  readonly #parts: { readonly watch: RepositoryWatch; readonly store: Store };

  constructor(parts: { readonly watch: RepositoryWatch; readonly store: Store }) {
    this.#parts = parts;
  }

  get #host() {
    return this.#parts.watch.host;
  }

  #own(number: number): Promise<Own | null> {
    return ownPullRequest(number, { host: this.#host, store: this.#parts.store });
  }

  async set(
    subject: OnPullRequest,
    { field, value }: FieldValue,
    by: string,
    given: Given,
  ): Promise<Reproposed> {
    const { store } = this.#parts;
    const { repository } = this.#host;
    const { number } = subject.pullRequest;
    const record: CommandRecord = {
      ...given,
      repository,
      thread: number,
      by,
      kind: 'set',
      fingerprints: subject.fingerprints,
      field,
      value,
      replaced: [],
      isTakenBack: false,
    };
    const known = await store.commands.list(repository, number);
    const later = known.find(
      (one) =>
        one.kind === 'set' && one.field === field && !one.isTakenBack && one.writtenAt > given.writtenAt,
    );
    if (later) return { kind: 'refused', why: prose`${later.by} has set it after you wrote this` };
    return this.#repropose(subject, record, known.find(({ id }) => id === given.id) ?? null);
  }

  async undo({ fingerprints, pullRequest }: Subject, given: Given): Promise<Undone> {
    const undone = await this.#undoSilence(given);
    if (!('command' in undone)) return undone;
    const { command } = undone;
    if (pullRequest?.state !== 'open') return { kind: 'nothing' };
    const { by, field, value } = command;
    const result = await this.#repropose(
      { fingerprints, pullRequest },
      { ...command, isTakenBack: true },
      command,
    );
    return { kind: 'set', by, field: field ?? '', value, result };
  }

  /** Takes the last command back where it is a silence; answers with it where it is none. */
  #undoSilence(given: Given): Promise<Undone | { readonly command: CommandRecord }> {
    return this.#parts.store.transaction(async (store) => {
      const known = await store.commands.list(this.#host.repository, given.thread);
      const last = known.findLast(
        ({ isTakenBack, writtenAt }) => !isTakenBack && writtenAt <= given.writtenAt,
      );
      if (!last) return { kind: 'nothing' };
      if (last.kind === 'set') return { command: last };
      let isOnAgain = false;
      for (const [index, fingerprint] of last.fingerprints.entries()) {
        const { snooze, ignore } = last.replaced[index] ?? { snooze: null, ignore: null };
        if (last.kind === 'snooze') await store.snoozes.end(fingerprint);
        else await store.ignores.end(fingerprint);
        if (snooze) await store.snoozes.set(snooze);
        if (ignore) await store.ignores.set(ignore);
        isOnAgain ||= snooze !== null || ignore !== null;
      }
      await store.commands.save({ ...last, isTakenBack: true });
      return { kind: last.kind, by: last.by, isOnAgain };
    });
  }

  /** Proposes anew with one command as it is to be; `before` is what it was, should nothing come of it. */
  async #repropose(
    subject: OnPullRequest,
    command: CommandRecord,
    before: CommandRecord | null,
  ): Promise<Reproposed> {
    const { watch, store } = this.#parts;
    const { number } = subject.pullRequest;
    const change: CommandsChange = (commands, thread) =>
      thread === number
        ? [...commands.filter(({ id }) => id !== command.id), command].sort(byTime)
        : commands;
    const begin = (): Promise<void> => store.commands.save(command);
    let unread: Prose | null = null;
    let reproposed: Reproposed | null = null;
    for (const cluster of watch.clusters) {
      const lookAtIt = async (): Promise<Look | null> =>
        watch.look(cluster.name, await readCluster(cluster), change);
      let look: Look | null = null;
      try {
        look = await lookAtIt();
      } catch (error) {
        unread = unreadable(cluster, error);
      }
      reproposed = look && (await this.#reproposed(subject, command, look, begin, lookAtIt));
      if (reproposed) break;
    }
    const result = reproposed ?? {
      kind: 'refused',
      why: unread ?? ownText('the failure is not seen any more'),
    };
    if (result.kind !== 'refused') await begin();
    else if (before) await store.commands.save(before);
    else await store.commands.remove(command.repository, command.id);
    return result;
  }

  /**
   * Null where the look does not show the failure. When nothing comes of it, as when somebody pushes meanwhile, it is tried on one more
   * look.
   */
  async #reproposed(
    subject: OnPullRequest,
    command: CommandRecord,
    look: Look,
    begin: () => Promise<void>,
    lookAgain: (() => Promise<Look | null>) | null,
  ): Promise<Reproposed | null> {
    const { number } = subject.pullRequest;
    const result = look.report.results.find(({ incident }) =>
      subject.fingerprints.includes(incident.fingerprint),
    );
    if (!result) return null;
    const { proposal, located, decision, incident } = result;
    const beyond = incident.refusedValues?.find(({ field }) => field === command.field);
    if (beyond && !command.isTakenBack) return { kind: 'refused', why: beyond.why };
    if (located?.kind === 'declined') return { kind: 'refused', why: prose`${located.reason}` };
    if (!proposal) return { kind: 'refused', why: decision.reason };
    const edit = editHash(proposal);
    if ((await this.#own(number))?.marker?.edit === edit) return { kind: 'unchanged' };
    const outcomes = await this.#parts.watch.act(look, { begin });
    const own = await this.#own(number);
    if (own?.marker?.edit === edit) {
      this.#parts.watch.goBy(look);
      return { kind: 'proposed', located: proposal.located, head: own.pull.head };
    }
    const outcome = outcomes?.find(({ key }) => key === proposal.key);
    if ((outcome || outcomes === null) && lookAgain) {
      const again = await lookAgain();
      return again && this.#reproposed(subject, command, again, begin, null);
    }
    return { kind: 'refused', why: outcome?.why ?? ownText('its pull request is for something else now') };
  }

  async rebuild(subject: OnPullRequest): Promise<Rebuilt> {
    const { watch } = this.#parts;
    const { number, head } = subject.pullRequest;
    let why: Prose = ownText('the failure is not seen any more');
    for (const cluster of watch.clusters) {
      try {
        const look = await watch.look(cluster.name, await readCluster(cluster));
        const result = look?.report.results.find(({ incident }) =>
          subject.fingerprints.includes(incident.fingerprint),
        );
        if (!look || !result) continue;
        if (!result.proposal) return { kind: 'refused', why: result.decision.reason };
        const outcomes = await watch.act(look, { rebuild: number });
        const own = await this.#own(number);
        const isDone = own?.marker?.head === own?.pull.head && own?.marker?.proven === result.proposal.commit;
        if (own && isDone)
          return {
            kind: 'rebuilt',
            head: own.pull.head,
            base: result.proposal.commit,
            isNew: own.pull.head !== head,
          };
        const outcome = outcomes?.find(({ key }) => key === result.proposal?.key);
        return { kind: 'refused', why: outcome?.why ?? ownText('something else came first: try again') };
      } catch (error) {
        why = unreadable(cluster, error);
      }
    }
    return { kind: 'refused', why };
  }
}

/** Why nothing is known of a cluster. */
export function unreadable({ name }: WatchedCluster, error: unknown): Prose {
  return prose`cluster ${name} could not be read: ${messageOf(error)}`;
}

/** Later than all that is known: where a command was written in the very second of another, the one that is carried out later is. */
function byTime(one: CommandRecord, other: CommandRecord): number {
  return one.writtenAt - other.writtenAt;
}

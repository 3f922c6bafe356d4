import { messageOf } from '../errors/error-message.ts';
import type {
  FieldValue,
  Given,
  OnPullRequest,
  Rebuilt,
  Reproposed,
  Subject,
  Undone,
} from '../chatops/actions.ts';
import { editHash } from '../lifecycle/description.ts';
import { ownPullRequest, type Own } from '../lifecycle/own.ts';
import type { CommandRecord } from '../store/records.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { act, type ActParts } from './act.ts';
import type { WatchedCluster } from './clusters.ts';
import type { CommandsChange } from './given-commands.ts';
import type { RepositoryScan } from './scan.ts';

/** Commands that change what a pull request proposes, or take one back. */
export class Reproposals {
  readonly #parts: ActParts;

  constructor(parts: ActParts) {
    this.#parts = parts;
  }

  get #host() {
    return this.#parts.scans.host;
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

  /** Proposes again with one command changed; `before` is the command as it was, restored when nothing is proposed. */
  async #repropose(
    subject: OnPullRequest,
    command: CommandRecord,
    before: CommandRecord | null,
  ): Promise<Reproposed> {
    const { scans, store } = this.#parts;
    const { number } = subject.pullRequest;
    const change: CommandsChange = (commands, thread) =>
      thread === number
        ? [...commands.filter(({ id }) => id !== command.id), command].sort(byTime)
        : commands;
    let unread: Prose | null = null;
    let reproposed: Reproposed | null = null;
    for (const cluster of scans.clusters) {
      const scanIt = async (): Promise<RepositoryScan | null> =>
        scans.scan(cluster.name, await scans.read(cluster), change);
      let scan: RepositoryScan | null = null;
      try {
        scan = await scanIt();
      } catch (error) {
        unread = unreadable(cluster, error);
      }
      reproposed = scan && (await this.#reproposed(subject, command, scan, scanIt));
      if (reproposed) break;
    }
    const result = reproposed ?? {
      kind: 'refused',
      why: unread ?? ownText('the failure has stopped'),
    };
    if (result.kind !== 'refused') await store.commands.save(command);
    else if (before) await store.commands.save(before);
    else await store.commands.remove(command.repository, command.id);
    return result;
  }

  /**
   * Null where the scan does not show the failure. When it is not proposed, as when somebody pushes meanwhile, it is tried on one more
   * scan.
   */
  async #reproposed(
    subject: OnPullRequest,
    command: CommandRecord,
    scan: RepositoryScan,
    scanAgain: (() => Promise<RepositoryScan | null>) | null,
  ): Promise<Reproposed | null> {
    const { number } = subject.pullRequest;
    const result = scan.report.results.find(({ incident }) =>
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
    await this.#parts.store.commands.save(command);
    const outcomes = await act(this.#parts, scan);
    const own = await this.#own(number);
    if (own?.marker?.edit === edit) {
      this.#parts.scans.replaceLatest(scan);
      return { kind: 'proposed', located: proposal.located, head: own.pull.head };
    }
    const outcome = outcomes.find(({ key }) => key === proposal.key);
    if (outcome && scanAgain) {
      const again = await scanAgain();
      return again && this.#reproposed(subject, command, again, null);
    }
    return { kind: 'refused', why: outcome?.why ?? ownText('its pull request is for something else now') };
  }

  async rebuild(subject: OnPullRequest): Promise<Rebuilt> {
    const { scans } = this.#parts;
    const { number, head } = subject.pullRequest;
    let why: Prose = ownText('the failure has stopped');
    for (const cluster of scans.clusters) {
      try {
        const scan = await scans.scan(cluster.name, await scans.read(cluster));
        const result = scan?.report.results.find(({ incident }) =>
          subject.fingerprints.includes(incident.fingerprint),
        );
        if (!scan || !result) continue;
        if (!result.proposal) return { kind: 'refused', why: result.decision.reason };
        const outcomes = await act(this.#parts, scan, { rebuild: number });
        const own = await this.#own(number);
        const isDone = own?.marker?.head === own?.pull.head && own?.marker?.proven === result.proposal.commit;
        if (own && isDone)
          return {
            kind: 'rebuilt',
            head: own.pull.head,
            base: result.proposal.commit,
            isNew: own.pull.head !== head,
          };
        const outcome = outcomes.find(({ key }) => key === result.proposal?.key);
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

import type { Edited, Host } from '../github/host.ts';
import { idOf, labelOf, tickedIn, type Box, type BoxesIn } from '../pull-requests/boxes.ts';
import type { Store } from '../store/store.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { refusalText, wasRefused } from './answer.ts';
import { carryOut, type Outcome } from './carry-out.ts';
import type { Command } from './command.ts';
import type { CommandActions, Subject } from './actions.ts';

/** An edit of a description, as a webhook tells of it. */
export interface Edit {
  /** Login. */
  readonly by: string;
  readonly isBot: boolean;
  readonly before: string;
  readonly after: string;
  /** Milliseconds since the epoch, kept to the second. */
  readonly at: number;
}

export interface BoxesParts {
  readonly host: Host;
  readonly actions: CommandActions;
  readonly store: Pick<Store, 'handled' | 'audit' | 'transaction'>;
  readonly commands: readonly Command[];
  readonly now: () => number;
  /** Unticks boxes in a description as it is by then; nothing is written when it stays the same. */
  readonly untick: (thread: number, boxes: readonly Box[], where: BoxesIn) => Promise<void>;
}

/** Where a box is: a pull request is about an incident; in the dashboard each box names one. */
export type Place =
  { readonly kind: 'pull-request'; readonly subject: Subject } | { readonly kind: 'dashboard' };

export type Ticked = Outcome | 'no-permission' | 'unknown-editor' | 'handled';

/** GitHub is asked for so many edits from either end. */
const SHORT_LIST = 50;

/** The answer to a command that was carried out before, and whose answer got lost. */
const INTERRUPTED =
  'This was done, but Faultline was interrupted before it could answer. `/rca status` shows the current state.';

/**
 * A tick is a command by whoever made the edit, with the checks and the records of `/rca`. Who that is, a webhook says; without one,
 * GitHub's list of edits does, as long as one person alone has edited since Faultline last wrote. Each tick is carried out once, and the
 * box is unticked when it is answered.
 */
export class Boxes {
  readonly #parts: BoxesParts;

  constructor(parts: BoxesParts) {
    this.#parts = parts;
  }

  /** @throws {HostError} when GitHub could not be asked or told; the same call may be made again. */
  async tick(thread: number, place: Place, edit: Edit | null): Promise<readonly Ticked[]> {
    const { host, untick } = this.#parts;
    const now = await host.edits(thread);
    if (now === null) return [];
    const there = tickedIn(now.body, place.kind);
    const [last] = now.edits;
    // What else is ticked has a webhook of its own, or is found by polling.
    const fresh =
      edit === null ? there : this.#isOurs(edit.by, edit.isBot) ? [] : newlyTicked(edit, place.kind);
    // Faultline may have written the description before it learned of the tick.
    const isLost = last !== undefined && this.#isOurs(last.by, last.isBot);
    const boxes = fresh.filter((box) => isLost || has(there, box));
    const outcomes: Ticked[] = [];
    for (const box of boxes) {
      const by = edit === null ? this.#soleEditor(now) : edit.by;
      const at = edit === null ? (last?.at ?? 0) : edit.at;
      outcomes.push(await this.#carryOut(thread, place, box, by, at));
    }
    const ticked = boxes.filter((box) => has(there, box));
    if (ticked.length > 0) await untick(thread, ticked, place.kind);
    return outcomes;
  }

  #isOurs(login: string | null, isBot: boolean): boolean {
    return isBot || login === this.#parts.host.login;
  }

  /** Null where nobody, or more than one, has edited since our last edit: then it is not known who ticked. */
  #soleEditor({ edits }: Edited): string | null {
    const end = edits.findIndex(({ by, isBot }) => this.#isOurs(by, isBot));
    // A long list may not go back to our last edit; a short one has all of them, and we wrote the first words.
    if (end < 0 && edits.length >= SHORT_LIST) return null;
    const people = new Set((end < 0 ? edits : edits.slice(0, end)).map(({ by }) => by));
    const [only] = people;
    return people.size === 1 ? (only ?? null) : null;
  }

  async #carryOut(thread: number, place: Place, box: Box, by: string | null, at: number): Promise<Ticked> {
    const { host, store, actions, commands, now } = this.#parts;
    const second = Math.floor(at / 1000);
    const keyAt = (time: number): string =>
      `box ${host.repository.toLowerCase()}#${thread} ${idOf(box)} ${time}`;
    const key = keyAt(second);
    // What tells of an edit may round its time another way.
    for (const known of [second, second - 1, second + 1].map(keyAt)) {
      if (!(await store.handled.has('comment', known))) continue;
      if (await store.handled.has('comment', `${known} said`)) return 'handled';
      await host.comment(thread, answer(box, by, INTERRUPTED));
      await store.handled.add('comment', `${known} said`, now());
      return 'handled';
    }
    const note = (outcome: Ticked): Promise<void> =>
      store.transaction(async ({ handled, audit }) => {
        if (!(await handled.add('comment', key, now()))) return;
        const { repository } = host;
        await audit.append('command', { repository, thread, box: idOf(box), author: by, outcome }, now());
      });
    const say = async (text: string): Promise<void> => {
      await host.comment(thread, text);
      await store.handled.add('comment', `${key} said`, now());
    };
    if (by === null) {
      await note('unknown-editor');
      await say(
        inline(
          prose`More than one person edited this, so it is not known who ticked ${ownText(`"${labelOf({ ...box, head: null })}"`)}. Nothing was done. Write \`${commandText(box)}\` in a comment instead.`,
        ),
      );
      return 'unknown-editor';
    }
    const permission = await host.permission(by);
    if (permission !== 'admin' && permission !== 'write') {
      await note('no-permission');
      if (!wasRefused(await host.comments(thread), host.login, by)) await say(refusalText(by));
      else await store.handled.add('comment', `${key} said`, now());
      return 'no-permission';
    }
    const subject = place.kind === 'pull-request' ? place.subject : await this.#subjectIn(box);
    const done = await carryOut(
      { kind: 'command', name: box.command, rest: restOf(box) },
      {
        actions,
        author: by,
        given: { id: key, thread: subject?.pullRequest?.number ?? thread, writtenAt: second * 1000 },
        now: now(),
        commands,
        isBlocked: false,
        subject: async () => subject,
      },
    );
    await note(done.outcome);
    await say(answer(box, by, done.text));
    return done.outcome;
  }

  /** Of the incidents of this repository alone: whoever edits a fingerprint reaches no other. */
  async #subjectIn({ fingerprint }: Box): Promise<Subject | null> {
    return fingerprint === null ? null : this.#parts.actions.incident(fingerprint);
  }
}

function has(boxes: readonly Box[], box: Box): boolean {
  return boxes.some((one) => idOf(one) === idOf(box));
}

function newlyTicked({ before, after }: Edit, where: BoxesIn): readonly Box[] {
  const were = tickedIn(before, where);
  return tickedIn(after, where).filter((box) => !has(were, box));
}

function restOf({ command, head }: Box): string {
  if (command === 'snooze') return '24h';
  return command === 'approve' ? (head ?? '') : '';
}

function commandText(box: Box): string {
  return `/rca ${box.command} ${restOf(box)}`.trim();
}

function answer(box: Box, by: string | null, text: string): string {
  const who = by === null ? prose`Somebody` : prose`${by}`;
  return `${inline(prose`${who} ticked ${ownText(`"${labelOf({ ...box, head: null })}"`)}:`)}\n\n${text}`;
}

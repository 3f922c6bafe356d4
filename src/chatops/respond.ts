import { HostError } from '../github/host-error.ts';
import type { Host } from '../github/host.ts';
import { DAY } from '../kubernetes/durations.ts';
import type { Store } from '../store/store.ts';
import {
  answerText,
  findAnswer,
  refusalText,
  wasRefused,
  workingText,
  type AnsweredCommand,
} from './answer.ts';
import { conversationOf, nameOf, type Conversation, type Said } from './conversation.ts';
import { acts, carryOut, type CarriedOut, type Outcome } from './carry-out.ts';
import type { Command } from './command.ts';
import type { CommandActions } from './actions.ts';
import { parseComment, type ParsedComment } from './parse.ts';

export interface ChatOpsParts {
  readonly host: Host;
  readonly actions: CommandActions;
  readonly store: Pick<Store, 'handled' | 'audit' | 'transaction'>;
  readonly commands: readonly Command[];
  readonly now: () => number;
  /** Settles when an answer has taken so long that people should see that it is being worked on. */
  readonly patience: () => Promise<unknown>;
}

/** What is noted of a command in one transaction. */
type Noted = Pick<Store, 'handled' | 'audit'>;

/** A text in an issue or pull request, as a webhook or polling brings it. Times are milliseconds since the epoch. */
export interface IncomingComment extends Said {
  readonly author: string;
  readonly isBot: boolean;
  readonly body: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type Response =
  | { readonly kind: 'ignored'; readonly why: Ignored }
  /** Somebody without write access; `isSaid`: false when they were told before. */
  | { readonly kind: 'no-permission'; readonly isSaid: boolean }
  | { readonly kind: 'answered'; readonly outcomes: readonly Outcome[] };

/**
 * `edited`: somebody may have changed the words of another. `old`: after a long stop, nobody may want it any more.
 */
export type Ignored = 'bot' | 'edited' | 'old' | 'no-command' | 'handled';

const OLDEST = DAY;

/** The answer to a command that was begun before, and whose answer was lost: later commands do not rely on it. */
const INTERRUPTED: CarriedOut = {
  outcome: 'failed',
  text: 'Faultline began this before and was interrupted before it could answer. `/rca status` shows the current state.',
  mayBeRepeated: false,
};

/** Of one command. */
function keyOf(comment: IncomingComment, index: number): string {
  return `${nameOf(comment)}/${index}`;
}

/**
 * Answers comments. Each is handled once: the store knows which, and where the store was lost, our own answer names the comment
 * that it is for. One call has to end before the next one for the same repository.
 */
export class ChatOps {
  readonly #parts: ChatOpsParts;

  constructor(parts: ChatOpsParts) {
    this.#parts = parts;
  }

  /** @throws {HostError} when GitHub could not be asked or told; the same call may be made again. */
  async respond(comment: IncomingComment): Promise<Response> {
    const { host, store } = this.#parts;
    const why = await this.ignored(comment);
    if (why) return { kind: 'ignored', why };
    const parsed = this.#parsed(comment);
    const permission = await host.permission(comment.author);
    if (permission !== 'admin' && permission !== 'write') return this.#turnDown(comment, parsed);
    const conversation = conversationOf(host, comment);
    await this.#noticed(conversation);
    const since = await conversation.comments(comment.createdAt);
    const answer = findAnswer(since ?? [], host.login, comment);
    if (answer?.state !== 'done') {
      const outcomes = await this.#answer(comment, conversation, parsed, answer?.id ?? null);
      await store.handled.add('comment', nameOf(comment), this.#parts.now());
      return { kind: 'answered', outcomes };
    }
    await store.handled.add('comment', nameOf(comment), this.#parts.now());
    return { kind: 'ignored', why: 'handled' };
  }

  #parsed({ body }: IncomingComment): ParsedComment {
    return parseComment(
      body,
      this.#parts.commands.map(({ name }) => name),
    );
  }

  /** Why a comment is not answered, as far as that is known without asking GitHub; null where it may be. */
  async ignored(comment: IncomingComment): Promise<Ignored | null> {
    const { host, store, now } = this.#parts;
    if (comment.isBot || comment.author === host.login) return 'bot';
    if (this.#parsed(comment).commands.length === 0) return 'no-command';
    if (comment.updatedAt !== comment.createdAt) return 'edited';
    if (now() - comment.createdAt > OLDEST) return 'old';
    return (await store.handled.has('comment', nameOf(comment))) ? 'handled' : null;
  }

  /** A comment that is gone by now cannot get a reaction; its commands are answered all the same. */
  async #noticed(conversation: Conversation): Promise<void> {
    try {
      await conversation.notice();
    } catch (error) {
      if (!(error instanceof HostError) || error.transient) throw error;
    }
  }

  /** Once for a person in a thread: further commands get no reply. */
  async #turnDown(comment: IncomingComment, { commands }: ParsedComment): Promise<Response> {
    const { host, store, now } = this.#parts;
    const told = `turned down ${host.repository.toLowerCase()}#${comment.thread} ${comment.author}`;
    const conversation = conversationOf(host, comment);
    const comments = await conversation.comments();
    const isSaid =
      comments === null
        ? !(await store.handled.has('comment', told))
        : !wasRefused(comments, host.login, comment.author);
    if (isSaid) await conversation.say(refusalText(comment.author));
    await store.transaction(async (part) => {
      await part.handled.add('comment', told, now());
      await part.handled.add('comment', nameOf(comment), now());
      for (const { line } of commands) await this.#audit(part, comment, line, 'no-permission');
    });
    return { kind: 'no-permission', isSaid };
  }

  /** One comment for all commands. It is written when they are done, or as a promise of that when they take longer. */
  async #answer(
    comment: IncomingComment,
    conversation: Conversation,
    parsed: ParsedComment,
    existing: number | null,
  ): Promise<readonly Outcome[]> {
    const { patience, store } = this.#parts;
    const work = this.#carryOutAll(comment, parsed);
    work.catch(() => undefined);
    const isQuick = await Promise.race([work.then(() => true), patience().then(() => false)]);
    let place = existing;
    if (!isQuick && place === null)
      place = (await conversation.say(workingText(comment, parsed.commands.length))).id;
    const answered = await work;
    const text = answerText(comment, answered, parsed.left);
    if (place === null) await conversation.say(text);
    else await conversation.update(place, text);
    await store.transaction(async (part) => {
      for (const [index, one] of answered.entries()) await this.#note(part, comment, index, one);
    });
    return answered.map(({ outcome }) => outcome);
  }

  async #carryOutAll(
    comment: IncomingComment,
    { commands }: ParsedComment,
  ): Promise<readonly (AnsweredCommand & CarriedOut)[]> {
    const { store, actions, now } = this.#parts;
    const answered: (AnsweredCommand & CarriedOut)[] = [];
    for (const [index, { line, order }] of commands.entries()) {
      const wasBegun = await store.handled.has('comment', keyOf(comment, index));
      const result: CarriedOut =
        wasBegun && acts(order, this.#parts.commands)
          ? INTERRUPTED
          : await carryOut(order, {
              actions,
              author: comment.author,
              given: { id: keyOf(comment, index), thread: comment.thread, writtenAt: comment.createdAt },
              now: now(),
              commands: this.#parts.commands,
              isBlocked: answered.some(({ outcome }) => outcome !== 'done'),
              subject: () => actions.subjectOf(comment.thread),
            });
      const done = { line, ...result };
      if (!result.mayBeRepeated) await store.transaction((part) => this.#note(part, comment, index, done));
      answered.push(done);
    }
    return answered;
  }

  /** Notes that a command is dealt with: at once, so that it is not carried out again, or with its answer when it may be. */
  async #note(
    store: Noted,
    comment: IncomingComment,
    index: number,
    { line, outcome }: AnsweredCommand & CarriedOut,
  ): Promise<void> {
    const isNew = await store.handled.add('comment', keyOf(comment, index), this.#parts.now());
    if (isNew) await this.#audit(store, comment, line, outcome);
  }

  async #audit(
    { audit }: Noted,
    comment: IncomingComment,
    line: string,
    outcome: Outcome | 'no-permission',
  ): Promise<void> {
    const { host, now } = this.#parts;
    const { kind, thread, id, author } = comment;
    const where = kind === 'comment' ? { comment: id } : { [kind]: id };
    await audit.append(
      'command',
      { repository: host.repository, thread, ...where, author, line, outcome },
      now(),
    );
  }
}

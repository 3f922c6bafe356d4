import { DAY, MINUTE } from '../kubernetes/durations.ts';
import type { Severity, Story, StoryOutcome } from '../model/story.ts';
import type { Store } from '../store/store.ts';
import type { OutboxRecord } from '../store/telling.ts';
import { digestOf } from './digest.ts';
import { fill, noteDigests } from './fill.ts';
import type { Delivery, Message, Notifier } from './message.ts';
import { quietUntil, type Route } from './route.ts';
import { storiesText, storyText, type Text } from './texts.ts';

/** What came of a message, for the log and the metrics. */
export type Sent = 'delivered' | 'retried' | 'refused' | 'given-up' | 'unknown';

export interface NotificationsParts {
  readonly routes: readonly Route[];
  readonly notifierOf: (route: Route) => Notifier;
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly onSent: (
    route: Route,
    sent: Sent,
    about: { readonly message: string; readonly problem: string | null },
  ) => void;
}

/** More messages than these at once become one. */
const MOST_AT_ONCE = 10;
const SHORTEST_PAUSE = 5_000;
const LONGEST_PAUSE = 60 * MINUTE;

interface Told {
  readonly record: OutboxRecord;
  readonly story: Story;
  readonly outcome: StoryOutcome;
}

/** Messages of one version of the settings: noted in the store, and sent from there, each once. */
export class Notifications {
  readonly #parts: NotificationsParts;
  readonly #notifiers: ReadonlyMap<string, Notifier>;
  #isStopping = false;

  constructor(parts: NotificationsParts) {
    this.#parts = parts;
    this.#notifiers = new Map(parts.routes.map((route) => [route.name, parts.notifierOf(route)]));
  }

  get routes(): readonly string[] {
    return this.#parts.routes.map(({ name }) => name);
  }

  /** Begins to send nothing more. */
  stop(): void {
    this.#isStopping = true;
  }

  /**
   * Notes messages for what happened since.
   *
   * @returns when it has to be called again whether or not anything happens; null: never
   */
  async fill(): Promise<number | null> {
    const { store, routes, now } = this.#parts;
    while (await fill(store, routes));
    return noteDigests(store, routes, now());
  }

  /**
   * Sends what is due on a route, one message after the other. Of one route, one call at a time.
   *
   * @returns when the next is due, milliseconds since the epoch; null where none waits
   */
  async deliver(name: string): Promise<number | null> {
    const { routes, store, now } = this.#parts;
    const route = routes.find((one) => one.name === name);
    if (!route) return null;
    await this.#settleInterrupted(route);
    while (!this.#isStopping) {
      const waiting = await this.#hold(route, await this.#fresh(route, await store.outbox.open(name)));
      const paused = waiting.find(({ attempts, dueAt }) => attempts > 0 && dueAt > now());
      if (paused) return paused.dueAt;
      const due = waiting.filter(({ dueAt }) => dueAt <= now());
      if (due.length === 0)
        return waiting.length === 0 ? null : Math.min(...waiting.map(({ dueAt }) => dueAt));
      const together = due.filter(({ incident }) => incident !== null);
      const isMany = together.length > MOST_AT_ONCE;
      const held = together.filter(({ held: isHeld }) => isHeld);
      if (isMany) await this.#sendTogether(route, together, 'many');
      else if (held.length > 1) await this.#sendTogether(route, held, 'quiet-hours');
      else await this.#sendOne(route, due[0]!);
    }
    return null;
  }

  /** A request that was under way when the process died may have arrived: only who takes each message once gets it again. */
  async #settleInterrupted(route: Route): Promise<void> {
    const { store, now } = this.#parts;
    const interrupted = (await store.outbox.open(route.name)).filter(({ state }) => state === 'sending');
    for (const record of interrupted) {
      if (route.service === 'webhook') await store.outbox.save({ ...record, state: 'waiting' });
      else await this.#over(route, [record], 'unknown', 'Faultline ended while it was sent', now());
    }
  }

  /** Without those that could not be sent for a day. */
  async #fresh(route: Route, open: readonly OutboxRecord[]): Promise<readonly OutboxRecord[]> {
    const { now } = this.#parts;
    const isLate = ({ at, held, attempts }: OutboxRecord): boolean =>
      attempts > 0 && now() - at > (held ? 2 * DAY : DAY);
    for (const record of open.filter(isLate))
      await this.#over(route, [record], 'given-up', record.problem ?? 'not sent in a day', now());
    return open.filter((record) => !isLate(record));
  }

  /** Quiet hours hold what would be sent during them, but for a digest, whose time somebody chose. */
  async #hold(route: Route, waiting: readonly OutboxRecord[]): Promise<readonly OutboxRecord[]> {
    const { store, now } = this.#parts;
    if (route.quiet === null) return waiting;
    const left: OutboxRecord[] = [];
    for (const record of waiting) {
      const severity = await this.#severityOf(record);
      const until =
        record.incident === null ? null : quietUntil(route.quiet, severity, Math.max(now(), record.dueAt));
      const next = until === null ? record : { ...record, held: true, dueAt: until };
      if (next !== record && (!record.held || record.dueAt !== until)) await store.outbox.save(next);
      left.push(next);
    }
    return left;
  }

  async #severityOf({ incident }: OutboxRecord): Promise<Severity | null> {
    return incident === null ? null : ((await this.#storyOf(incident))?.severity ?? null);
  }

  async #storyOf(incident: string): Promise<Story | null> {
    const [fingerprint = '', episode] = incident.split(':');
    const story = await this.#parts.store.stories.get(fingerprint);
    return story !== null && String(story.episode) === episode ? story : null;
  }

  /** What a message says now; null where it is not true any more. */
  async #toldOf(record: OutboxRecord): Promise<Told | null> {
    const story = record.incident === null ? null : await this.#storyOf(record.incident);
    if (story === null || record.outcome === 'digest') return null;
    if (record.outcome === 'recovered' && story.goneSince === null && story.outcome !== 'recovered')
      return null;
    return { record, story, outcome: record.outcome };
  }

  async #sendTogether(
    route: Route,
    records: readonly OutboxRecord[],
    why: 'quiet-hours' | 'many',
  ): Promise<void> {
    const told: Told[] = [];
    for (const record of records) {
      const one = await this.#toldOf(record);
      if (one) told.push(one);
      else await this.#drop(record);
    }
    if (told.length === 0) return;
    const text = storiesText(told, { why });
    await this.#send(
      route,
      told.map(({ record }) => record),
      { ...text, id: records[0]!.id, thread: null },
    );
  }

  async #sendOne(route: Route, record: OutboxRecord): Promise<void> {
    const { store } = this.#parts;
    const told = await this.#toldOf(record);
    const text: Text | null =
      record.outcome === 'digest'
        ? await digestOf(store, route, record.dueAt)
        : told && storyText(told.story, told.outcome);
    if (text === null) return this.#drop(record);
    const thread = record.incident === null ? null : await store.threads.get(route.name, record.incident);
    await this.#send(route, [record], { ...text, id: record.id, thread });
  }

  async #drop(record: OutboxRecord): Promise<void> {
    const { store, now } = this.#parts;
    await store.outbox.save({ ...record, state: 'dropped', endedAt: now() });
  }

  /** Noted as under way before it is sent, and as sent after that. */
  async #send(route: Route, records: readonly OutboxRecord[], message: Message): Promise<void> {
    const { store, now } = this.#parts;
    await store.transaction(async ({ outbox }) => {
      for (const record of records) await outbox.save({ ...record, state: 'sending' });
    });
    const delivery = await this.#notify(route, message);
    switch (delivery.kind) {
      case 'delivered':
        await this.#noteThread(route, records, delivery);
        return this.#over(route, records, 'delivered', null, now());
      case 'later':
        return this.#later(route, records, delivery);
      case 'refused':
      case 'unknown':
        return this.#over(route, records, delivery.kind, delivery.problem, now());
    }
  }

  /** A secret that is not there is put there later. */
  async #notify(route: Route, message: Message): Promise<Delivery> {
    try {
      return await this.#notifiers.get(route.name)!.notify(message);
    } catch (error) {
      return { kind: 'later', problem: (error as Error).message, after: null };
    }
  }

  async #noteThread(
    route: Route,
    records: readonly OutboxRecord[],
    { place }: Extract<Delivery, { kind: 'delivered' }>,
  ): Promise<void> {
    const { store, now } = this.#parts;
    const [{ incident } = { incident: null }] = records;
    if (place === null || incident === null || records.length > 1) return;
    await store.threads.save({ route: route.name, incident, ...place, at: now() });
  }

  async #later(
    route: Route,
    records: readonly OutboxRecord[],
    { problem, after }: Extract<Delivery, { kind: 'later' }>,
  ): Promise<void> {
    const { store, now, onSent } = this.#parts;
    const attempts = Math.max(...records.map((record) => record.attempts)) + 1;
    const dueAt = now() + Math.max(after ?? 0, this.#pauseAfter(attempts));
    await store.transaction(async ({ outbox }) => {
      for (const record of records)
        await outbox.save({ ...record, state: 'waiting', attempts, dueAt, problem });
    });
    onSent(route, 'retried', { message: records[0]!.id, problem });
  }

  /** Twice as long each time, up to an hour; between half of that and all of it, so that not all come back at once. */
  #pauseAfter(attempts: number): number {
    const longest = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** Math.min(attempts, 20));
    return Math.round(longest * (0.5 + this.#parts.random() / 2));
  }

  async #over(
    route: Route,
    records: readonly OutboxRecord[],
    sent: Exclude<Sent, 'retried'>,
    problem: string | null,
    endedAt: number,
  ): Promise<void> {
    const { store, onSent } = this.#parts;
    const state = sent === 'delivered' ? 'sent' : sent === 'refused' ? 'given-up' : sent;
    await store.transaction(async ({ outbox }) => {
      for (const record of records) await outbox.save({ ...record, state, problem, endedAt });
    });
    onSent(route, sent, { message: records[0]!.id, problem });
  }
}

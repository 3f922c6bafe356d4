import { DAY, MINUTE } from '../kubernetes/durations.ts';
import { storyKey, type Story, type StoryOutcome } from '../model/story.ts';
import { entryOf } from '../store/entries.ts';
import type { Store } from '../store/store.ts';
import type { OutboxRecord } from '../store/telling.ts';
import { retold, type Known, type Retold } from './retell.ts';
import { isFor, nextDigest, SETTLING, type Route } from './route.ts';

/** Where reading the audit log goes on. */
const CURSOR = 'notifications read';
/** So many records are taken at a time: the store has other things to do. */
const AT_ONCE = 500;
/** How long a failure has to stay away until it is told, in milliseconds. */
const AWAY = 15 * MINUTE;

/**
 * Reads what the audit log has said since, keeps the stories of incidents, and notes the messages that follow from it, all in one
 * transaction: whatever happens, each record leads to its messages once. Whoever begins to use routes is not told of the past.
 *
 * @returns whether there is more to read
 */
export async function fill(store: Store, routes: readonly Route[]): Promise<boolean> {
  return store.transaction(async (part) => {
    const since = await part.cursors.get(CURSOR);
    if (since === null) {
      await part.cursors.set(CURSOR, String((await part.audit.head())?.sequence ?? 0));
      return false;
    }
    let read = 0;
    let last = Number(since);
    let stories: Stories | null = null;
    for await (const record of part.audit.recordsAfter(last)) {
      last = record.sequence;
      read += 1;
      const entry = entryOf(record);
      if (entry !== null) {
        stories ??= new Stories(await part.stories.list());
        for (const told of retold(entry, stories)) {
          stories.put(told.story);
          await part.stories.save(told.story, entry.at);
          if (told.isNews) for (const route of routes) await note(part, route, told, entry);
        }
      }
      if (read === AT_ONCE) break;
    }
    if (read > 0) await part.cursors.set(CURSOR, String(last));
    return read === AT_ONCE;
  });
}

class Stories implements Known {
  readonly #all: Map<string, Story>;

  constructor(stories: readonly Story[]) {
    this.#all = new Map(stories.map((story) => [story.fingerprint, story]));
  }

  put(story: Story): void {
    this.#all.set(story.fingerprint, story);
  }

  byFingerprint(fingerprint: string): Story | null {
    return this.#all.get(fingerprint) ?? null;
  }

  byPullRequest(repository: string, number: number): readonly Story[] {
    return [...this.#all.values()].filter(
      ({ pullRequest }) => pullRequest?.repository === repository && pullRequest.number === number,
    );
  }
}

/** What is new joins a message about the same incident that still waits: people get one that says both. */
async function note(
  { outbox }: Pick<Store, 'outbox'>,
  route: Route,
  { story }: Retold,
  { sequence, at }: { readonly sequence: number; readonly at: number },
): Promise<void> {
  const outcome: StoryOutcome = story.goneSince === null ? story.outcome : afterGoing(story);
  const incident = storyKey(story);
  if (!isFor(route, story, outcome)) return;
  const waiting = (await outbox.open(route.name)).find(
    (one) => one.incident === incident && one.state === 'waiting' && one.attempts === 0,
  );
  if (waiting)
    return outbox.save({ ...waiting, outcome, dueAt: Math.max(waiting.dueAt, dueAt(story, outcome, at)) });
  if (!route.followUps && (await outbox.has(route.name, incident))) return;
  return outbox.add({
    ...NEW,
    id: `${route.name} ${incident} ${sequence}`,
    route: route.name,
    incident,
    outcome,
    at,
    dueAt: dueAt(story, outcome, at),
  });
}

function afterGoing({ outcome }: Story): StoryOutcome {
  return outcome === 'resolved' || outcome === 'merged' || outcome === 'failed' ? outcome : 'recovered';
}

function dueAt({ goneSince }: Story, outcome: StoryOutcome, at: number): number {
  if (outcome === 'recovered') return (goneSince ?? at) + AWAY;
  return outcome === 'found' ? at + SETTLING : at;
}

const NEW = { attempts: 0, state: 'waiting', held: false, problem: null, endedAt: null } as const;

/**
 * Notes the digests that are due.
 *
 * @returns when the next one is, milliseconds since the epoch; null without digests
 */
export async function noteDigests(
  store: Store,
  routes: readonly Route[],
  now: number,
): Promise<number | null> {
  const next: number[] = [];
  for (const { name, digest } of routes) {
    if (digest === null) continue;
    await store.transaction(async ({ cursors, outbox }) => {
      const key = `digest ${name}`;
      const known = Number((await cursors.get(key)) ?? Number.NaN);
      const due = Number.isNaN(known) ? nextDigest(digest, now) : known;
      if (due > now) {
        if (due !== known) await cursors.set(key, String(due));
        next.push(due);
        return;
      }
      // One that was missed by long says nothing that people still want to know.
      if (now - due < DAY) await outbox.add(digestMessage(name, due));
      const after = nextDigest(digest, now);
      await cursors.set(key, String(after));
      next.push(after);
    });
  }
  return next.length === 0 ? null : Math.min(...next);
}

function digestMessage(route: string, due: number): OutboxRecord {
  return {
    ...NEW,
    id: `${route} digest ${due}`,
    route,
    incident: null,
    outcome: 'digest',
    at: due,
    dueAt: due,
  };
}

import { APP_EVENTS } from '../github/app-permissions.ts';
import type { WebhookDeliveries } from '../github/webhook-deliveries.ts';
import { DAY, MINUTE } from '../kubernetes/durations.ts';
import type { Store } from '../store/store.ts';

export interface MissedParts {
  readonly deliveries: Pick<WebhookDeliveries, 'failedSince' | 'redeliver'>;
  readonly store: Pick<Store, 'cursors' | 'handled'>;
  /** Whether a repository, by its number, is served here. */
  readonly serves: (repository: number) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Missed {
  /** So many were asked for again. */
  readonly asked: number;
  /** True where there are more than one run asks for. */
  readonly isMore: boolean;
}

/** So many are asked for again in one run: each is a request to GitHub, and one back. */
const MOST_ASKED = 50;
/** GitHub keeps deliveries for so long. */
const KEPT = 3 * DAY;
/** A delivery is listed a while after it was made, and the clocks differ. */
const OVERLAP = 15 * MINUTE;

const CURSOR = 'deliveries';
const ABOUT_INSTALLATIONS = ['installation', 'installation_repositories'];

/**
 * Asks GitHub once more for webhooks that did not arrive: while nobody listened, or while something in between failed. Each is asked for
 * once, whatever comes of that; polling finds what it was about all the same. What was handled although GitHub got no answer is left alone.
 *
 * @throws {HostError} when GitHub cannot be asked; the next run goes on where this one ended
 */
export async function askForMissed({ deliveries, store, serves, now }: MissedParts): Promise<Missed> {
  const known = await store.cursors.get(CURSOR);
  // What failed before anybody listened for the first time is about nothing that was served.
  const since = known === null ? now : Math.max(Number(known) - OVERLAP, now - KEPT);
  const { found, isWhole } = await deliveries.failedSince(since);
  let asked = 0;
  for (const delivery of found) {
    const { event, repository, guid, at } = delivery;
    const isOurs =
      repository === null
        ? ABOUT_INSTALLATIONS.includes(event)
        : serves(repository) && [...APP_EVENTS, ...ABOUT_INSTALLATIONS].includes(event);
    if (!isOurs || (await store.handled.has('delivery', guid))) continue;
    if (await store.handled.has('delivery', markOf(guid))) continue;
    if (asked === MOST_ASKED) {
      await store.cursors.set(CURSOR, String(at));
      return { asked, isMore: true };
    }
    if (await deliveries.redeliver(delivery)) asked += 1;
    // Afterwards: one that comes twice because the process died in between is handled once.
    await store.handled.add('delivery', markOf(guid), now);
  }
  await store.cursors.set(CURSOR, String(now));
  return { asked, isMore: !isWhole };
}

function markOf(guid: string): string {
  return `asked again ${guid}`;
}

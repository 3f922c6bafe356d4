import { DAY } from '../kubernetes/durations.ts';
import type { StoryOutcome } from '../model/story.ts';
import { happenedIn } from '../report/happened.ts';
import { historyOf, type PastIncident } from '../report/history.ts';
import { readEntries, type PullRequestOpened } from '../store/entries.ts';
import type { Store } from '../store/store.ts';
import { counted, prose, type Prose } from '../untrusted/prose.ts';
import { concerns, type Route } from './route.ts';
import { digestText, type Text } from './texts.ts';

const OPEN: ReadonlySet<StoryOutcome> = new Set([
  'found',
  'monitored',
  'declined',
  'escalated',
  'proposed',
  'closed',
  'failed',
]);

/** The digest of a route that is due at a time: what happened in the day or week before it, and what fails still. */
export async function digestOf(store: Store, route: Route, to: number): Promise<Text> {
  const from = to - (route.digest?.days ?? 1) * DAY;
  const entries = await readEntries(store.audit.records());
  const history = historyOf(entries.filter(({ at }) => at < to));
  const happened = happenedIn(
    {
      incidents: history.incidents.filter((one) => isConcerned(route, one)),
      proposals: history.proposals.filter(({ about }) => isConcerned(route, about)),
    },
    { since: from, until: to },
  );
  const { incidents, opened, merged, closed, held, failed } = happened;
  const lines: readonly Prose[] = [
    prose`Began: ${counted(incidents, 'incident')}.`,
    prose`Pull requests: ${opened} opened, ${merged} merged, ${closed} closed unmerged.`,
    prose`Merged changes: ${held} held, ${failed} did not.`,
  ];
  const open = (await store.stories.list()).filter(
    (story) => concerns(route, story) && story.goneSince === null && OPEN.has(story.outcome),
  );
  return digestText({ from, to, lines }, open);
}

function isConcerned(
  route: Route,
  { foreseen, cluster, object, culprit = object }: PullRequestOpened['incident'] | PastIncident,
): boolean {
  return concerns(route, { severity: foreseen ? 'warning' : 'critical', cluster, object, culprit });
}

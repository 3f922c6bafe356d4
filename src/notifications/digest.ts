import { DAY } from '../kubernetes/durations.ts';
import type { StoryOutcome } from '../model/story.ts';
import { entriesIn } from '../store/entries.ts';
import type { Store } from '../store/store.ts';
import { counted, prose, type Prose } from '../untrusted/prose.ts';
import { isFor, type Route } from './route.ts';
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
  const stories = await store.stories.list();
  const ours = stories.filter((story) =>
    isFor({ ...route, outcomes: [story.outcome] }, story, story.outcome),
  );
  const fingerprints = new Set(ours.map(({ fingerprint }) => fingerprint));
  const pulls = new Set(
    ours.flatMap(({ pullRequest }) =>
      pullRequest ? [`${pullRequest.repository}#${pullRequest.number}`] : [],
    ),
  );
  const counts = { opened: 0, proposed: 0, merged: 0, closed: 0, resolved: 0, failed: 0 };
  for await (const entry of entriesIn(store.audit.records(from))) {
    if (entry.at >= to) continue;
    const { said } = entry;
    if ('change' in said) {
      if (said.change === 'opened' && fingerprints.has(said.fingerprint)) counts.opened += 1;
    } else if ('repository' in said && 'number' in said && pulls.has(`${said.repository}#${said.number}`)) {
      if ('opened' in said) counts.proposed += 1;
      else if ('ended' in said) counts[said.ended] += 1;
      else if ('outcome' in said && said.outcome === 'resolved') counts.resolved += 1;
      else if ('outcome' in said && (said.outcome === 'still-failing' || said.outcome === 'worse'))
        counts.failed += 1;
    }
  }
  const { opened, proposed, merged, closed, resolved, failed } = counts;
  const lines: readonly Prose[] = [
    prose`${counted(opened, 'incident')} began.`,
    prose`${counted(proposed, 'pull request')} opened, ${merged} merged, ${closed} closed unmerged.`,
    prose`${counted(resolved, 'merged change')} held, ${failed} did not.`,
  ];
  const open = ours.filter(({ outcome, goneSince }) => goneSince === null && OPEN.has(outcome));
  return digestText({ from, to, lines }, open);
}

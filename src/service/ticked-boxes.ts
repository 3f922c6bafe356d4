import type { CommandActions } from '../chatops/actions.ts';
import type { Edit, Place } from '../chatops/tick.ts';
import { parseDashboardMarker } from '../dashboard/marker.ts';
import type { Host } from '../github/host.ts';
import { idOf, tickedIn, withTicks, type Box, type BoxesIn } from '../pull-requests/boxes.ts';

/** Whether an edit may have ticked a box of ours: most of what people edit has none. */
export function mayHoldBoxes({ isBot, before, after }: Edit): boolean {
  return !isBot && /<!-- faultline:/.test(`${before}${after}`);
}

/** Whether boxes in a thread are ours: in a pull request of Faultline, or in the dashboard. */
export async function placeOfBoxes(
  host: Host,
  thread: number,
  actions: Pick<CommandActions, 'subjectOf'>,
): Promise<Place | null> {
  const subject = await actions.subjectOf(thread);
  if (subject) return subject.pullRequest === null ? null : { kind: 'pull-request', subject };
  const issue = await host.issue(thread);
  if (!issue || issue.isPullRequest || issue.author !== host.login) return null;
  return parseDashboardMarker(issue.body) === null ? null : { kind: 'dashboard' };
}

/** Takes ticks off a description, as it is by then; what else is in it stays. */
export async function untick(
  host: Host,
  thread: number,
  boxes: readonly Box[],
  where: BoxesIn,
): Promise<void> {
  const now = await host.edits(thread);
  if (now === null) return;
  const left = tickedIn(now.body, where).filter((box) => !boxes.some((one) => idOf(one) === idOf(box)));
  const body = withTicks(now.body, left, where);
  if (body === now.body.replaceAll('\r\n', '\n')) return;
  if (where === 'pull-request') await host.updatePullRequest(thread, { body });
  else await host.updateIssue(thread, { body });
}

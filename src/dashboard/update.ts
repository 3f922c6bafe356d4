import type { Host, HostIssue } from '../github/host.ts';
import { HOUR } from '../kubernetes/durations.ts';
import type { Dashboard } from './dashboard.ts';
import { tickedIn, withTicks } from '../pull-requests/boxes.ts';
import { contentHash, parseDashboardMarker, textHash, type DashboardMarker } from './marker.ts';
import { DASHBOARD_TITLE, dashboardText, switchedOffText } from './text.ts';

/** Times and counts are brought up to date this often when nothing else changes. */
const FRESH = HOUR;

export type DashboardUpdate =
  | 'opened'
  | 'edited'
  | 'unchanged'
  /** A person closed it: it stays closed and is not written to. */
  | 'closed-by-people'
  | 'switched-off'
  | 'off';

/** Keeps the one dashboard issue in place; `isOn` is the switch in the configuration, and without `mayOpen` none is opened. */
export async function updateDashboard(
  host: Pick<Host, 'ownIssues' | 'openIssue' | 'updateIssue'>,
  dashboard: Dashboard,
  isOn: boolean,
  mayOpen = true,
): Promise<DashboardUpdate> {
  const found = findDashboard(await host.ownIssues());
  if (!isOn) return switchOff(host, found, dashboard.now);
  const body = dashboardText(dashboard);
  if (found === null) {
    if (!mayOpen) return 'off';
    await host.openIssue({ title: DASHBOARD_TITLE, body, labels: ['faultline'] });
    return 'opened';
  }
  const { issue, marker } = found;
  if (issue.state === 'closed' && marker.isOn) return 'closed-by-people';
  const isSame = marker.isOn && marker.content === contentHash(dashboard);
  // Words that a person changed mean nothing, and would mislead the next reader.
  const isTheirs = marker.text !== null && marker.text !== textHash(issue.body);
  if (isSame && !isTheirs && dashboard.now - marker.at * 1000 < FRESH) return 'unchanged';
  const ticked = withTicks(body, tickedIn(issue.body, 'dashboard'), 'dashboard');
  await host.updateIssue(issue.number, {
    body: ticked,
    ...(issue.state === 'closed' ? { state: 'open' } : {}),
  });
  return 'edited';
}

async function switchOff(
  host: Pick<Host, 'updateIssue'>,
  found: Found | null,
  now: number,
): Promise<DashboardUpdate> {
  if (found === null || found.issue.state === 'closed') return 'off';
  await host.updateIssue(found.issue.number, { body: switchedOffText(now), state: 'closed' });
  return 'switched-off';
}

interface Found {
  readonly issue: HostIssue;
  readonly marker: DashboardMarker;
}

/** The oldest of ours that says so in its last line. */
function findDashboard(issues: readonly HostIssue[]): Found | null {
  const found = issues.flatMap((issue) => {
    const marker = issue.isPullRequest ? null : parseDashboardMarker(issue.body);
    return marker ? [{ issue, marker }] : [];
  });
  return found.sort((a, b) => a.issue.number - b.issue.number)[0] ?? null;
}

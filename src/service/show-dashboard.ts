import { entriesOf } from '../dashboard/entries.ts';
import { updateDashboard } from '../dashboard/update.ts';
import { reportsIn } from '../lifecycle/report-issue.ts';
import { repositoryProblems } from '../sources/problems.ts';
import type { ActParts } from './act.ts';
import { unexplainedAlerts } from './unexplained-alerts.ts';
import { knownOf } from './known-incidents.ts';
import { hasConfiguration, type Round } from './scan.ts';

/** Keeps the one dashboard issue in place. */
export async function showDashboard(
  { scans, store, onboarding, log, now }: ActParts,
  round: Round = scans.newRound(),
): Promise<void> {
  const { host } = round;
  const { notices, hasIssues, paused } = scans.presence;
  if (!hasIssues || paused !== null) return;
  const checkout = await round.checkOut();
  if (!checkout) return;
  const mine = new Set(
    scans.latest.flatMap(({ report }) => report.results.map(({ incident }) => incident.fingerprint)),
  );
  const reports = reportsIn(await host.ownIssues());
  scans.reports = reports;
  const { repository } = host;
  const names = scans.clusters.map(({ name }) => name);
  const known = await knownOf(store, { repository, clusters: new Set(names), seen: mine }, now());
  const entries = entriesOf({ ...known, reports }, now());
  const { config, configErrors, revision } = checkout;
  const unread = await repositoryProblems(revision);
  const clusters = (await scans.recorded()).map(({ cluster, scannedAt, problem }) => ({
    name: cluster,
    scannedAt,
    problem,
  }));
  const alerts = await unexplainedAlerts(store, scans.latest, now());
  const dashboard = { now: now(), entries, configErrors, clusters, unread, notices, alerts };
  const mayOpen = onboarding === 'none' || hasConfiguration(checkout);
  const done = await updateDashboard(host, dashboard, config.dashboard, mayOpen);
  log.debug({ repository, done }, 'dashboard');
}

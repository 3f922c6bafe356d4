import type { IncidentResult } from '../model/report.ts';
import { escalationReport } from '../pull-requests/escalation.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import type { Outcome } from './outcome.ts';
import { parseReportLine, reportIssue } from './report-issue.ts';
import type { IssueOpened } from '../store/entries.ts';
import { silenced } from './silence.ts';
import type { Run } from './run.ts';

/**
 * One issue for each cause of an incident that a person must think about and that no edit is known for. What people closed stays
 * closed: the same incident gets another issue only for another cause.
 */
export async function reportEscalations(
  run: Run,
  results: readonly IncidentResult[],
): Promise<readonly Outcome[]> {
  const { host, config, store, now } = run;
  const wanted = results.filter(
    ({ decision, proposal }) => decision.action === 'escalate' && proposal === null,
  );
  if (!config.reports || wanted.length === 0) return [];
  const known = (await host.ownIssues())
    .filter(({ author, isPullRequest }) => author === host.login && !isPullRequest)
    .map((issue) => ({ issue, line: parseReportLine(issue.body) }));
  let opened = 0;
  const outcomes: Outcome[] = [];
  for (const { incident, decision, located } of wanted) {
    const { fingerprint, finding } = incident;
    const { issue } =
      known.find(({ line }) => line?.fingerprint === fingerprint && line.cause === finding.cause) ?? {};
    const outcome = (
      kind: Outcome['kind'],
      number: number | null,
      why = prose`${finding.cause}`,
    ): Outcome => ({
      kind,
      why,
      key: null,
      fingerprints: [fingerprint],
      number,
    });
    const silence = await silenced(run, [incident]);
    if (issue) outcomes.push(outcome(issue.state === 'open' ? 'unchanged' : 'respected', issue.number));
    else if (silence) outcomes.push(outcome('waiting', null, silence));
    else if (opened >= config.limits.perHour)
      outcomes.push(outcome('waiting', null, ownText('enough reports for now')));
    else {
      const text = reportIssue(incident, escalationReport(incident, decision, located));
      const { number, url } = await host.openIssue({
        ...text,
        labels: ['faultline', `faultline: ${finding.rule}`],
      });
      opened += 1;
      const { repository } = host;
      const { title } = text;
      const said: IssueOpened = { repository, number, url, title, fingerprint, cause: finding.cause };
      await store.audit.append('issue', { ...said }, now);
      outcomes.push(outcome('reported', number));
    }
  }
  return outcomes;
}

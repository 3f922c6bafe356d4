import { describeRef } from '../kubernetes/objects.ts';
import { escalationText } from '../pull-requests/escalation.ts';
import { sentence } from '../pull-requests/room.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import type { Seen } from './desk.ts';

/** One that has as many failures is read in the dashboard. */
const MOST = 3;

/** What is known of each incident, and where it is dealt with. */
export function reportText(seen: readonly Seen[]): string {
  const reports = seen.slice(0, MOST).map((one) => {
    const { incident, decision, located } = one.result;
    return [
      `### ${inline(prose`${describeRef(incident.finding.object)}`)}`,
      escalationText(incident, decision, located),
      whereabouts(one),
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  const left = seen.slice(MOST).map(({ result: { incident } }) => {
    const { object, summary } = incident.finding;
    return `- ${inline(prose`${describeRef(object)}:`)} ${sentence(summary)}`;
  });
  return [...reports, left.length === 0 ? '' : `Also:\n\n${left.join('\n')}`]
    .filter((part) => part !== '')
    .join('\n\n---\n\n');
}

/** Which pull request or issue an incident has. */
export function whereabouts({ pullRequest, issue }: Pick<Seen, 'pullRequest' | 'issue'>): string {
  if (pullRequest !== null) return inline(prose`${ownText('The proposal is pull request')} ${pullRequest}.`);
  return issue === null ? '' : inline(prose`${ownText('The report is issue')} ${issue}.`);
}

import { describeRef } from '../kubernetes/objects.ts';
import { heading, item, list, paragraph, type Block } from '../model/block.ts';
import { failingThing } from '../pull-requests/incident-lines.ts';
import { escalationReport } from '../pull-requests/escalation.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import { toMarkdown } from '../writers/markdown.ts';
import type { Seen } from './actions.ts';

/** One that has as many failures is read in the dashboard. */
const MOST = 3;

/** What is known of each incident, and where it is dealt with. */
export function reportText(seen: readonly Seen[]): string {
  const reports = seen.slice(0, MOST).map((one): readonly Block[] => {
    const { incident, decision, located } = one.result;
    return [
      heading(prose`${describeRef(failingThing(incident.finding))}`),
      ...escalationReport(incident, decision, located),
      ...placesOf(one),
    ];
  });
  const others = seen.slice(MOST).map(({ result: { incident } }) => {
    const { object, summary } = incident.finding;
    return item(prose`${describeRef(object)}: ${sentence(summary)}`);
  });
  if (others.length > 0) reports.push([paragraph(ownText('Also failing:')), ...list(others)]);
  return toMarkdown(
    reports.flatMap((blocks, index) => (index === 0 ? blocks : [{ kind: 'divider' }, ...blocks])),
  );
}

/** Which pull request or issue an incident has. */
export function whereabouts(seen: Pick<Seen, 'pullRequest' | 'issue'>): string {
  return toMarkdown(placesOf(seen));
}

function placesOf({ pullRequest, issue }: Pick<Seen, 'pullRequest' | 'issue'>): readonly Block[] {
  if (pullRequest !== null) return [paragraph(prose`The proposal is pull request ${pullRequest}.`)];
  return issue === null ? [] : [paragraph(prose`The report is issue ${issue}.`)];
}

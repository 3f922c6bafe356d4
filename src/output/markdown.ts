import { describeRef } from '../kubernetes/objects.ts';
import { heading, item, list, paragraph } from '../model/block.ts';
import type { IncidentResult, Report } from '../model/report.ts';
import { escalationReport } from '../pull-requests/escalation.ts';
import { ownText, prose, sentenceOf } from '../untrusted/prose.ts';
import { toMarkdown } from '../writers/markdown.ts';

/** The pull requests as GitHub would get them, each once, then reports on everything else. */
export function reportMarkdown(report: Report): string {
  const parts = [...pullRequests(report.results), ...reports(report.results), ...problems(report)];
  const text =
    parts.length > 0 ? parts : [toMarkdown([paragraph(prose`Nothing is failing in ${report.cluster}`)])];
  return `${text.join('\n\n---\n\n')}\n`;
}

function pullRequests(results: readonly IncidentResult[]): readonly string[] {
  const byBranch = new Map(
    results.flatMap(({ pullRequest }) => (pullRequest ? [[pullRequest.branch, pullRequest]] : [])),
  );
  return [...byBranch.values()].map(({ branch, base, title, body, draft }) => {
    const kind = draft ? 'Draft pull request' : 'Pull request';
    const head = [heading(title, 1), paragraph(prose`${ownText(kind)} from ${branch} into ${base}`)];
    return `${toMarkdown(head)}\n\n${body}`;
  });
}

function reports(results: readonly IncidentResult[]): readonly string[] {
  return results
    .filter(({ pullRequest }) => pullRequest === null)
    .map(({ incident, decision, located }) => {
      const { rule, cause, object } = incident.finding;
      const title = heading(prose`${describeRef(object)}: ${ownText(rule)}, ${ownText(cause)}`, 1);
      return toMarkdown([title, ...escalationReport(incident, decision, located)]);
    });
}

function problems({ problems }: Report): readonly string[] {
  if (problems.length === 0) return [];
  const items = problems.map(({ where, message }) => item(prose`${where}: ${sentenceOf(message)}`));
  return [toMarkdown([heading('Problems', 1), ...list(items)])];
}

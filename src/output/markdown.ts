import { describeRef } from '../kubernetes/objects.ts';
import { escalationText } from '../pull-requests/escalation.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, prose, sentenceOf } from '../untrusted/prose.ts';
import type { IncidentResult, Report } from '../model/report.ts';

/** The pull requests as GitHub would get them, each once, then reports on everything else. */
export function toMarkdown(report: Report): string {
  const parts = [...pullRequests(report.results), ...reports(report.results), ...problems(report)];
  const text = parts.length > 0 ? parts : [inline(prose`Nothing is failing in ${report.cluster}.`)];
  return `${text.join('\n\n---\n\n')}\n`;
}

function pullRequests(results: readonly IncidentResult[]): readonly string[] {
  const byBranch = new Map(
    results.flatMap(({ pullRequest }) => (pullRequest ? [[pullRequest.branch, pullRequest]] : [])),
  );
  return [...byBranch.values()].map(({ branch, base, title, body, draft }) => {
    const kind = draft ? ownText('Draft pull request') : ownText('Pull request');
    return `# ${inline(ownText(title))}\n\n${inline(prose`${kind} from ${branch} into ${base}`)}\n\n${body}`;
  });
}

function reports(results: readonly IncidentResult[]): readonly string[] {
  return results
    .filter(({ pullRequest }) => pullRequest === null)
    .map(({ incident, decision, located }) => {
      const { rule, cause, object } = incident.finding;
      return `# ${inline(prose`${describeRef(object)}: ${ownText(rule)}, ${ownText(cause)}`)}\n\n${escalationText(incident, decision, located)}`;
    });
}

function problems(report: Report): readonly string[] {
  if (report.problems.length === 0) return [];
  const list = report.problems.map(
    ({ where, message }) => `- ${inline(prose`${where}`)}: ${inline(sentenceOf(message))}`,
  );
  return [`# Problems\n\n${list.join('\n')}`];
}

import type { Incident } from '../model/incident.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { failingThing } from '../pull-requests/incident-lines.ts';
import { title } from '../untrusted/markdown.ts';
import { shortened } from '../untrusted/shorten.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { paragraph, type Block } from '../model/block.ts';
import { toMarkdown } from '../writers/markdown.ts';

const LIMIT = 100;

const LINE = /^<!-- faultline:report:1 fingerprint=([0-9a-f]{16}) cause=([a-z0-9-]+) -->$/;

/** The issue about an incident that nobody but a person can end: its title names workload and cause. */
export function reportIssue(
  { finding, fingerprint }: Incident,
  report: readonly Block[],
): { readonly title: string; readonly body: string } {
  const { rule, cause } = finding;
  return {
    title: shortened(
      title(prose`${describeRef(failingThing(finding))}: ${rule}, ${cause.replaceAll('-', ' ')}`),
      LIMIT,
    ),
    body: toMarkdown([
      ...report,
      paragraph(
        ownText(
          'Faultline knows no edit that would fix this. Close it when it is dealt with: only another cause opens a new one.',
        ),
      ),
      { kind: 'mark', comment: `<!-- faultline:report:1 fingerprint=${fingerprint} cause=${cause} -->` },
    ]),
  };
}

/** Numbers of the issues that report incidents, by fingerprint. Of several about one incident, the newest. */
export function reportsIn(
  issues: readonly { readonly number: number; readonly body: string }[],
): ReadonlyMap<string, number> {
  const reports = new Map<string, number>();
  for (const { number, body } of issues) {
    const line = parseReportLine(body);
    if (line !== null)
      reports.set(line.fingerprint, Math.max(number, reports.get(line.fingerprint) ?? number));
  }
  return reports;
}

/** The last line of an issue of ours, which says what it is about; null for any other text. */
export function parseReportLine(
  body: string,
): { readonly fingerprint: string; readonly cause: string } | null {
  const text = body.trimEnd();
  const match = LINE.exec(text.slice(text.lastIndexOf('\n') + 1));
  return match && { fingerprint: match[1]!, cause: match[2]! };
}

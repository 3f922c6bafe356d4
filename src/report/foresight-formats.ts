import { describeRef } from '../kubernetes/objects.ts';
import { DAY, describeDuration } from '../kubernetes/durations.ts';
import { utc } from '../kubernetes/times.ts';
import { heading, item, list, paragraph, type Block, type Item } from '../model/block.ts';
import { counted, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { csvOf } from './csv.ts';
import { type ForesightReport, type Warned, WITHIN } from './foresight.ts';
import type { PastIncident } from './history.ts';
import type { ReplayedFinding, ReplayedMerge } from './replay-file.ts';

const DAYS = WITHIN / DAY;

/** For people: the counts first, then each case with its line. */
export function foresightBlocks(report: ForesightReport): readonly Block[] {
  const { changes, findings, foreseen, missed, noIncidentKnown, notKnown, elsewhere } = report;
  return [
    heading('What the guard would have foreseen'),
    paragraph(prose`${counted(changes, 'change')} replayed, with ${counted(findings, 'finding')}`),
    ...list([
      line('Foreseen:', prose`${counted(foreseen.length, 'finding')} that an incident followed`),
      line('Missed:', prose`${counted(missed.length, 'incident')} at lines that one of these changes wrote`),
      line(
        'No incident is known:',
        prose`${counted(noIncidentKnown.length, 'finding')} that none followed within ${DAYS} days`,
      ),
      line(
        'Not known:',
        prose`${counted(notKnown.length, 'finding')} from a time that the audit log does not cover`,
      ),
      line('Elsewhere:', prose`${counted(elsewhere, 'incident')} of other causes`),
    ]),
    ...section(
      'Foreseen',
      foreseen.map((one) => warnedItem(one, prose`${incidentText(one.incident)}`)),
    ),
    ...section(
      'Missed',
      missed.map(({ merge, incident }) =>
        item(prose`${incidentText(incident)}, brought by ${nameOf(merge)}`),
      ),
    ),
    ...section(
      'No incident is known',
      noIncidentKnown.map((one) => warnedItem(one, againText(one.finding))),
    ),
    ...section(
      'Not known',
      notKnown.map((one) => warnedItem(one, againText(one.finding))),
    ),
  ];
}

function section(title: string, items: readonly Item[]): readonly Block[] {
  return items.length === 0 ? [] : [heading(title), ...list(items)];
}

function line(lead: string, text: Prose): Item {
  return item(text, { lead: ownText(lead) });
}

function warnedItem({ merge, finding }: Warned, then: Prose | null): Item {
  const { site, rule, cause, message } = finding;
  const place = site === null ? ownText('') : prose`${`${site.file}:${site.line}`} `;
  return item(prose`${nameOf(merge)}: ${place}${`${rule}/${cause}`} ${message}`, {
    more: then === null ? [] : [then],
  });
}

function nameOf({ commit, pullRequest }: ReplayedMerge): Prose {
  return pullRequest === null
    ? prose`${commit.slice(0, 8)}`
    : prose`${`#${pullRequest}`} (${commit.slice(0, 8)})`;
}

function incidentText({ rule, object, cluster, recordedAt, site }: PastIncident): Prose {
  const at = site === null ? ownText('') : prose` at ${`${site.file}:${site.line}`}`;
  return prose`${rule} of ${describeRef(object)} in ${cluster}, recorded ${utc(recordedAt)}${at}`;
}

function againText({ changedAfter }: ReplayedFinding): Prose | null {
  return changedAfter === null
    ? null
    : prose`the line changed again ${describeDuration(changedAfter * 1000)} later`;
}

/** For programs, version 1. */
export function foresightJson(report: ForesightReport): string {
  const { changes, findings, elsewhere } = report;
  const warned = ({ merge, finding }: Warned) => ({ ...mergeJson(merge), finding });
  return `${JSON.stringify(
    {
      version: 1,
      withinDays: DAYS,
      changes,
      findings,
      foreseen: report.foreseen.map((one) => ({ ...warned(one), incident: incidentJson(one.incident) })),
      missed: report.missed.map(({ merge, incident }) => ({
        ...mergeJson(merge),
        incident: incidentJson(incident),
      })),
      noIncidentKnown: report.noIncidentKnown.map(warned),
      notKnown: report.notKnown.map(warned),
      incidentsElsewhere: elsewhere,
    },
    null,
    2,
  )}\n`;
}

function mergeJson({ commit, pullRequest, at, subject }: ReplayedMerge) {
  return { commit, pullRequest, at: new Date(at).toISOString(), subject };
}

function incidentJson({ fingerprint, cluster, rule, cause, object, recordedAt, site }: PastIncident) {
  return { fingerprint, cluster, rule, cause, object, recordedAt: new Date(recordedAt).toISOString(), site };
}

/** One line for each finding and each missed incident. */
export function foresightCsv(report: ForesightReport): string {
  const warned = (verdict: string, { merge, finding }: Warned, incident?: PastIncident) => [
    verdict,
    merge.commit,
    merge.pullRequest,
    finding.rule,
    finding.cause,
    finding.object === null ? null : describeRef(finding.object),
    finding.site?.file ?? null,
    finding.site?.line ?? null,
    finding.changedAfter,
    incident?.fingerprint ?? null,
  ];
  return csvOf([
    'verdict commit pull_request rule cause object file line changed_after_seconds incident'.split(' '),
    ...report.foreseen.map((one) => warned('foreseen', one, one.incident)),
    ...report.missed.map(({ merge, incident }) => [
      'missed',
      merge.commit,
      merge.pullRequest,
      incident.rule,
      incident.cause,
      describeRef(incident.object),
      incident.site?.file ?? null,
      incident.site?.line ?? null,
      null,
      incident.fingerprint,
    ]),
    ...report.noIncidentKnown.map((one) => warned('no-incident-known', one)),
    ...report.notKnown.map((one) => warned('not-known', one)),
  ]);
}

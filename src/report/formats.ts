import { heading, item, list, paragraph, table, type Block } from '../model/block.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { count, span, utc } from '../kubernetes/times.ts';
import { counted, joinProse, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { csvOf } from './csv.ts';
import type { Figures, WorthReport } from './report.ts';
import type { Spread } from './spread.ts';
import type { Share } from './wilson.ts';

/** The report for people. */
export function reportBlocks(report: WorthReport): readonly Block[] {
  return [heading('What it was worth'), ...figureBlocks(report)];
}

/** The same below a title of its own. */
export function figureBlocks(report: WorthReport): readonly Block[] {
  const { total, groups, offenders, abstentions } = report;
  const { proposals, recover } = total;
  return [
    paragraph(periodOf(report)),
    ...list([
      line('Incidents:', prose`${total.incidents}, of which ${total.foreseen} were still to come`),
      line('Foreseen:', prose`${total.foreseenByGuard} by checks on pull requests`),
      line('Detect:', spreadText(total.detect)),
      line('Propose:', spreadText(total.propose)),
      line('Merge:', spreadText(total.merge)),
      line(
        'Recover:',
        prose`${spreadText(recover.withFix)} with a merged fix; ${spreadText(recover.without)} without a proposal`,
      ),
      line(
        'Proposals:',
        prose`${proposals.opened} opened, ${proposals.merged} merged (${proposals.edited} edited), ${proposals.closedByPeople} closed by people, ${proposals.closedByFaultline} by Faultline, ${proposals.reverted} reverted, ${proposals.open} open`,
      ),
      line('After it:', prose`${proposals.held} held, ${proposals.failed} did not`),
      line('Precision:', shareText(total.precision)),
    ]),
    ...(groups.length === 0 ? [] : [heading('By rule and team')]),
    ...table(
      ['rule', 'team', 'incidents', 'foreseen', 'proposed', 'merged', 'edited', 'closed', 'reverted'],
      groups.map(({ rule, team, incidents, foreseenByGuard, proposals: of }) => [
        prose`${rule}`,
        prose`${team}`,
        prose`${incidents}`,
        prose`${foreseenByGuard}`,
        prose`${of.opened}`,
        prose`${of.merged}`,
        prose`${of.edited}`,
        prose`${of.closedByPeople}`,
        prose`${of.reverted}`,
      ]),
    ),
    ...(groups.length === 0 ? [] : [heading('Median times by rule and team')]),
    ...table(
      ['rule', 'team', 'detect', 'propose', 'merge', 'recover with a fix', 'without'],
      groups.map(({ rule, team, detect, propose, merge, recover: by }) => [
        prose`${rule}`,
        prose`${team}`,
        shortSpread(detect),
        shortSpread(propose),
        shortSpread(merge),
        shortSpread(by.withFix),
        shortSpread(by.without),
      ]),
    ),
    ...(offenders.length === 0 ? [] : [heading('Again and again')]),
    ...list(
      offenders
        .slice(0, 10)
        .map(({ cluster, object, incidents, rules }) =>
          item(prose`${object} in ${cluster}: ${counted(incidents, 'incident')} (${rules.join(', ')})`),
        ),
    ),
    ...(abstentions.length === 0 ? [] : [heading('Without a pull request')]),
    ...list(
      abstentions.map(({ reason, incidents }) => item(prose`${reason}: ${counted(incidents, 'incident')}`)),
    ),
  ];
}

function line(lead: string, text: Prose): ReturnType<typeof item> {
  return item(text, { lead: ownText(lead) });
}

function periodOf({ since, until }: WorthReport): Prose {
  const ends = [
    ...(since === null ? [] : [prose`from ${utc(since)}`]),
    ...(until === null ? [] : [prose`until ${utc(until)}`]),
  ];
  return ends.length === 0 ? ownText('All that the audit log holds') : joinProse(ends, ' ');
}

function spreadText({ count: number, median, p90 }: Spread): Prose {
  if (median === null || p90 === null) return ownText('not measured');
  return ownText(`median ${timeText(median)}, p90 ${timeText(p90)} (of ${number})`);
}

function shortSpread({ median }: Spread): Prose {
  return ownText(median === null ? '-' : timeText(median));
}

/** A pull request is there within seconds. */
function timeText(milliseconds: number): string {
  return milliseconds < 2 * MINUTE ? count(Math.round(milliseconds / 1000), 'second') : span(milliseconds);
}

function shareText({ share, low, high }: Share): Prose {
  if (share === null || low === null || high === null)
    return ownText('nobody has decided about a proposal yet');
  const percent = (part: number): string => `${Math.round(part * 100)} %`;
  return ownText(`${percent(share)} (95 % interval: ${percent(low)} to ${percent(high)})`);
}

/** One line for each rule and team, durations in seconds, with a line of names. */
export function reportCsv({ groups }: WorthReport): string {
  const rows = groups.map((group) => [group.rule, group.team, ...figureCells(group)]);
  return csvOf([COLUMNS, ...rows]);
}

const COLUMNS: readonly string[] = [
  'rule team incidents foreseen foreseen_by_guard'.split(' '),
  ['detect', 'propose', 'merge', 'recover_with_fix', 'recover_without'].flatMap((name) => [
    `${name}_count`,
    `${name}_median_seconds`,
    `${name}_p90_seconds`,
  ]),
  'opened open merged edited closed_by_people closed_by_faultline reverted held failed'.split(' '),
  'precision precision_low precision_high'.split(' '),
].flat();

function figureCells(figures: Figures): readonly (string | number | null)[] {
  const { detect, propose, merge, recover, proposals, precision } = figures;
  const seconds = (time: number | null): number | null => time && Math.round(time / 1000);
  return [
    figures.incidents,
    figures.foreseen,
    figures.foreseenByGuard,
    ...[detect, propose, merge, recover.withFix, recover.without].flatMap(({ count, median, p90 }) => [
      count,
      seconds(median),
      seconds(p90),
    ]),
    proposals.opened,
    proposals.open,
    proposals.merged,
    proposals.edited,
    proposals.closedByPeople,
    proposals.closedByFaultline,
    proposals.reverted,
    proposals.held,
    proposals.failed,
    ...[precision.share, precision.low, precision.high].map((part) => part && Number(part.toFixed(4))),
  ];
}

/** The report for programs. */
export function reportJson({ since, until, ...rest }: WorthReport): string {
  const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  return `${JSON.stringify({ version: 1, since: time(since), until: time(until), ...rest }, null, 2)}\n`;
}

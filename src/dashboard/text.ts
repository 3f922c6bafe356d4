import { failures } from '../config/failures.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { utc } from '../kubernetes/times.ts';
import { folded, heading, item, listed, paragraph, type Block, type Item } from '../model/block.ts';
import { tickOf, type Box } from '../pull-requests/boxes.ts';
import { joinProse, linked, ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import { toMarkdown } from '../writers/markdown.ts';
import type { AlertEntry, ClusterEntry, Dashboard, Entry, Place, UnreadFile } from './dashboard.ts';
import { contentHash, dashboardMarker, textHash } from './marker.ts';
import { noteText, recurrenceTexts } from './notes.ts';

export const DASHBOARD_TITLE = 'Faultline dashboard';

/** Rules that see what is still to come. */
const FORESEEN: ReadonlySet<string> = new Set(
  failures.filter(({ foresees }) => foresees).map(({ id }) => id),
);

/** GitHub takes 65,536 characters. */
const LIMIT = 64_000;

/** Entries of a section. */
const MOST = 40;

/** The issue's description: what is open and why, in short lines that a phone shows whole. */
export function dashboardText(dashboard: Dashboard): string {
  const text = toMarkdown(blocksOf(dashboard), LIMIT);
  const marker = dashboardMarker({
    isOn: true,
    content: contentHash(dashboard),
    at: Math.floor(dashboard.now / 1000),
    text: textHash(text),
  });
  return `${text}\n\n${marker}`;
}

/** What takes its place when it is switched off. */
export function switchedOffText(now: number): string {
  const at = Math.floor(now / 1000);
  const marker = dashboardMarker({ isOn: false, content: '0'.repeat(16), at, text: null });
  return toMarkdown([
    paragraph(prose`The dashboard is switched off (\`dashboard: false\` in ${'.github/faultline.yml'}).`),
    { kind: 'mark', comment: marker },
  ]);
}

function blocksOf(dashboard: Dashboard): readonly Block[] {
  const { entries, configErrors, clusters, unread, notices = [], alerts = [], now } = dashboard;
  const of = (kind: Place['kind']): readonly Entry[] => entries.filter(({ place }) => place.kind === kind);
  const isForeseen = ({ rule }: Entry): boolean => FORESEEN.has(rule);
  const watched = [...of('monitored'), ...of('declined')];
  const quiet = [...of('snoozed'), ...of('ignored')];
  return [
    paragraph(
      prose`As of ${utc(now)}. Edited when something changes, else once an hour. Close this issue to turn the dashboard off.`,
    ),
    ...section('What GitHub does not allow', notices, (notice) => item(sentenceOf(notice))),
    ...section('Errors in the configuration', configErrors, placedItem),
    ...(configErrors.length > 0
      ? [paragraph(ownText('Until they are fixed, Faultline only watches and proposes nothing.'))]
      : []),
    ...section('Proposed', of('proposed'), entryItem),
    ...section('A person must decide', of('escalated'), entryItem),
    ...section('Merged, and watched', of('merged'), entryItem),
    ...section('Waiting', of('waiting'), entryItem),
    ...section('Closed by people', of('closed'), entryItem),
    ...(entries.every((entry) => isForeseen(entry) || entry.away !== null)
      ? [paragraph(ownText('Nothing is failing, as far as the clusters can be read.'))]
      : []),
    ...foldedSection('Will break', watched.filter(isForeseen), entryItem),
    ...foldedSection('Monitored only', without(of('monitored'), isForeseen), entryItem),
    ...foldedSection('No edit', without(of('declined'), isForeseen), entryItem),
    ...foldedSection('No longer failing', of('over'), entryItem),
    ...foldedSection('Snoozed and ignored', quiet, entryItem),
    ...foldedSection('Alerts without an incident', alerts, alertItem),
    ...foldedSection('Files that could not be read', unread, placedItem),
    ...section('Clusters', clusters, clusterItem),
    paragraph(
      prose`Tick a box to ask for what it says; write access is needed. \`${'/rca help'}\` in a comment lists all commands.`,
    ),
  ];
}

function without<T>(values: readonly T[], leftOut: (value: T) => boolean): readonly T[] {
  return values.filter((value) => !leftOut(value));
}

function section<T>(title: string, values: readonly T[], make: (value: T) => Item): readonly Block[] {
  return values.length === 0 ? [] : [heading(title), ...listed(values, make, MOST)];
}

function foldedSection<T>(title: string, values: readonly T[], make: (value: T) => Item): readonly Block[] {
  return folded(`${title}: ${values.length}`, listed(values, make, MOST));
}

function entryItem(entry: Entry): Item {
  const { object, container, cluster, summary, firstSeen, rule, cause } = entry;
  const part = container === null ? prose`` : prose`, container ${container}`;
  const note = noteText(entry.place, entry.decision?.reason ?? null);
  return item(prose`${link(entry.place)}${describeRef(object)}${part}: ${ownText(`${rule}, ${cause}`)}`, {
    more: [
      prose`${sentence(sentenceOf(summary))} In ${cluster} since ${utc(firstSeen)}.`,
      ...(note === null ? [] : [sentence(note)]),
      ...recurrenceTexts(entry).map(sentence),
    ],
    ticks: boxesOf(entry).map(tickOf),
  });
}

/** What can be asked for by ticking; merged changes and what is only watched need nothing. */
function boxesOf({ fingerprint, place }: Entry): readonly Box[] {
  const box = (command: Box['command']): Box => ({ command, fingerprint, head: null });
  switch (place.kind) {
    case 'proposed': {
      const { head, isDraft } = place;
      const approve = head === null || isDraft ? [] : [{ ...box('approve'), head }];
      return [...approve, box('retry'), box('rebuild'), box('snooze')];
    }
    case 'waiting':
    case 'escalated':
      return [box('retry'), box('snooze')];
    case 'snoozed':
    case 'ignored':
      return [box('retry')];
    case 'merged':
    case 'closed':
    case 'over':
    case 'monitored':
    case 'declined':
      return [];
  }
}

/** A link that leads there without a mention on the other side, which `#12` would leave at every edit. */
function link(place: Place): Prose {
  switch (place.kind) {
    case 'proposed':
    case 'merged':
    case 'closed': {
      const draft = place.kind === 'proposed' && place.isDraft ? ownText(' (draft)') : prose``;
      return prose`${linked(`#${place.pullRequest}`, `../pull/${place.pullRequest}`)}${draft} `;
    }
    case 'escalated':
      return place.issue === null
        ? prose``
        : prose`${linked(`#${place.issue}`, `../issues/${place.issue}`)} `;
    default:
      return prose``;
  }
}

function alertItem({ source, cluster, title, since, about, why }: AlertEntry): Item {
  const names = about.slice(0, MOST_NAMED).map((object) => prose`${describeRef(object)}`);
  const more = about.length > MOST_NAMED ? prose` and ${about.length - MOST_NAMED} more` : prose``;
  return item(prose`${ownText(source)}: ${title}, in ${cluster} since ${utc(since)}`, {
    more: [
      why === null
        ? prose`Faultline finds no failure of ${joinProse(names, ', ')}${more}.`
        : sentence(sentenceOf(why)),
    ],
  });
}

const MOST_NAMED = 3;

function placedItem({ file, line, message }: UnreadFile): Item {
  return item(prose`${line === null ? file : `${file}:${line}`}: ${sentenceOf(message)}`);
}

function clusterItem({ name, scannedAt, problem }: ClusterEntry): Item {
  const at = scannedAt === null ? ownText('not scanned yet') : prose`last scan ${utc(scannedAt)}`;
  const why = problem === null ? prose`` : prose`; ${sentenceOf(problem)}`;
  return item(prose`${name}: ${at}${why}`);
}

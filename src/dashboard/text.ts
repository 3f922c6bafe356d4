import { describeRef } from '../kubernetes/objects.ts';
import { boxLine, type Box } from '../pull-requests/boxes.ts';
import { sentence } from '../writers/sentence.ts';
import { utc } from '../kubernetes/times.ts';
import type { Outcome } from '../store/store.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import type { ClusterEntry, Dashboard, Entry, Place, UnreadFile } from './dashboard.ts';
import { contentHash, dashboardMarker, textHash } from './marker.ts';

export const DASHBOARD_TITLE = 'Faultline dashboard';

/** GitHub takes 65,536 characters. */
const LIMIT = 64_000;

/** Entries of a section, and of those that are folded away; fewer where the whole would be too long. */
const ROOMS = [
  { open: 40, folded: 40 },
  { open: 20, folded: 10 },
  { open: 8, folded: 3 },
  { open: 3, folded: 0 },
] as const;

type Room = (typeof ROOMS)[number];

/** The issue's description: what is open and why, in short lines that a phone shows whole. */
export function dashboardText(dashboard: Dashboard): string {
  const texts = ROOMS.map((room) =>
    partsOf(dashboard, room)
      .filter((part) => part !== '')
      .join('\n\n'),
  );
  const text = texts.find(({ length }) => length <= LIMIT) ?? '';
  const marker = dashboardMarker({
    isOn: true,
    content: contentHash(dashboard),
    at: Math.floor(dashboard.now / 1000),
    text: textHash(text),
  });
  return text === '' ? marker : `${text}\n\n${marker}`;
}

/** What takes its place when it is switched off. */
export function switchedOffText(now: number): string {
  const at = Math.floor(now / 1000);
  return `${inline(prose`The dashboard is switched off (\`dashboard: false\` in ${'.github/faultline.yml'}).`)}\n\n${dashboardMarker({ isOn: false, content: '0'.repeat(16), at, text: null })}`;
}

function partsOf(dashboard: Dashboard, room: Room): readonly string[] {
  const { entries, configErrors, clusters, unread, now } = dashboard;
  const of = (kind: Place['kind']): readonly Entry[] => entries.filter(({ place }) => place.kind === kind);
  const quiet = [...of('snoozed'), ...of('ignored')];
  return [
    inline(
      prose`As of ${utc(now)}. Edited when something changes, else once an hour. Close this issue to turn the dashboard off.`,
    ),
    section(
      'What GitHub does not allow',
      dashboard.notices ?? [],
      (notice) => inline(prose`${sentenceOf(notice)}`, 600),
      room.open,
    ),
    section('Errors in the configuration', configErrors, configErrorLine, room.open),
    configErrors.length > 0
      ? inline(ownText('Until they are fixed, Faultline only watches and proposes nothing.'))
      : '',
    section('Proposed', of('proposed'), entryLine, room.open),
    section('A person must decide', of('escalated'), entryLine, room.open),
    section('Merged, and watched', of('merged'), entryLine, room.open),
    section('Waiting', of('waiting'), entryLine, room.open),
    section('Closed by people', of('closed'), entryLine, room.open),
    entries.length === 0 ? inline(ownText('Nothing is failing, as far as the clusters can be read.')) : '',
    folded('Watched only', of('monitored'), entryLine, room.folded),
    folded('No edit', of('declined'), entryLine, room.folded),
    folded('Snoozed and ignored', quiet, entryLine, room.folded),
    folded('Files that could not be read', unread, unreadLine, room.folded),
    section('Clusters', clusters, clusterLine, room.open),
    inline(
      prose`Tick a box to ask for what it says; write access is needed. \`${'/rca help'}\` in a comment lists everything you can ask for.`,
    ),
  ];
}

function section<T>(title: string, items: readonly T[], line: (item: T) => string, most: number): string {
  return items.length === 0 ? '' : `### ${title}\n\n${listed(items, line, most)}`;
}

function folded<T>(title: string, items: readonly T[], line: (item: T) => string, most: number): string {
  if (items.length === 0) return '';
  return `<details>\n<summary>${title}: ${items.length}</summary>\n\n${listed(items, line, most)}\n\n</details>`;
}

/** Only what is shown is written: of thousands that would take a while. */
function listed<T>(items: readonly T[], line: (item: T) => string, most: number): string {
  const shown = items.slice(0, most).map((item) => `- ${line(item)}`);
  if (items.length > most) shown.push(`- … and ${items.length - most} more`);
  return shown.join('\n');
}

function entryLine(entry: Entry): string {
  const { object, container, cluster, summary, firstSeen, rule, cause } = entry;
  const part = container === null ? prose`` : prose`, container ${container}`;
  const what = inline(prose`${describeRef(object)}${part}: ${ownText(`${rule}, ${cause}`)}`);
  const where = inline(prose`In ${cluster} since ${utc(firstSeen)}.`);
  const boxes = boxesOf(entry).map((box) => `\n  ${boxLine(box)}`);
  return `${link(entry.place)}${what}<br>${sentence(prose`${summary}`)} ${where}${note(entry)}${boxes.join('')}`;
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
    case 'monitored':
    case 'declined':
      return [];
  }
}

/** A link that leads there without a mention on the other side, which `#12` would leave at every edit. */
function link(place: Place): string {
  if (place.kind === 'proposed')
    return `[#${place.pullRequest}](../pull/${place.pullRequest})${place.isDraft ? ' (draft)' : ''} `;
  if (place.kind === 'merged' || place.kind === 'closed')
    return `[#${place.pullRequest}](../pull/${place.pullRequest}) `;
  return place.kind === 'escalated' && place.issue !== null
    ? `[#${place.issue}](../issues/${place.issue}) `
    : '';
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  pending: 'Faultline watches whether it helped',
  resolved: 'Resolved',
  'still-failing': 'Still failing after the merge',
  worse: 'Worse after the merge',
  'not-applied': 'Nothing has applied it to the cluster',
  overtaken: 'Something else has changed the value since',
};

function note({ place, decision }: Entry): string {
  const text = noteText(place, decision?.reason ?? null);
  return text === null ? '' : `<br>${sentence(text)}`;
}

function noteText(place: Place, reason: string | null): Prose | null {
  switch (place.kind) {
    case 'proposed':
      return null;
    case 'waiting':
      return prose`Waits: ${sentenceOf(place.why)}`;
    case 'closed': {
      const at = place.at === null ? prose`` : prose` on ${utc(place.at)}`;
      return prose`Closed by ${place.by ?? 'a person'}${at}; another one is opened when there is evidence of a different kind`;
    }
    case 'merged':
      return ownText(OUTCOMES[place.outcome]);
    case 'snoozed':
      return prose`Snoozed until ${utc(place.until)} by ${place.by}`;
    case 'ignored':
      return prose`Ignored by ${place.by}: ${place.reason}`;
    case 'escalated':
    case 'monitored':
    case 'declined':
      return reason === null ? null : prose`Why: ${sentenceOf(reason)}`;
  }
}

function configErrorLine({ file, line, message }: Dashboard['configErrors'][number]): string {
  return inline(prose`${`${file}:${line}`}: ${sentenceOf(message)}`, 600);
}

function unreadLine({ file, line, message }: UnreadFile): string {
  return inline(prose`${line === null ? file : `${file}:${line}`}: ${sentenceOf(message)}`, 600);
}

function clusterLine({ name, scannedAt, problem }: ClusterEntry): string {
  const at = scannedAt === null ? ownText('not scanned yet') : prose`last scan ${utc(scannedAt)}`;
  const why = problem === null ? prose`` : prose`; ${sentenceOf(problem)}`;
  return inline(prose`${name}: ${at}${why}`, 600);
}

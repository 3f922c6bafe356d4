import { recurrenceTexts } from '../dashboard/notes.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { count } from '../kubernetes/times.ts';
import { markup, link, NO_HTML, type Html } from '../untrusted/html.ts';
import { ownText, sentenceOf } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { PageContent } from './layout.ts';
import { pageOf, pagesNav, type Paged } from './paging.ts';
import { stateOf, toneOf } from './state.ts';
import { tableOf, type Column, type Row } from './table.ts';
import { agoOf, sinceOf } from './times.ts';
import type { Overview, ShownCluster, ShownIncident } from './views.ts';
import { sectionOf, SECTIONS, type Section } from './worst-first.ts';

/** Incidents on one page. */
const PER_PAGE = 50;

const TITLES: Readonly<Record<Section, string>> = {
  failing: 'Failing now',
  foreseen: 'Will break',
  merged: 'Merged, and watched',
  quiet: 'Snoozed and ignored',
  over: 'Stopped in the last day',
};

const COLUMNS: readonly Column[] = [
  { title: 'Culprit', width: 'half' },
  { title: 'Line in git', width: 'third' },
  { title: 'Proposal' },
  { title: 'Since', width: 'small' },
];

/** `GET /`: the incidents of all clusters now, the worst first. @param page counts from 1 */
export function overviewPage({ now, incidents, clusters }: Overview, page: number): PageContent {
  const paged = pageOf(incidents, page, PER_PAGE);
  const failing = incidents.filter((one) => sectionOf(one) === 'failing');
  const heading = failing.length === 0 ? headingOfNone(clusters) : `${count(failing.length, 'incident')} now`;
  return {
    title: failing.length === 0 ? 'Incidents' : heading,
    of: 'incidents',
    now,
    content: markup`<h1>${heading}</h1>
      ${awayNotices(clusters, now)} ${tally(incidents)} ${freshness(clusters, now)}
      ${SECTIONS.map((section) => sectionTable(section, paged, now))}
      ${pagesNav(paged, (number) => `?page=${number}`)}`,
  };
}

/** Nothing is claimed of what could not be read. */
function headingOfNone(clusters: readonly ShownCluster[]): string {
  const isAllRead =
    clusters.length > 0 && clusters.every((one) => one.scannedAt !== null && one.problem === null);
  return isAllRead ? 'Nothing is failing' : 'No failure in what could be read';
}

function awayNotices(clusters: readonly ShownCluster[], now: number): readonly Html[] {
  return clusters
    .filter(({ isAway }) => isAway)
    .map(({ name, problem, scannedAt }) => {
      const seen =
        scannedAt === null
          ? 'It was never read.'
          : markup`What is shown of it was seen ${agoOf(scannedAt, now)}.`;
      return markup`<div class="notice red">
        <p>
          <strong>Cluster <code>${name}</code> cannot be read.</strong> ${seen}
        </p>
        <p class="small">${sentence(sentenceOf(problem ?? ''))}</p>
      </div> `;
    });
}

/** How many there are of what, with links to the sections. */
function tally(incidents: readonly ShownIncident[]): Html {
  const failing = incidents.filter((one) => sectionOf(one) === 'failing');
  const among = (kinds: readonly string[]): number =>
    failing.filter(({ place }) => kinds.includes(place.kind)).length;
  const of = (section: Section): number => incidents.filter((one) => sectionOf(one) === section).length;
  const tiles: readonly (readonly [string, number, string, Section])[] = [
    ['Failing now', failing.length, 'red', 'failing'],
    ['with a pull request', among(['proposed']), 'green', 'failing'],
    ['need a person', among(['escalated']), 'red', 'failing'],
    ['waiting', among(['waiting']), 'amber', 'failing'],
    ['Will break', of('foreseen'), 'amber', 'foreseen'],
    ['Stopped', of('merged') + of('over'), 'grey', 'over'],
  ];
  return markup`<ul class="tally" aria-label="Counts">
    ${tiles.map(
      ([label, number, tone, section]) =>
        markup`<li class="${number === 0 ? 'grey' : tone}">
          ${tile(label, number, of(section) > 0 ? `#${section}` : null)}
        </li>`,
    )}
  </ul>`;
}

function tile(label: string, number: number, address: string | null): Html {
  const inside = markup`<b>${number}</b><span class="label">${label}</span>`;
  if (address !== null && number > 0) return link(address, inside);
  return markup`<span class="${number === 0 ? 'tile none' : 'tile'}">${inside}</span>`;
}

/** How old all of it is. */
function freshness(clusters: readonly ShownCluster[], now: number): Html {
  if (clusters.length === 0) return markup`<p class="lead">No cluster is in the settings.</p>`;
  return markup`<ul class="fresh" aria-label="Clusters">
    ${clusters.map(({ name, scannedAt, problem, isAway }) => {
      const tone = isAway ? 'red' : problem !== null || scannedAt === null ? 'amber' : 'green';
      const at = scannedAt === null ? 'not scanned yet' : markup`scanned ${agoOf(scannedAt, now)}`;
      const part = problem === null ? null : isAway ? ', unreachable' : ', in part';
      return markup`<li class="dot ${tone}">${name}: ${at}${part}</li>`;
    })}
  </ul>`;
}

function sectionTable(section: Section, { shown }: Paged<ShownIncident>, now: number): Html {
  const rows = shown.filter((one) => sectionOf(one) === section);
  if (rows.length === 0) return NO_HTML;
  return markup`<section aria-labelledby="${section}">
    <h2 id="${section}">${TITLES[section]} <span class="count">${rows.length}</span></h2>
    ${tableOf(
      TITLES[section],
      COLUMNS,
      rows.map((one) => incidentRow(one, now)),
    )}
  </section> `;
}

function incidentRow(incident: ShownIncident, now: number): Row {
  const { fingerprint, firstSeen, line } = incident;
  return {
    tone: toneOf(incident),
    cells: [
      markup`<span class="name">${link(`./incidents/${fingerprint}`, culpritName(incident))}</span>
        <p>${incident.told}</p>
        ${factsOf(incident)}`,
      line === null ? NO_HTML : markup`${line}`,
      stateOf(incident),
      sinceOf(firstSeen, now),
    ],
  };
}

/** What a reader would call the failing thing: what several objects suffer from, or the object. */
export function culpritName({ culprit, affected, object }: ShownIncident): string {
  return describeRef(culprit !== null && affected > 1 ? culprit : object);
}

/** Where it is, what it is, and what else is to be known of it. */
export function factsOf(incident: ShownIncident): Html {
  const { cluster, container, rule, cause, affected, culprit, object, isSeen } = incident;
  const isOther = culprit !== null && affected <= 1 && describeRef(culprit) !== describeRef(object);
  const facts = [
    markup`${cluster}`,
    ...(container === null ? [] : [markup`container ${container}`]),
    markup`${ownText(`${rule}, ${cause}`)}`,
    ...(affected > 1 ? [markup`${count(affected, 'object')} affected`] : []),
    ...(isOther ? [markup`culprit ${describeRef(culprit)}`] : []),
    ...recurrenceTexts(incident).map((text) => markup`${text}`),
    ...(isSeen ? [] : [markup`the last scan could not tell whether it still fails`]),
  ];
  return markup`<ul class="facts">
    ${facts.map((fact) => markup`<li>${fact}</li>`)}
  </ul>`;
}

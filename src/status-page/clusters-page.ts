import { count, span } from '../kubernetes/times.ts';
import { markup, NO_HTML, type Html } from '../untrusted/html.ts';
import { sentenceOf } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { PageContent } from './layout.ts';
import { badge, type Tone } from './state.ts';
import { tableOf, type Column } from './table.ts';
import { agoOf } from './times.ts';
import type { ClusterDetail, ClustersView, ShownKind } from './views.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Cluster', width: 'third' },
  { title: 'Health', width: 'half' },
  { title: 'Watched' },
  { title: 'Last scan', width: 'small' },
];

/** Kinds that are named; others are counted. */
const MOST_KINDS = 30;
const MOST_PROBLEMS = 20;

/** `GET /clusters`: whether each is read, how far its watch lags behind, and what may not be read. */
export function clustersPage({ now, clusters }: ClustersView): PageContent {
  const rows = clusters.map((one) => ({ tone: toneOf(one), cells: cellsOf(one, now) }));
  return {
    title: 'Clusters',
    of: 'clusters',
    now,
    content: markup`<h1>${count(clusters.length, 'cluster')}</h1>
<p class="lead">What Faultline reads of each cluster, as this process sees it.</p>
${tableOf('Clusters', COLUMNS, rows)}`,
  };
}

function toneOf({ isAway, problem, scannedAt }: ClusterDetail): Tone {
  if (isAway) return 'red';
  return problem !== null || scannedAt === null ? 'amber' : 'green';
}

const HEALTH: Readonly<Partial<Record<Tone, string>>> = {
  red: 'Unreachable',
  amber: 'Read in part',
  green: 'Readable',
};

function cellsOf(cluster: ClusterDetail, now: number): readonly Html[] {
  const { name, source, repositories, version, scannedAt, objects, lag, isWatched } = cluster;
  const tone = toneOf(cluster);
  const label = scannedAt === null && tone === 'amber' ? 'Not scanned yet' : HEALTH[tone]!;
  const facts = [
    markup`${source}`,
    ...(version === null ? [] : [markup`Kubernetes ${version}`]),
    markup`${repositories === null ? 'all repositories' : count(repositories.length, 'repository').replace('repositorys', 'repositories')}`,
  ];
  return [
    markup`<span class="name">${name}</span><ul class="facts">${facts.map((fact) => markup`<li>${fact}</li>`)}</ul>`,
    markup`${badge({ label, tone })} ${failingText(cluster)}${problemsOf(cluster)}${kindsOf(cluster.kinds)}`,
    objects === null
      ? markup`<span class="small">${isWatched ? 'not watched yet' : 'not watched: read again when it changes'}</span>`
      : markup`${count(objects, 'object')}<div class="small">${lag === null ? 'nothing heard yet' : `silent for ${lag < 120_000 ? count(Math.round(lag / 1000), 'second') : span(lag)} at most`}</div>`,
    scannedAt === null ? markup`never` : agoOf(scannedAt, now),
  ];
}

/** Nothing is said of what could not be read. */
function failingText({ failing, isAway, problem, scannedAt }: ClusterDetail): string {
  if (scannedAt === null) return 'what fails there is not known';
  const number = failing === 0 ? 'nothing failing' : `${failing} failing`;
  if (isAway) return `${number} when it was read last`;
  return problem !== null && failing === 0 ? 'nothing failing in what could be read' : number;
}

function problemsOf({ problem, problems }: ClusterDetail): Html {
  const said = problems.map(({ where, message }) => `${where}: ${message}`);
  const all = problem === null || said.includes(problem) ? said : [problem, ...said];
  if (all.length === 0) return NO_HTML;
  const shown = all.slice(0, MOST_PROBLEMS).map((text) => markup`<li>${sentence(sentenceOf(text))}</li>`);
  const more = all.length - shown.length;
  return markup`<ul class="small">${shown}${more > 0 ? markup`<li>… and ${more} more</li>` : null}</ul>`;
}

const STATUS: Readonly<Record<ShownKind['status'], string>> = {
  forbidden: 'May not be read',
  failing: 'Cannot be read now',
  polling: 'Listed again and again, since they may not be watched',
  listing: 'Being listed for the first time',
  missing: 'Not served by this cluster',
};

function kindsOf(kinds: readonly ShownKind[]): readonly Html[] {
  const statuses = Object.keys(STATUS) as readonly ShownKind['status'][];
  return statuses.flatMap((status) => {
    const own = kinds.filter((one) => one.status === status);
    if (own.length === 0) return [];
    const shown = own
      .slice(0, MOST_KINDS)
      .map(
        ({ resource, namespace }, index) =>
          markup`${index === 0 ? null : ', '}<code>${namespace === null ? resource : `${resource} in ${namespace}`}</code>`,
      );
    const more = own.length - shown.length;
    return markup`<details><summary>${STATUS[status]}: ${own.length}</summary><p class="small">${shown}${more > 0 ? ` and ${more} more` : null}</p></details>`;
  });
}

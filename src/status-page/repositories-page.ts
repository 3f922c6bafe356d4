import { utc } from '../kubernetes/times.ts';
import type { GitHubLimit } from '../model/github-limit.ts';
import { urlPath } from '../untrusted/markdown.ts';
import { link, markup, NO_HTML, type Html } from '../untrusted/html.ts';
import { sentenceOf } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { PageContent } from './layout.ts';
import { pageOf, pagesNav } from './paging.ts';
import { badge, type Tone } from './state.ts';
import { tableOf, type Column } from './table.ts';
import { agoOf, timeOf } from './times.ts';
import type { RepositoriesView, RepositoryDetail } from './views.ts';

const PER_PAGE = 50;
/** Errors of a configuration that are shown; the others are counted. */
const MOST_ERRORS = 5;

const COLUMNS: readonly Column[] = [
  { title: 'Repository', width: 'third' },
  { title: 'State', width: 'half' },
  { title: 'Proposals' },
  { title: 'Last scan' },
];

const LIMIT_COLUMNS: readonly Column[] = [
  { title: 'Installation' },
  { title: 'Left' },
  { title: 'Until' },
  { title: 'As GitHub said' },
];

/** `GET /repositories`: what may be done in each, when it was scanned, and how much GitHub still lets Faultline ask. */
export function repositoriesPage({ now, repositories, limits }: RepositoriesView, page: number): PageContent {
  const paged = pageOf(repositories, page, PER_PAGE);
  const rows = paged.shown.map((one) => ({ tone: toneOf(one), cells: cellsOf(one, now) }));
  const number = repositories.length;
  return {
    title: 'Repositories',
    of: 'repositories',
    now,
    content: markup`<h1>${number === 1 ? '1 repository' : `${number} repositories`}</h1>
<p class="lead">Where the App is installed, and what it may do there.</p>
${number === 0 ? markup`<p>None yet: install the App in a repository.</p>` : tableOf('Repositories', COLUMNS, rows)}
${pagesNav(paged, (other) => `?page=${other}`)}
${limitsSection(limits, now)}`,
  };
}

function toneOf({ paused, configErrors, scans }: RepositoryDetail): Tone {
  if (paused !== null || configErrors.length > 0) return 'red';
  return scans.length === 0 || scans.some(({ problem }) => problem !== null) ? 'amber' : 'green';
}

function cellsOf(repository: RepositoryDetail, now: number): readonly Html[] {
  const { name, branch, remote, commit, open, waiting, scans } = repository;
  const at = commit === null || remote === null ? null : `${remote.url}/commit/${urlPath(commit)}`;
  const times = scans.flatMap(({ scannedAt }) => scannedAt ?? []);
  return [
    markup`<span class="name">${link(remote?.url ?? null, name)}</span>
<ul class="facts"><li>${branch}</li>${commit === null ? null : markup`<li>${link(at, markup`<code>${commit.slice(0, 8)}</code>`)}</li>`}</ul>`,
    stateOf(repository),
    markup`${open} open${waiting === 0 ? null : `, ${waiting} waiting`}`,
    times.length === 0 ? markup`never` : agoOf(Math.max(...times), now),
  ];
}

function stateOf({ paused, notices, configErrors, scans }: RepositoryDetail): Html {
  const label = paused !== null ? 'Paused' : configErrors.length > 0 ? 'Configuration in error' : 'Served';
  const tone = paused !== null || configErrors.length > 0 ? 'red' : 'green';
  const errors = configErrors
    .slice(0, MOST_ERRORS)
    .map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const said = [
    ...(paused === null ? [] : [paused]),
    ...notices,
    ...errors,
    ...(configErrors.length > MOST_ERRORS ? [`${configErrors.length - MOST_ERRORS} more errors`] : []),
    ...(configErrors.length > 0 ? ['Until they are fixed, Faultline only watches and proposes nothing'] : []),
    ...scans.flatMap(({ cluster, problem }) => (problem === null ? [] : [`Cluster ${cluster}: ${problem}`])),
  ];
  const clusters = scans.map(({ cluster }) => cluster).join(', ');
  return markup`${badge({ label, tone })} ${clusters}${
    said.length === 0
      ? null
      : markup`<ul class="small">${said.map((text) => markup`<li>${sentence(sentenceOf(text))}</li>`)}</ul>`
  }`;
}

function limitsSection(limits: readonly GitHubLimit[], now: number): Html {
  if (limits.length === 0) return NO_HTML;
  const rows = limits.map(({ installation, resource, limit, remaining, resetAt, saidAt }) => {
    const isOver = resetAt <= now;
    const share = isOver ? 1 : remaining / limit;
    return {
      tone: share < 0.1 ? 'red' : share < 0.3 ? 'amber' : 'green',
      cells: [
        markup`<span class="name">${installation === 'app' ? 'the App itself' : installation}</span> ${resource}`,
        isOver
          ? markup`a new period has begun; ${remaining} of ${limit} were left`
          : markup`<meter min="0" max="${limit}" value="${remaining}" aria-label="${remaining} of ${limit} requests left"></meter> ${remaining} of ${limit}`,
        isOver ? markup`${utc(resetAt)}` : timeOf(resetAt),
        agoOf(saidAt, now),
      ],
    };
  });
  return markup`<section aria-labelledby="limits"><h2 id="limits">What GitHub still lets Faultline ask</h2>
${tableOf('Rate limits of GitHub', LIMIT_COLUMNS, rows)}</section>`;
}

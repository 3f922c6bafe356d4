import { markup, link } from '../untrusted/html.ts';
import { blamePage, blameQuestion } from './blame-page.ts';
import { clustersPage } from './clusters-page.ts';
import { configurationPage } from './configuration-page.ts';
import { decisionsPage, type DecisionFilter } from './decisions-page.ts';
import { incidentPage } from './incident-page.ts';
import { pageHtml, rootOf, SECURITY_POLICY, type PageContent } from './layout.ts';
import { overviewPage } from './overview-page.ts';
import { daysIn, reportPage } from './report-page.ts';
import { repositoriesPage } from './repositories-page.ts';
import type { StatusSource } from './source.ts';

/** What goes back to a browser. */
export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An address of the site has at most so many folders. */
type Depth = 0 | 1;

/**
 * The page of an address.
 *
 * @param url path and query, as a request names them
 * @returns null where the site has no such page, and nothing to say about that
 */
export async function siteAnswer(url: string, source: StatusSource): Promise<SiteAnswer> {
  const address = `http://site.invalid${url}`;
  if (!url.startsWith('/') || !URL.canParse(address)) return missing(0, 'There is no such page.');
  const { pathname, searchParams } = new URL(address);
  const content = await pageAt(pathname, searchParams, source);
  if (content !== null) return page(content, 0);
  const [, fingerprint] = /^\/incidents\/([0-9a-f]{16})$/.exec(pathname) ?? [];
  if (fingerprint !== undefined) {
    const found = await source.incident(fingerprint);
    if (found === null) return missing(1, 'No incident with this fingerprint is remembered.');
    if ('partOf' in found) return movedTo(`./${found.partOf}`);
    return page(incidentPage(found), 1);
  }
  return missing(pathname.split('/').length > 2 ? 1 : 0, 'There is no such page.');
}

/** The pages at the root of the site. */
async function pageAt(
  pathname: string,
  query: URLSearchParams,
  source: StatusSource,
): Promise<PageContent | null> {
  const number = numberIn(query, 'page');
  switch (pathname) {
    case '/':
      return overviewPage(await source.overview(), number);
    case '/decisions':
      return decisionsPage(await source.decisions(), filterIn(query), number);
    case '/clusters':
      return clustersPage(await source.clusters());
    case '/repositories':
      return repositoriesPage(await source.repositories(), number);
    case '/configuration':
      return configurationPage(await source.configuration(), number);
    case '/report': {
      const days = daysIn(query);
      return reportPage(await source.worth(days), days);
    }
    case '/blame':
      return source.blame ? blameAt(query, source.blame.bind(source)) : null;
    default:
      return null;
  }
}

async function blameAt(
  query: URLSearchParams,
  ask: NonNullable<StatusSource['blame']>,
): Promise<PageContent> {
  const question = blameQuestion(query);
  return blamePage(query, question && (await ask(question)));
}

/** Nobody names anything longer. */
const LONGEST = 300;

function filterIn(query: URLSearchParams): DecisionFilter {
  const of = (name: string): string | null => query.get(name)?.slice(0, LONGEST).toWellFormed() || null;
  return {
    cluster: of('cluster'),
    namespace: of('namespace'),
    rule: of('rule'),
    action: of('action'),
    all: of('when') === 'all',
  };
}

/** Counts from 1. */
function numberIn(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

function page(content: PageContent, depth: Depth, status = 200): SiteAnswer {
  return { status, headers: HEADERS, text: pageHtml(content, depth) };
}

function missing(depth: Depth, why: string): SiteAnswer {
  const content = markup`<h1>Not found</h1>
    <p>${why} ${link(rootOf(depth), 'All incidents')}.</p>`;
  return page({ title: 'Not found', of: 'incidents', now: null, content }, depth, 404);
}

function movedTo(location: string): SiteAnswer {
  return { status: 302, headers: { location }, text: '' };
}

import { figureBlocks } from '../report/formats.ts';
import { link, markup } from '../untrusted/html.ts';
import { toHtml } from '../writers/html.ts';
import type { PageContent } from './layout.ts';
import type { WorthView } from './views.ts';

/** Days of the periods that the page offers. */
const PERIODS = [7, 30, 90, 365] as const;
const USUAL = 30;

/** The days that a query asks for. */
export function daysIn(query: URLSearchParams): number {
  return PERIODS.find((days) => String(days) === query.get('days')) ?? USUAL;
}

/** `GET /report`: what Faultline was worth in the last days, by the audit log. */
export function reportPage({ now, report }: WorthView, days: number): PageContent {
  const periods = PERIODS.map((one) =>
    one === days
      ? markup`<li><a href="?days=${one}" aria-current="true">${one} days</a></li>`
      : markup`<li>${link(`?days=${one}`, `${one} days`)}</li>`,
  );
  return {
    title: 'Report',
    of: 'report',
    now,
    content: markup`<h1>What it was worth</h1>
<ul class="facts" aria-label="Period">${periods}</ul>
${
  report === null
    ? markup`<p class="warning">The audit log is longer than is read for a page: <code>faultline report</code> reads all of it.</p>`
    : toHtml(figureBlocks(report), { level: 2, id: 'report' })
}`,
  };
}

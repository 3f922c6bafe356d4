import { createHash } from 'node:crypto';
import { markup, link, ownHtml, type Html } from '../untrusted/html.ts';
import { STYLE } from './style.ts';
import { timeOf } from './times.ts';

/** A page before it gets its frame. */
export interface PageContent {
  /** Of the tab and the history of the browser. */
  readonly title: string;
  /** The page of the navigation that it belongs to. */
  readonly of: NavigationName;
  /** What it shows is as of then; null where it shows nothing that changes. */
  readonly now: number | null;
  readonly content: Html;
}

/** The pages that every page links to: their paths below the root of the site. */
const NAVIGATION = {
  incidents: { path: '', label: 'Incidents' },
  decisions: { path: 'decisions', label: 'Decisions' },
  report: { path: 'report', label: 'Report' },
  clusters: { path: 'clusters', label: 'Clusters' },
  repositories: { path: 'repositories', label: 'Repositories' },
  configuration: { path: 'configuration', label: 'Configuration' },
  blame: { path: 'blame', label: 'Blame' },
} as const satisfies Readonly<Record<string, { readonly path: string; readonly label: string }>>;

export type NavigationName = keyof typeof NAVIGATION;

/**
 * What a browser may do with a page: show it with its own stylesheet, and send its forms back here. No script runs, whatever a page
 * holds, and no other site may frame it.
 */
export const SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * A page as HTML.
 *
 * @param depth how many folders below the root its address is: all addresses are relative, so that a proxy may serve the site below any path
 */
export function pageHtml({ title, of, now, content }: PageContent, depth: number): string {
  const root = rootOf(depth);
  const links = Object.entries(NAVIGATION).map(([name, { path, label }]) =>
    name === of
      ? markup`<li><a href="${root}${path}" aria-current="page">${label}</a></li>`
      : markup`<li>${link(`${root}${path}`, label)}</li>`,
  );
  const asOf = now === null ? null : markup`<span>As of ${timeOf(now)}</span>`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Faultline</title>
<link rel="icon" href="${ICON}">
<style>${ownHtml(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wrap">
<a class="brand" href="${root}">${ownHtml(LOGO)}Faultline</a>
<nav aria-label="Pages"><ul>${links}</ul></nav>
</div></header>
<main id="main" tabindex="-1" class="wrap">
${content}
</main>
<footer><div class="wrap">${asOf}<span>This page only reads: it changes nothing in git, on GitHub or in a cluster.</span></div></footer>
</body>
</html>
`.toString();
}

/** `./`, `../` */
export function rootOf(depth: number): string {
  return depth === 0 ? './' : '../'.repeat(depth);
}

const MARK = 'M3 4h7l-3 6h6l-8 8 2-6H2z';
const LOGO = `<svg viewBox="0 0 16 20" aria-hidden="true" focusable="false"><path d="${MARK}" fill="currentColor"/></svg>`;
const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 0 20 20"><path d="${MARK}" fill="#b3261e"/></svg>`,
)}`;

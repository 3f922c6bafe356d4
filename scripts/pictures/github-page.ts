import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markdownToHtml } from './markdown.ts';

/** A pull request, an issue or a thread of comments, as far as a picture shows it. */
export interface Page {
  /** Of its files. */
  readonly name: string;
  readonly title: string;
  readonly number: number;
  readonly state: 'Open' | 'Draft' | 'Merged' | 'Closed';
  /** Null for an issue. */
  readonly branches: { readonly from: string; readonly into: string } | null;
  readonly labels: readonly string[];
  readonly author: string;
  /** The description, comments, or both. */
  readonly posts: readonly { readonly author: string; readonly body: string }[];
}

export type Scheme = 'light' | 'dark';

/** The page as HTML, in the scheme that the browser asks for. */
export function pageHtml(page: Page): string {
  const { title, number, labels, posts } = page;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${readFileSync(locationOf('github-markdown-css'), 'utf8')}${STYLE}</style>
<body class="markdown-body">
<h1>${escaped(title)} <span class="number">#${number}</span></h1>
<p class="standing">${standing(page)}</p>
${labels.length === 0 ? '' : `<p>${labels.map((label) => `<span class="label">${escaped(label)}</span>`).join(' ')}</p>`}
${posts.map(post).join('\n')}
<script src="${import.meta.resolve('@mermaid-js/tiny')}"></script>
<script>${DRAWING}</script>
</body>
</html>
`;
}

function standing({ state, branches, author }: Page): string {
  const badge = `<span class="state ${state.toLowerCase()}">${state}</span>`;
  const who = `<b>${escaped(author)}</b>`;
  if (branches === null) return `${badge} ${who} opened this issue`;
  const [from, into] = [branches.from, branches.into].map((branch) => `<code>${escaped(branch)}</code>`);
  return `${badge} ${who} wants to merge 1 commit into ${into} from ${from}`;
}

function post({ author, body }: Page['posts'][number]): string {
  return `<article><header><b>${escaped(author)}</b> commented</header><div>${markdownToHtml(body)}</div></article>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function locationOf(stylesheet: string): string {
  return fileURLToPath(import.meta.resolve(stylesheet));
}

/** What the stylesheet for Markdown leaves to the page around it, measured on github.com. */
const STYLE = `
body.markdown-body { box-sizing: border-box; max-width: 1012px; margin: 0 auto; padding: 24px; }
body.markdown-body > h1 { border: 0; margin: 0 0 8px; padding: 0; font-size: 32px; font-weight: 400; line-height: 1.25; overflow-wrap: anywhere; }
.number { color: var(--fgColor-muted); font-weight: 300; }
.standing { color: var(--fgColor-muted); font-size: 14px; overflow-wrap: anywhere; }
.standing code { color: var(--fgColor-accent); }
.state { background: #1f883d; border-radius: 2em; color: #fff; font-weight: 500; margin-right: 8px; padding: 5px 12px; }
.state.draft, .state.closed { background: #59636e; }
.state.merged { background: #8250df; }
.label { background: var(--bgColor-neutral-muted); border-radius: 2em; font-size: 12px; font-weight: 500; padding: 2px 7px; }
article { border: 1px solid var(--borderColor-default); border-radius: 6px; margin: 0 0 16px; }
article > header { background: var(--bgColor-muted); border-bottom: 1px solid var(--borderColor-default); border-radius: 6px 6px 0 0; color: var(--fgColor-muted); font-size: 14px; padding: 8px 16px; }
article > div { font-size: 14px; line-height: 1.5; overflow-wrap: break-word; padding: 16px; }
article > div > :first-child { margin-top: 0; }
article > div > :last-child { margin-bottom: 0; }
.mermaid { text-align: center; }
@media (max-width: 600px) {
  body.markdown-body { padding: 16px; }
  body.markdown-body > h1 { font-size: 26px; }
}
.pl-md-file { font-weight: 600; }
`;

/** GitHub draws Mermaid with its default theme, or with its dark one. \`drawn\` says when the page is ready. */
const DRAWING = `
const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
mermaid.initialize({ startOnLoad: false, theme: isDark ? 'dark' : 'default' });
globalThis.drawn = mermaid.run().then(() => document.fonts.ready);
`;

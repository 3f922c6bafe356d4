import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

/** Markdown as GitHub shows it: GFM, alerts, coloured diffs, and Mermaid left for the browser to draw. */
export function markdownToHtml(markdown: string): string {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  return withDrawings(withColouredDiffs(withAlerts(html)));
}

function withAlerts(html: string): string {
  return html.replace(
    /<blockquote>\n<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n([^]*?)<\/blockquote>/g,
    (_all, kind: string, content: string) => {
      const name = kind.toLowerCase();
      const title = kind.charAt(0) + name.slice(1);
      return `<div class="markdown-alert markdown-alert-${name}"><p class="markdown-alert-title">${title}</p>\n<p>${content}</div>`;
    },
  );
}

/** GitHub's classes for the lines of a diff, the first that fits. */
const DIFF_LINES: readonly (readonly [RegExp, string])[] = [
  [/^(?:\+\+\+|---) /, 'pl-md-file'],
  [/^@@/, 'pl-mdr'],
  [/^\+/, 'pl-mi1'],
  [/^-/, 'pl-md'],
];

function withColouredDiffs(html: string): string {
  return html.replace(
    /<pre><code class="language-diff">([^]*?)<\/code><\/pre>/g,
    (_all, diff: string) => `<pre><code>${diff.split('\n').map(colouredLine).join('\n')}</code></pre>`,
  );
}

function colouredLine(line: string): string {
  const found = DIFF_LINES.find(([sign]) => sign.test(line));
  return found === undefined ? line : `<span class="${found[1]}">${line}</span>`;
}

function withDrawings(html: string): string {
  return html.replace(
    /<pre><code class="language-mermaid">([^]*?)<\/code><\/pre>/g,
    (_all, drawing: string) => `<pre class="mermaid">${drawing}</pre>`,
  );
}

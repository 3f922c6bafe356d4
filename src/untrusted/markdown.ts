import { isMeasurement } from './measurement.ts';
import { Untrusted, type Prose } from './prose.ts';
import { shortened } from './shorten.ts';

/**
 * Writers that make foreign text harmless in GitHub's Markdown, in titles and in commit messages.
 *
 * Foreign text goes into code, where GitHub renders no links, mentions, references, emoji, HTML or mathematics. Code alone
 * is not enough, since a squash merge may copy the description into a commit message, where backticks mean nothing and
 * `fixes #1` closes an issue. So whatever acts there is taken apart as well ({@link defused}).
 */

/**
 * A sentence for use within a paragraph, a list item or a heading: one line. Values become code spans, plain numbers and
 * times stay text. What we wrote between backticks is one code span, values in it included.
 *
 * @param limit where to stop, in characters; the rest becomes an ellipsis.
 */
export function inline(text: Prose | Untrusted, limit = 6000): string {
  return write(text, limit);
}

/** A quotation for a list item: each line a code span, with `<br>` between them, at most `maxLines`. */
export function quotedLines(text: Untrusted, maxLines = 6): string {
  const lines = Untrusted.reveal(text)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const left = lines.length - maxLines;
  const first = left > 0 ? Math.floor(maxLines / 3) : lines.length;
  const quoted = lines.slice(0, first).map(shown);
  // What a program says last tells most.
  if (left > 0)
    quoted.push(
      `… ${left} more ${left === 1 ? 'line' : 'lines'}`,
      ...lines.slice(first - maxLines).map(shown),
    );
  return quoted.length === 0 ? shown('') : quoted.join('<br>');
}

/** A code block whose fence is longer than any run of backticks inside. */
export function fenced(text: Untrusted, language: 'diff' | 'text' | 'yaml'): string {
  const lines = defused(Untrusted.reveal(text)).replace(/\n+$/, '').split('\n');
  // Bots that take orders (`/approve`, `/lgtm`) look at the start of every line, in code too.
  const content = lines.map((line) => (line.startsWith('/') ? ` ${line}` : line)).join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return `${fence}${language}\n${content}\n${fence}`;
}

/**
 * Plain text on one line for a title or a commit message: nothing in it pings, refers, closes, links, skips checks, or
 * can be taken for a trailer.
 */
export function title(text: Prose | Untrusted): string {
  const line = (foreign: Untrusted): string => squeezed(plainDefused(squeezed(Untrusted.reveal(foreign))));
  if (text instanceof Untrusted) return line(text);
  return squeezed(
    text.parts[0]! + text.values.map((foreign, index) => line(foreign) + text.parts[index + 1]!).join(''),
  );
}

/** A label in a Mermaid chart, to be put between double quotes. */
export function mermaid(text: string): string {
  return squeezed(
    defused(text)
      .replace(/[^\p{L}\p{N} .,:()%/+-]/gu, ' ')
      .replace(/%{2,}/g, '%')
      .replace(/--+>?/g, '-'),
  ).slice(0, 60);
}

/** A path for use in an address: nothing in it ends a Markdown link or starts a query. */
export function urlPath(path: string): string {
  return path
    .toWellFormed()
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(
        /[!'()*~_]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}

function write(text: Prose | Untrusted, limit: number): string {
  if (text instanceof Untrusted) return value(text);
  let written = '';
  let code: string | null = null;
  const add = (piece: string): void => {
    // Two code spans side by side would be one.
    written += (written.endsWith('`') && piece.startsWith('`') ? ' ' : '') + piece;
  };
  for (const [index, part] of text.parts.entries()) {
    for (const [position, piece] of part.split('`').entries()) {
      if (position > 0) {
        if (code !== null) add(codeSpan(squeezed(code)));
        code = code === null ? '' : null;
      }
      if (code === null) add(escaped(piece, written === ''));
      else code += piece;
    }
    const foreign = text.values[index];
    if (foreign === undefined) continue;
    if (code === null) add(value(foreign));
    else code += shortened(squeezed(defused(Untrusted.reveal(foreign))));
    if (written.length > limit) return `${written.trimEnd()} …`;
  }
  if (code !== null) add(codeSpan(squeezed(code)));
  return written.trim();
}

/** A code span, or plain text in which nothing can hide; as a link where the value has an address. */
function value(foreign: Untrusted): string {
  const { address } = foreign;
  const text = Untrusted.reveal(foreign);
  if (address === null || !ADDRESS.test(address)) return shown(text);
  return `[${COUNTED.test(text) ? text : shown(text)}](${address})`;
}

function shown(text: string): string {
  const line = squeezed(text);
  return isMeasurement(line) ? line : codeSpan(shortened(defused(line)));
}

/** Nothing that ends a link. */
const ADDRESS = /^[^\s()<>[\]`]+$/;
/** Labels of ours. */
const COUNTED = /^(?:line |pull request |#)\d{1,9}$/;
/** Escapes what we wrote, so that it reads as written. */
function escaped(own: string, atStart: boolean): string {
  const text = own
    .replace(/\s+/g, ' ')
    .replace(/[\\*<>[\]|~$]|#(?!\d)/g, String.raw`\$&`)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, String.raw`\_`)
    .replace(/&(?=#?\w+;)/g, String.raw`\&`);
  return atStart
    ? text.replace(/^(\s*)([-+=])/, String.raw`$1\$2`).replace(/^(\s*\d+)([.)])/, String.raw`$1\$2`)
    : text;
}

function codeSpan(line: string): string {
  if (line === '') return '`(empty)`';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return fence + pad + line + pad + fence;
}

/**
 * Takes apart what acts on people or on other machines even where Markdown does not: mentions, references to issues, words
 * that skip checks, trailers that name authors.
 */
function defused(text: string): string {
  return text
    .replace(/(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])/g, '@ ')
    .replace(/#(?=\d+(?![A-Za-z0-9_]))/g, '# ')
    .replace(/(?<![A-Za-z0-9])(GH)-(?=\d)/gi, '$1 ')
    .replace(/\/(issues|pulls?|discussions)\/(?=\d)/g, '/$1/ ')
    .replace(/\[((?:skip|no)[ -](?:ci|actions?)|(?:ci|actions?)[ -]skip)\]/gi, '($1)')
    .replace(/\*{3}NO_CI\*{3}/g, 'NO_CI')
    .replace(
      /\b(co-authored|signed-off|acked|reviewed|approved|tested|reported|suggested|helped)-by(?=[ \t]*:)/gi,
      '$1 by',
    );
}

/** For places without code: addresses lose what makes them links, `:names:` what makes them emoji. */
function plainDefused(line: string): string {
  return (
    defused(line)
      .replace(/(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}:\/\//g, '')
      .replace(/:\/\//g, '')
      .replace(/\b(www)\.(?=\w)/gi, '$1 .')
      // The digits of a time are no name; `:100:` and `:1234:` are.
      .replace(/:(?!\d\d:\d)(?=[\w+-]{1,40}:)/g, ': ')
      .replace(/`/g, "'")
  );
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

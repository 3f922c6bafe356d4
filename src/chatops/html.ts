/** How HTML starts and ends in Markdown. Source: https://spec.commonmark.org/0.31.2/#html-blocks and #raw-html. */

const BLOCK_NAMES =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|' +
  'fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|' +
  'menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul';

const ATTRIBUTE = String.raw`\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>\x60]+|'[^']*'|"[^"]*"))?`;
const TAG = String.raw`<[A-Za-z][A-Za-z0-9-]*(?:${ATTRIBUTE})*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>`;

/** What ends a block of HTML; `null`: the next blank line does. */
export type HtmlEnd = RegExp | null;

const STARTS: readonly (readonly [start: RegExp, end: HtmlEnd])[] = [
  [/^<(?:pre|script|style|textarea)(?=[\s>]|$)/i, /<\/(?:pre|script|style|textarea)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<![A-Za-z]/, />/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [new RegExp(String.raw`^</?(?:${BLOCK_NAMES})(?=\s|/?>|$)`, 'i'), null],
];

const LONE_TAG = new RegExp(String.raw`^(?:${TAG})\s*$`);

/** What ends the block that a line starts, without its indentation; undefined when it starts none. */
export function htmlBlockEnd(line: string): HtmlEnd | undefined {
  return STARTS.find(([start]) => start.test(line))?.[1];
}

/** True for a line that is one tag and nothing else: a block, except within a paragraph. */
export function isLoneTag(line: string): boolean {
  return LONE_TAG.test(line);
}

/** A comment, tag, instruction, declaration or address in angle brackets, within text. */
export const INLINE_HTML = new RegExp(
  [
    '<!-->',
    '<!--->',
    String.raw`<!--[^]*?-->`,
    String.raw`<\?[^]*?\?>`,
    String.raw`<!\[CDATA\[[^]*?\]\]>`,
    String.raw`<![A-Za-z][^>]*>`,
    TAG,
    String.raw`<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>`,
    String.raw`<[\w.!#$%&'*+/=?^\x60{|}~-]+@[A-Za-z0-9.-]+>`,
  ].join('|'),
  'y',
);

/** Elements that hold what somebody else said, what is code, or what is folded away. */
const SET_APART = /<(\/?)(?:blockquote|pre|code|samp|kbd|details|template)\b/gi;

/** How many elements more are open behind some HTML than before it, of those whose text is not its author's open word. */
export function elementsOpened(html: string): number {
  return [...html.matchAll(SET_APART)].reduce((open, [, closes]) => open + (closes === '/' ? -1 : 1), 0);
}

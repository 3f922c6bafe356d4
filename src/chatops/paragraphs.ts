import { htmlBlockEnd, isLoneTag, type HtmlEnd } from './html.ts';

/**
 * What a comment says at its top level, by GitHub's rules for blocks (https://github.github.com/gfm/): neither quoted, nor
 * code, nor HTML. Lines count from 0.
 *
 * Only the outermost block is followed. What lies deeper changes nothing for the lines after it, except for text that goes on
 * without indentation (`> a`, then `b`: still quoted). Where two readings are possible, nothing more is read.
 */
export type Part =
  | { readonly kind: 'paragraph'; readonly lines: readonly Line[] }
  /** Lines behind an item of a list that may still belong to its text, with that text. */
  | { readonly kind: 'list-text'; readonly before: string; readonly lines: readonly Line[] }
  | { readonly kind: 'html'; readonly text: string };

export interface Line {
  readonly number: number;
  readonly text: string;
}

export function partsOf(markdown: string): readonly Part[] {
  const scanner = new Scanner();
  const isClear = markdown.split(/\r\n|\n|\r/).every((text, number) => scanner.read({ number, text }));
  // What is not known to end there may go on as code.
  return isClear ? scanner.finish() : scanner.parts;
}

type Leaf =
  | { readonly kind: 'none' }
  | { readonly kind: 'paragraph'; readonly lines: Line[]; isTable: boolean }
  | { readonly kind: 'indented' }
  | { readonly kind: 'fence'; readonly sign: string; readonly length: number }
  | { readonly kind: 'html'; readonly end: HtmlEnd; readonly lines: string[] };

/** Something that holds other blocks. `before`: what it said since the last blank line; `after`: lines that may go on with it. */
interface Container {
  readonly kind: 'quote' | 'item' | 'footnote';
  /** Columns that a line is indented by to belong to it. */
  readonly indent: number;
  before: string[];
  readonly after: Line[];
  /** An item without text on its first line ends at a blank one. */
  isEmpty: boolean;
  /** A line may have gone on with its text, or have ended it. */
  isDoubtful: boolean;
}

const FENCE = /^(?:(`{3,})[^`]*|(~{3,}).*)$/;
const NOTHING: Leaf = { kind: 'none' };

class Scanner {
  readonly parts: Part[] = [];
  #leaf: Leaf = NOTHING;
  #container: Container | null = null;

  /** False when it can no longer be told what is code. */
  read(line: Line): boolean {
    const columns = expanded(line.text);
    const rest = columns.replace(/^ +/, '');
    const indent = columns.length - rest.length;
    if (this.#leaf.kind === 'fence') return this.#readFence(this.#leaf, indent, rest);
    if (this.#leaf.kind === 'html') return this.#readHtml(this.#leaf, line.text, rest);
    if (this.#container !== null && this.#continues(this.#container, indent, rest)) {
      const isBlockOfItsOwn = FENCE.test(rest) || htmlBlockEnd(rest) !== undefined || isLoneTag(rest);
      return !(this.#container.isDoubtful && isBlockOfItsOwn);
    }
    // Indented code goes on behind a blank line.
    if (rest === '') return this.#leaf.kind === 'indented' || this.#endParagraph();
    return this.#readTop(line, indent, rest);
  }

  finish(): readonly Part[] {
    this.#endParagraph();
    this.#leave();
    return this.parts;
  }

  #readFence({ sign, length }: Extract<Leaf, { kind: 'fence' }>, indent: number, rest: string): true {
    const closing = new RegExp(`^\\${sign}{${length},}[ ]*$`);
    if (indent < 4 && closing.test(rest)) this.#leaf = NOTHING;
    return true;
  }

  #readHtml({ end, lines }: Extract<Leaf, { kind: 'html' }>, text: string, rest: string): true {
    if (end !== null || rest !== '') lines.push(text);
    if (end === null ? rest === '' : end.test(text)) this.#endHtml(lines);
    return true;
  }

  #endHtml(lines: readonly string[]): void {
    this.parts.push({ kind: 'html', text: lines.join('\n') });
    this.#leaf = NOTHING;
  }

  /** Whether a line belongs to the container for certain. */
  #continues(container: Container, indent: number, rest: string): boolean {
    if (container.kind === 'quote') {
      if (indent >= 4 || !rest.startsWith('>')) return false;
      this.#say(container, rest);
      return true;
    }
    if (rest === '') {
      if (container.isEmpty) return false;
      this.#settle(container);
      return true;
    }
    if (indent < container.indent) return false;
    this.#say(container, rest);
    return true;
  }

  #say(container: Container, rest: string): void {
    this.#flush(container);
    // Behind `>` alone, no text is open that a line could go on with.
    if (container.kind === 'quote' && /^(?:> ?)+ *$/.test(rest)) container.before = [];
    else container.before.push(rest);
    container.isEmpty = false;
  }

  #settle(container: Container): void {
    this.#flush(container);
    container.before = [];
  }

  /** What was said may still go on, with the lines that went on with it. */
  #flush({ before, after, kind }: Container): void {
    const lines = after.splice(0);
    if (lines.length === 0) return;
    if (kind !== 'quote') this.parts.push({ kind: 'list-text', before: before.join('\n'), lines });
    before.push(...lines.map(({ text }) => text));
  }

  #leave(): void {
    if (this.#container) this.#flush(this.#container);
    this.#container = null;
  }

  #endParagraph(): true {
    const leaf = this.#leaf;
    if (leaf.kind === 'html') this.#endHtml(leaf.lines);
    if (leaf.kind === 'paragraph') this.parts.push({ kind: 'paragraph', lines: leaf.lines });
    this.#leaf = NOTHING;
    this.#leave();
    return true;
  }

  /** A line that is in no container, or goes on with the text of one. */
  #readTop(line: Line, indent: number, rest: string): boolean {
    const mayContinue = this.#container !== null && this.#container.before.length > 0;
    const isOpen = this.#leaf.kind === 'paragraph' || mayContinue;
    if (indent >= 4) {
      if (this.#leaf.kind === 'paragraph') this.#leaf.lines.push(line);
      else if (mayContinue) {
        this.#container!.before.push(rest);
        this.#container!.isDoubtful = true;
      } else {
        this.#leave();
        this.#leaf = { kind: 'indented' };
      }
      return true;
    }
    const fence = FENCE.exec(rest);
    if (fence) {
      this.#endParagraph();
      const signs = (fence[1] ?? fence[2])!;
      this.#leaf = { kind: 'fence', sign: signs[0]!, length: signs.length };
      return true;
    }
    const html = htmlBlockEnd(rest);
    const isUnclear =
      mayContinue ||
      this.#leaf.kind === 'indented' ||
      (this.#leaf.kind === 'paragraph' && this.#leaf.isTable);
    if (html === undefined && isLoneTag(rest) && isUnclear) return false;
    if (html !== undefined || (isLoneTag(rest) && !isOpen)) {
      this.#endParagraph();
      this.#leaf = { kind: 'html', end: html ?? null, lines: [] };
      return this.#readHtml(this.#leaf, line.text, rest);
    }
    if (this.#leaf.kind === 'paragraph' && /^(?:=+|-+) *$/.test(rest)) return this.#endParagraph();
    if (/^#{1,6}(?: |$)/.test(rest) || /^(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/.test(rest))
      return this.#endParagraph();
    return this.#openContainer(indent, rest, isOpen) ?? this.#readText(line, rest, mayContinue);
  }

  /** Null when the line opens no container, false when that cannot be told. */
  #openContainer(indent: number, rest: string, isOpen: boolean): boolean | null {
    if (rest.startsWith('>')) return this.#enter('quote', 0, rest);
    if (/^\[\^[^\]\s]+\]:/.test(rest)) return this.#enter('footnote', 4, rest);
    const [, marker, spaces, content] = /^([-+*]|\d{1,9}[.)])(?:( +)(.*))?$/.exec(rest) ?? [];
    if (marker === undefined) return null;
    const isEmpty = content === undefined || content === '';
    // Only an item with text, and of numbers only the first, can stand right behind text.
    const isBehindCode = this.#leaf.kind === 'indented';
    if ((isOpen || isBehindCode) && (isEmpty || (marker.length > 1 && !/^1[.)]$/.test(marker)))) {
      if (this.#leaf.kind === 'paragraph') return this.#leaf.isTable ? false : null;
      if (this.#container?.kind !== 'item' || this.#container.isDoubtful) return false;
    }
    const width = isEmpty || spaces!.length > 4 ? 1 : spaces!.length;
    return this.#enter('item', indent + marker.length + width, content ?? '');
  }

  #enter(kind: Container['kind'], indent: number, content: string): true {
    this.#endParagraph();
    const before = content === '' || /^(?:> ?)+ *$/.test(content) ? [] : [content];
    const isEmpty = kind === 'item' && content === '';
    this.#container = { kind, indent, before, after: [], isEmpty, isDoubtful: false };
    return true;
  }

  #readText(line: Line, rest: string, mayContinue: boolean): true {
    if (mayContinue) {
      this.#container!.after.push(line);
      this.#container!.isDoubtful = true;
      return true;
    }
    if (this.#leaf.kind !== 'paragraph') {
      this.#leave();
      this.#leaf = { kind: 'paragraph', lines: [line], isTable: false };
      return true;
    }
    this.#leaf.lines.push(line);
    if (/^[ |:-]+$/.test(rest) && rest.includes('-')) this.#leaf.isTable = true;
    return true;
  }
}

/** Tabs lead to the next multiple of four columns. */
function expanded(text: string): string {
  if (!text.includes('\t')) return text;
  let columns = '';
  for (const sign of text) columns += sign === '\t' ? ' '.repeat(4 - (columns.length % 4)) : sign;
  return columns;
}

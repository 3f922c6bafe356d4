import { withoutHidden } from './hidden.ts';
import { mask } from './mask.ts';

/**
 * Text that came from outside: logs, events, manifests, names, commit messages. When it is made, secrets are masked and
 * characters that nobody would see are dropped.
 * It can be read only through a writer ({@link plainText} for JSON and terminals, `markdown.ts` for pull requests),
 * each of which makes it harmless for its medium.
 */
export class Untrusted {
  readonly #text: string;
  /** Where a link on it leads, in a medium that has links; made of parts that `urlPath` encoded. */
  readonly address: string | null;

  constructor(text: string, address: string | null = null) {
    this.#text = mask(withoutHidden(text));
    this.address = address;
  }

  /** Only for writers in this folder. */
  static reveal(value: Untrusted): string {
    return value.#text;
  }

  /** Serialised as its masked text, so that a record of it can be stored. */
  toJSON(): string {
    return this.#text;
  }
}

export function untrusted(text: string): Untrusted {
  return new Untrusted(text);
}

/** A value that is a link where the medium has links; `null` for a place without an address. */
export function linked(label: string, address: string | null): Untrusted {
  return new Untrusted(label, address);
}

/** A sentence of our own with foreign values in it: `parts` has one more element than `values`. */
export interface Prose {
  readonly parts: readonly string[];
  readonly values: readonly Untrusted[];
}

type Insertion = string | number | Untrusted | Prose;

/**
 * Tagged template for sentences: what is written literally is ours, every `${…}` is treated as untrusted.
 * A nested {@link Prose} keeps its own division.
 *
 *     prose`Container ${name} was OOMKilled ${count} times.`
 */
export function prose(strings: TemplateStringsArray, ...insertions: readonly Insertion[]): Prose {
  const parts: string[] = [strings[0]!];
  const values: Untrusted[] = [];
  for (const [index, insertion] of insertions.entries()) {
    const following = strings[index + 1]!;
    if (isProse(insertion)) {
      parts[parts.length - 1] += insertion.parts[0]!;
      values.push(...insertion.values);
      parts.push(...insertion.parts.slice(1));
      parts[parts.length - 1] += following;
      continue;
    }
    const value = insertion instanceof Untrusted ? insertion : new Untrusted(String(insertion));
    const isEmpty = Untrusted.reveal(value).trim() === '';
    const around = isEmpty ? withoutValue(parts.at(-1)!, following, values.length > 0) : null;
    if (around !== null) {
      parts[parts.length - 1] = around;
      continue;
    }
    values.push(isEmpty ? new Untrusted('(empty)') : value);
    parts.push(following);
  }
  return { parts, values };
}

/**
 * The words around a value that is empty, such as the message of a condition that has none: what only led to the value goes
 * with it (`: `, ` (…)`), so that no sentence shows a hole. Where the value is part of the sentence, it is called empty.
 */
function withoutValue(before: string, after: string, isInside: boolean): string | null {
  if (/[([]$/.test(before) && /^[)\]]/.test(after)) return before.slice(0, -1).trimEnd() + after.slice(1);
  if (/[:;,]\s*$/.test(before)) return before.replace(/[:;,]\s*$/, '') + after;
  if (/[).]\s$/.test(before)) return before.trimEnd() + after;
  // Nothing that is joined on without a space is nothing to be told.
  if (before === '' ? isInside : /[^\s`"'=]$/.test(before)) return before + after;
  return null;
}

/** `: what it said`, as the end of a clause; nothing where nothing was said. */
export function saying(message: unknown): Prose {
  return isSaid(message) ? prose`: ${message}` : ownText('');
}

/** ` (Reason)`, as the end of a clause; nothing where there is none. */
export function inBrackets(reason: unknown): Prose {
  return isSaid(reason) ? prose` (${reason})` : ownText('');
}

function isSaid(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '';
}

/** `once`, `3 times` */
export function often(times: number): Prose {
  return ownText(times === 1 ? 'once' : `${times} times`);
}

/** `1 pod`, `3 pods`; `0 pods` is `no pods`. */
export function counted(number: number, noun: string): Prose {
  return ownText(`${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`);
}

/** `a`, `a and b`, `a, b and c`, each one foreign text; of more than eight the first seven, and how many more there are. */
export function listed(names: readonly string[]): Prose {
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  return shown.reduce<Prose>((text, name, index) => {
    if (index === 0) return prose`${name}`;
    return index === shown.length - 1 ? prose`${text} and ${name}` : prose`${text}, ${name}`;
  }, ownText(''));
}

/** Joins sentences with a separator of our own. */
export function joinProse(items: readonly Prose[], separator: string): Prose {
  return items.reduce<Prose>(
    (joined, item, index) => (index === 0 ? item : prose`${joined}${ownText(separator)}${item}`),
    ownText(''),
  );
}

/** Text of our own that is not known when the program is written, such as a word from a fixed list. */
export function ownText(text: string): Prose {
  // Masked all the same: nothing that looks like a secret is a word of ours.
  return { parts: [text.length < 8 ? text : mask(text)], values: [] };
}

/**
 * A sentence of ours that arrives as text, with foreign names somewhere in it, such as the reason of a refusal. What is
 * between backticks ({@link markedText}) or double quotes is one value. Of the rest, plain words, numbers and per cent are
 * taken for ours, everything else for a value.
 */
export function sentenceOf(text: string): Prose {
  const parts: string[] = [''];
  const values: Untrusted[] = [];
  const value = (foreign: string): void => {
    values.push(new Untrusted(foreign));
    parts.push('');
  };
  for (const piece of plainText(untrusted(text)).trim().replace(/\s+/g, ' ').split(SPAN)) {
    const [, marked] = /^`([^`]+)`$/.exec(piece) ?? [];
    if (marked !== undefined) value(marked);
    else if (/^"[^"]+"$/.test(piece)) value(piece);
    else
      for (const token of piece.split(/(\s)/)) {
        const [, open = '', word = '', stop = ''] = /^([('"]?)(.*?)(['")]?[.,;:!?]?|)$/su.exec(token)!;
        if (word.trim() === '' || OWN_WORD.test(word)) parts[parts.length - 1] += token;
        else {
          parts[parts.length - 1] += open;
          value(word);
          parts[parts.length - 1] += stop;
        }
      }
  }
  return { parts, values };
}

/** Quotations in a sentence: after a blank or bracket, up to what can only end them. */
const SPAN = /((?<![^\s(])`[^`]+`(?=[\s.,;:!?)]|$)|(?<![^\s(])"[^"]{1,600}"(?=[\s.,;:!?)]|$))/;
/** A word as people write it, a number, and words joined by hyphens that are no names of objects. */
const OWN_WORD =
  /^(?:[A-Za-z]+(?:['’][a-z]+)?|\d{1,6}(?:st|nd|rd|th)?|%|[–—-]|e\.g|i\.e|(?:auto|pre|re|non|un|read|write|cluster|up|out|so|well|base|in|of|to|date|hand|built|time|long|short|first|last|one|two|three|left|right|over|under|self|start|end)(?:-(?:merge|merged|only|scoped|to|date|called|in|of|out|known|named|sync|place|by|hand|made|up|side|off|on|line|time|built|existing))+|and\/or)$/;

/** A sentence as text that {@link sentenceOf} reads back: its values are between backticks. */
export function markedText({ parts, values }: Prose): string {
  let text = parts[0]!;
  let isCode = backticks(text) % 2 === 1;
  for (const [index, foreign] of values.entries()) {
    const shown = Untrusted.reveal(foreign).replaceAll('`', "'");
    text += (isCode || shown === '' ? shown : `\`${shown}\``) + parts[index + 1]!;
    if (backticks(parts[index + 1]!) % 2 === 1) isCode = !isCode;
  }
  return text;
}

function backticks(text: string): number {
  return text.split('`').length - 1;
}

function isProse(value: Insertion): value is Prose {
  return typeof value === 'object' && !(value instanceof Untrusted);
}

/** For JSON and terminals. What could drive a terminal was dropped when the text was made. */
export function plainText(text: Prose | Untrusted): string {
  if (text instanceof Untrusted) return Untrusted.reveal(text);
  let plain = text.parts[0]!;
  for (const [index, value] of text.values.entries())
    plain += Untrusted.reveal(value) + text.parts[index + 1]!;
  return plain;
}

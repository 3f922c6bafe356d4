import { isMeasurement } from './measurement.ts';
import { Untrusted, untrusted, type Prose } from './prose.ts';
import { shortened } from './shorten.ts';

/**
 * Text that a browser may read as HTML. Only {@link markup} makes it: its literal parts are ours, and whatever is inserted is escaped, for
 * text and for attributes between quotes alike.
 */
export class Html {
  readonly #text: string;

  /** Only for this folder. */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

type Inserted = string | number | Prose | Untrusted | Html | null | readonly Inserted[];

export const NO_HTML = new Html('');

/**
 * Tagged template for HTML. A string is masked and escaped; a {@link Prose} shows its values as code, and links where they have an
 * address; null is nothing.
 *
 *     markup`<td title="${name}">${summary}</td>`
 */
export function markup(strings: TemplateStringsArray, ...inserted: readonly Inserted[]): Html {
  return new Html(strings[0]! + inserted.map((one, index) => written(one) + strings[index + 1]!).join(''));
}

function written(one: Inserted): string {
  if (one === null) return '';
  if (one instanceof Html) return one.toString();
  if (typeof one === 'number') return String(one);
  if (typeof one === 'string') return escaped(Untrusted.reveal(untrusted(one)));
  if (isList(one)) return one.map(written).join('');
  return one instanceof Untrusted ? value(one) : sentence(one);
}

function isList(one: Inserted): one is readonly Inserted[] {
  return Array.isArray(one);
}

/** HTML that was written here as a constant, such as a stylesheet: nothing that was read may go through this. */
export function ownHtml(text: string): Html {
  return new Html(text);
}

/** A link of words or code. Where the address is no page of the web and none of this site, only the label. */
export function link(address: string | null, label: Inserted): Html {
  if (address === null || !isAddress(address)) return new Html(written(label));
  const away = address.startsWith('http') ? ' rel="noreferrer"' : '';
  return new Html(`<a href="${escaped(address)}"${away}>${written(label)}</a>`);
}

/** Nothing that runs, and nothing that is read otherwise by another program: no sign that an address has to encode. */
function isAddress(address: string): boolean {
  return /^(?:https?:\/\/[^\s/?#@]+(?:[/?#]|$)|\.{1,2}\/|#|\?)/.test(address) && !/[\s<>"'`\\]/.test(address);
}

/** A quotation of several lines, as they are. */
export function preformatted(text: Untrusted): Html {
  return new Html(escaped(Untrusted.reveal(text).replace(/^\n+|\s+$/g, '')));
}

function sentence({ parts, values }: Prose): string {
  let text = '';
  let isCode = false;
  for (const [index, part] of parts.entries()) {
    for (const [position, piece] of part.split('`').entries()) {
      if (position > 0) {
        text += isCode ? '</code>' : '<code>';
        isCode = !isCode;
      }
      text += escaped(piece);
    }
    const foreign = values[index];
    if (foreign !== undefined) text += isCode ? escaped(lineOf(foreign)) : value(foreign);
  }
  return (isCode ? `${text}</code>` : text).trim();
}

/** Labels of ours, which are words. */
const COUNTED = /^(?:line |pull request |#)\d{1,9}$/;

function value(foreign: Untrusted): string {
  const line = lineOf(foreign);
  const isWord = isMeasurement(line) || COUNTED.test(line);
  const shown = isWord ? escaped(line) : `<code>${escaped(line === '' ? '(empty)' : line)}</code>`;
  return link(foreign.address, new Html(shown)).toString();
}

function lineOf(foreign: Untrusted): string {
  return shortened(Untrusted.reveal(foreign));
}

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => SIGNS[sign]!);
}

import { mask } from './mask.ts';

/**
 * Text that came from outside: logs, events, manifests, names, commit messages. Secrets are masked when it is made.
 * It can be read only through a writer ({@link plainText} for JSON and terminals, `markdown.ts` for pull requests),
 * each of which makes it harmless for its medium.
 */
export class Untrusted {
  readonly #text: string;

  constructor(text: string) {
    this.#text = mask(text);
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
    } else {
      values.push(insertion instanceof Untrusted ? insertion : new Untrusted(String(insertion)));
      parts.push(following);
    }
  }
  return { parts, values };
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
  return { parts: [text], values: [] };
}

function isProse(value: Insertion): value is Prose {
  return typeof value === 'object' && !(value instanceof Untrusted);
}

/** For JSON and terminals: masked, without control characters other than newline and tab. */
export function plainText(text: Prose | Untrusted): string {
  if (text instanceof Untrusted) return withoutControls(Untrusted.reveal(text));
  let plain = text.parts[0]!;
  for (const [index, value] of text.values.entries()) plain += withoutControls(Untrusted.reveal(value)) + text.parts[index + 1]!;
  return plain;
}

function withoutControls(text: string): string {
  // C0 and C1 controls (terminal escapes start with one), and the marks that reorder or hide text.
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');
}

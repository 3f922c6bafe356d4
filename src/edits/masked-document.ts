import type { ConcretePath } from '../kubernetes/field-path.ts';
import { type DocumentNode, type Entry, type MappingNode, contentEnd } from './document-nodes.ts';
import type { OpenDocument } from './open-document.ts';

/**
 * A copy of a document of which only the shape around a path is left. For the path `ports`:
 *
 *     port: 80         # http       "k0000000": "k0000001"
 *     ports: [*a, 'b']              "k0000002":  ! ["k0000003", "k0000004"]
 *     probe:                        "k0000005": "k0000006"
 *       path: /
 *
 * It is made for js-yaml-source-map, which tells paths apart by their text, counts what js-yaml announces, and takes
 * quadratic time. So each token occurs once and none is the beginning of another; scalars, keys, merge keys, aliases,
 * values that are not there, empty collections and those beside the path each get one; and what js-yaml would announce
 * twice, or at a later place, is written in the plainest way: quoted, values on the line of their key, without anchors,
 * tags, comments and `?`, and with a `!` before brackets. Each key and each item stays on its line.
 */
export interface MaskedDocument {
  readonly text: string;
  /**
   * What is written at the path: the place itself, or each one below it that has no others below it. None where the path
   * comes through an alias or a merge key, since that is written elsewhere.
   */
  readonly places: readonly MaskedPlace[];
}

export interface MaskedPlace {
  /** The path in the masked copy: tokens and indices. */
  readonly address: readonly string[];
  /** Where its key, or the item, begins in the document's text. */
  readonly start: number;
  /** The entries of mappings that the path goes through, the place's own last. */
  readonly keys: readonly Entry[];
}

export function maskDocument(document: OpenDocument, path: ConcretePath): MaskedDocument {
  const masking = new Masking(document);
  return { text: masking.mask(path), places: masking.places };
}

const PROPERTY = String.raw`(?:!<[^>\s]*>|[&!][^\s,[\]{}]*)`;
/** What may stand between words and is neither a bracket, a dash nor a comma; directives come first, since they stay. */
const BETWEEN = new RegExp(String.raw`^%[^\r\n]*|#[^\r\n]*|${PROPERTY}|:`, 'gm');
/** What belongs to the word behind it. The token begins where it did, since the column of a key counts. */
const PREFIX = new RegExp(String.raw`(?:\?[ \t]+)?(?:${PROPERTY}[ \t]+)*$`);

/** Walks a document in the order of its text and writes the masked one as it goes. */
class Masking {
  readonly places: MaskedPlace[] = [];
  readonly #document: OpenDocument;
  readonly #parts: string[] = [];
  #at: number;
  #count = 0;

  constructor(document: OpenDocument) {
    this.#document = document;
    this.#at = document.range.start;
  }

  mask(path: ConcretePath): string {
    const { root, range } = this.#document;
    // A document that is one scalar is known by it.
    const address = isLeaf(root) ? [tokenOf(0)] : [];
    this.#node(root, path, { address, start: root.start, keys: [] });
    this.#parts.push(this.#between(range.end).replace(/[ \t]+$/, ''));
    return this.#parts.join('');
  }

  /** `path` leads on from the node; null for one beside the path. */
  #node(node: DocumentNode, path: ConcretePath | null, place: MaskedPlace): void {
    if (path === null || isLeaf(node)) {
      const gap = this.#between(node.start, PREFIX);
      this.#parts.push(/[^\s,[{]$/.test(gap) ? `${gap} ` : gap);
      this.#leaf(node, path, place);
      return;
    }
    if (node.kind !== 'mapping' && node.kind !== 'sequence') return;
    // A pair in a flow sequence, as in `[a: 1]`, has no brackets.
    const bare = node.kind === 'mapping' && node.inFlow && this.#document.text[node.start] !== '{';
    if (bare) this.#parts.push(this.#between(node.start), '{');
    else if (node.flow && !node.inFlow) this.#parts.push(this.#between(node.start), '! ');
    if (node.kind === 'mapping')
      for (const entry of inOrder(node))
        this.#entry(entry, node.overridden.includes(entry) ? null : path, place);
    else {
      for (const [index, item] of node.items.entries()) {
        const address = [...place.address, String(index)];
        this.#node(item, step(path, index), { address, start: item.start, keys: place.keys });
      }
    }
    if (bare) this.#parts.push('}');
  }

  #entry(entry: Entry, path: ConcretePath | null, { address, keys }: MaskedPlace): void {
    const token = this.#token();
    const place = { address: [...address, token], start: entry.keyStart, keys: [...keys, entry] };
    const next = path && step(path, entry.merge ? null : entry.key);
    this.#parts.push(this.#between(entry.keyStart, PREFIX), `"${token}":`);
    if (next === null || isLeaf(entry.value)) {
      this.#parts.push(' ');
      this.#leaf(entry.value, next, place);
    } else {
      this.#parts.push(this.#breaks(entry.keyEnd));
      this.#node(entry.value, next, place);
    }
  }

  #leaf(node: DocumentNode, path: ConcretePath | null, place: MaskedPlace): void {
    this.#parts.push(`"${this.#token()}"`, this.#breaks(contentEnd(node)));
    if (path?.length === 0) this.places.push(place);
  }

  #token(): string {
    this.#count += 1;
    return tokenOf(this.#count - 1);
  }

  /** The text up to an offset, without words in it. */
  #between(end: number, prefix: RegExp | '' = ''): string {
    const gap = this.#document.text.slice(this.#at, end).replace(prefix, '');
    this.#at = end;
    return gap.replace(BETWEEN, blank).replace(/[ \t]+(?=\r?\n)/g, '');
  }

  /** Of the text up to an offset the line breaks alone. */
  #breaks(end: number): string {
    const breaks = this.#document.text.slice(this.#at, end).match(/\r?\n/g) ?? [];
    this.#at = end;
    return breaks.join('');
  }
}

function inOrder({ entries, overridden }: MappingNode): readonly Entry[] {
  if (overridden.length === 0) return entries;
  return [...entries, ...overridden].sort((a, b) => a.keyStart - b.keyStart);
}

function tokenOf(count: number): string {
  return `k${String(count).padStart(7, '0')}`;
}

function blank(found: string): string {
  if (found.startsWith('%')) return found;
  return found.startsWith('#') ? '' : ' '.repeat(found.length);
}

/** What of a path leads on below a child; null when it does not go there. Behind its end everything counts. */
function step(path: ConcretePath, name: string | number | null): ConcretePath | null {
  if (path.length === 0) return path;
  return path[0] === name ? path.slice(1) : null;
}

function isLeaf(node: DocumentNode): boolean {
  if (node.kind === 'mapping') return node.entries.length === 0;
  return node.kind !== 'sequence' || node.items.length === 0;
}

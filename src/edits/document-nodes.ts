import { isAlias, isMap, isScalar, isSeq, Scalar as YamlScalar, type ParsedNode } from 'yaml';
import type { Scalar } from '../kubernetes/objects.ts';
import { type Problem, problemAt } from './problem.ts';

/** Collections nested deeper than this are not opened; js-yaml stops at 100. */
export const DEEPEST_NESTING = 90;
/** How many nodes a document may have after its aliases are expanded, beyond four times those it is written with. */
export const EXPANSION_ALLOWANCE = 100_000;

/** How a scalar is written. `empty` is nothing at all after the colon or dash. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'empty';

/** A node of an open document. `start` and `end` count in the document's text; anchors and tags stand before `start`. */
export type DocumentNode = ScalarNode | MappingNode | SequenceNode | AliasNode;

interface NodeBase {
  readonly start: number;
  readonly end: number;
  readonly anchor: string | null;
  readonly tag: string | null;
  /** Within `[…]` or `{…}`. */
  readonly inFlow: boolean;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly style: ScalarStyle;
  readonly value: Scalar;
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  readonly flow: boolean;
  /** Those that count, in the order of the text. */
  readonly entries: readonly Entry[];
  /** Those that a later one with the same key puts out of effect: where the language lets the last of equal keys count. */
  readonly overridden: readonly Entry[];
}

/** How a text is read. `helm-values`: YAML of which Helm takes the last of equal keys. */
export type Language = 'yaml' | 'json' | 'helm-values';

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  readonly flow: boolean;
  readonly items: readonly DocumentNode[];
}

export interface AliasNode extends NodeBase {
  readonly kind: 'alias';
  readonly target: DocumentNode;
}

/** `key` is null for a key that is itself a collection; `merge` marks a `<<`. */
export interface Entry {
  readonly key: string | null;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly keyStyle: ScalarStyle | null;
  /** Written as `? key`. */
  readonly explicit: boolean;
  readonly merge: boolean;
  readonly value: DocumentNode;
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  [YamlScalar.PLAIN]: 'plain',
  [YamlScalar.QUOTE_SINGLE]: 'single',
  [YamlScalar.QUOTE_DOUBLE]: 'double',
  [YamlScalar.BLOCK_LITERAL]: 'literal',
  [YamlScalar.BLOCK_FOLDED]: 'folded',
};

/** Turns the parser's nodes into ours, aliases resolved, all positions in the whole text. */
export class Builder {
  readonly #text: string;
  readonly #offset: number;
  readonly #language: Language;
  readonly #anchors = new Map<string, DocumentNode>();
  readonly #expanded = new Map<DocumentNode, number>();
  #written = 0;

  constructor(text: string, offset: number, language: Language = 'yaml') {
    this.#text = text;
    this.#offset = offset;
    this.#language = language;
  }

  build(contents: ParsedNode | null, end: number): DocumentNode | Problem {
    try {
      const root = contents ? this.#node(contents, false, 0) : this.#empty(end, false);
      if (this.#size(root) > EXPANSION_ALLOWANCE + 4 * this.#written) {
        return problemAt('alias-bomb', 'the aliases expand to too many values', this.#text, root.start);
      }
      return root;
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.problem;
      throw refusal;
    }
  }

  #node(node: ParsedNode, inFlow: boolean, depth: number): DocumentNode {
    if (depth > DEEPEST_NESTING) throw this.#refusal('too-deep', 'collections are nested too deeply', node);
    this.#written += 1;
    const [from, to] = node.range;
    const place = { start: this.#offset + from, end: this.#offset + to, inFlow };
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (!target) throw this.#refusal('not-yaml', 'an alias without an anchor before it', node);
      return this.#counted({ kind: 'alias', ...place, anchor: null, tag: null, target });
    }
    const named = { ...place, anchor: node.anchor ?? null, tag: node.tag ?? null };
    if (!isScalar(node) && node.tag !== undefined && !/^tag:yaml\.org,2002:(?:map|seq)$/.test(node.tag))
      throw this.#foreignTag(node);
    let built: DocumentNode;
    if (isScalar(node)) built = this.#scalar(node as YamlScalar.Parsed, named);
    else if (isMap(node)) {
      const flow = node.flow === true;
      const written = node.items.map((pair) =>
        this.#entry(
          pair.key as ParsedNode | null,
          pair.value as ParsedNode | null,
          inFlow || flow,
          depth + 1,
        ),
      );
      const isLenient = this.#language === 'helm-values';
      if (!isLenient) this.#refuseDuplicates(written);
      const overridden = isLenient ? overriddenIn(written) : [];
      const entries =
        overridden.length === 0 ? written : written.filter((entry) => !overridden.includes(entry));
      built = { kind: 'mapping', ...named, flow, entries, overridden };
    } else if (isSeq(node)) {
      const flow = node.flow === true;
      const items = node.items.map((item) => this.#node(item as ParsedNode, inFlow || flow, depth + 1));
      built = { kind: 'sequence', ...named, flow, items };
    } else throw this.#refusal('not-yaml', 'a node of unknown kind', node);
    if (named.anchor !== null) this.#anchors.set(named.anchor, built);
    return this.#counted(built);
  }

  #scalar(node: YamlScalar.Parsed, place: NodeBase): ScalarNode {
    // The parser gives a merge key as a symbol.
    const value = typeof (node.value as unknown) === 'symbol' ? '<<' : (node.value as unknown);
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw this.#foreignTag(node);
    }
    if (node.source === '' && node.type === 'PLAIN') {
      return { kind: 'scalar', ...place, ...this.#gap(place.start), style: 'empty', value: value as Scalar };
    }
    return {
      kind: 'scalar',
      ...place,
      style: STYLES[node.type ?? 'PLAIN'] ?? 'plain',
      value: value as Scalar,
    };
  }

  /** Where a value would begin that is not there: right after the colon, dash, anchor or tag. */
  #gap(offset: number): { start: number; end: number } {
    let at = offset;
    while (at > this.#offset && /[ \t]/.test(this.#text[at - 1]!)) at -= 1;
    return { start: at, end: at };
  }

  #empty(offset: number, inFlow: boolean): ScalarNode {
    const place = { ...this.#gap(offset), anchor: null, tag: null, inFlow };
    return this.#counted({ kind: 'scalar', ...place, style: 'empty', value: null });
  }

  #entry(key: ParsedNode | null, value: ParsedNode | null, inFlow: boolean, depth: number): Entry {
    const keyNode = key
      ? this.#node(key, inFlow, depth)
      : this.#empty(this.#offset + (value?.range[0] ?? 0), inFlow);
    const written = keyNode.kind === 'alias' ? keyNode.target : keyNode;
    if (written.kind !== 'scalar' && this.#text.startsWith('{{', keyNode.start - 1)) {
      throw new Refusal(templateProblem(this.#text, keyNode.start - 1));
    }
    const merge = key !== null && isScalar(key) && typeof (key.value as unknown) === 'symbol';
    return {
      key: written.kind === 'scalar' ? String(written.value) : null,
      keyStart: keyNode.start,
      keyEnd: keyNode.end,
      keyStyle: keyNode.kind === 'scalar' ? keyNode.style : null,
      explicit: /\?[ \t]*$/.test(this.#text.slice(Math.max(0, keyNode.start - 8), keyNode.start)),
      merge,
      value: value ? this.#node(value, inFlow, depth) : this.#empty(keyNode.end, inFlow),
    };
  }

  #foreignTag(node: ParsedNode): Refusal {
    return this.#refusal('not-yaml', `the tag ${node.tag ?? ''} is not one that Kubernetes reads`, node);
  }

  #refuseDuplicates(entries: readonly Entry[]): void {
    const seen = new Set<string>();
    for (const { key, keyStart } of entries) {
      if (key === null) continue;
      if (seen.has(key)) {
        throw new Refusal(problemAt('duplicate-key', 'the mapping has this key twice', this.#text, keyStart));
      }
      seen.add(key);
    }
  }

  #refusal(code: Problem['code'], message: string, node: ParsedNode): Refusal {
    return new Refusal(problemAt(code, message, this.#text, this.#offset + node.range[0]));
  }

  /** Sums up as it goes, so that a bomb is measured without being expanded. */
  #counted<Node extends DocumentNode>(node: Node): Node {
    let size = 1;
    if (node.kind === 'alias') size += this.#size(node.target);
    else if (node.kind === 'mapping') for (const { value } of node.entries) size += this.#size(value);
    else if (node.kind === 'sequence') for (const item of node.items) size += this.#size(item);
    this.#expanded.set(node, size);
    return node;
  }

  #size(node: DocumentNode): number {
    return this.#expanded.get(node) ?? 1;
  }
}

/** Keys that stand again further down, or that a merge key further down brings in: Helm's parser lets what comes last win. */
function overriddenIn(entries: readonly Entry[]): readonly Entry[] {
  const later = new Set<string>();
  return entries
    .toReversed()
    .filter(({ key, merge, value }) => {
      const isKnown = key !== null && !merge && later.has(key);
      if (merge) for (const inherited of keysOf(value)) later.add(inherited);
      else if (key !== null) later.add(key);
      return isKnown;
    })
    .toReversed();
}

function keysOf(node: DocumentNode): ReadonlySet<string> {
  const source = resolved(node);
  if (source.kind === 'sequence') return new Set(source.items.flatMap((item) => [...keysOf(item)]));
  if (source.kind !== 'mapping') return new Set();
  return new Set(
    source.entries.flatMap(({ key, merge, value }) =>
      merge ? [...keysOf(value)] : key === null ? [] : [key],
    ),
  );
}

class Refusal extends Error {
  readonly problem: Problem;

  constructor(refused: Problem) {
    super(refused.message);
    this.problem = refused;
  }
}

/** What to say of `{{`. */
export function templateProblem(text: string, offset: number): Problem {
  return problemAt('template', 'a template expression: the text is YAML only after templating', text, offset);
}

/** The node itself, or what an alias stands for. */
export function resolved(node: DocumentNode): Exclude<DocumentNode, AliasNode> {
  return node.kind === 'alias' ? resolved(node.target) : node;
}

/** Where the text of a node ends, without the comments and blank lines after it. */
export function contentEnd(node: DocumentNode): number {
  if (node.kind === 'mapping' && !node.flow)
    return node.entries.length === 0 ? node.end : contentEnd(node.entries.at(-1)!.value);
  if (node.kind === 'sequence' && !node.flow)
    return node.items.length === 0 ? node.end : contentEnd(node.items.at(-1)!);
  return node.end;
}

import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Json, Scalar } from '../kubernetes/objects.ts';
import { type DocumentNode, type MappingNode, resolved, type ScalarStyle } from './document-nodes.ts';
import type { OpenDocument } from './open-document.ts';

/** A scalar of a document and where its value stands. Offsets, line and column are those of the file. */
export interface ScalarSite {
  readonly kind: 'scalar';
  readonly path: ConcretePath;
  readonly value: Scalar;
  readonly style: ScalarStyle | 'alias';
  /** The value exactly as written, quotes included; an alias's own text. */
  readonly source: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly anchor: string | null;
  readonly tag: string | null;
  /** How the path comes to it: written there, through an alias to a collection, or through a merge key. */
  readonly through: 'own' | 'alias' | 'merge';
  /** Parsers differ on what it means, so that only the tool that reads it can tell. */
  readonly ambiguous: boolean;
}

/** The node at a path as it is written there: an alias stays an alias. Merged keys are found; null where there is nothing. */
export function nodeAt(document: OpenDocument, path: ConcretePath): DocumentNode | null {
  return reach(document, path)?.node ?? null;
}

/** A node and how the path came to it. */
export interface Reached {
  readonly node: DocumentNode;
  readonly through: ScalarSite['through'];
}

export function reach(document: OpenDocument, path: ConcretePath): Reached | null {
  let here: Reached = { node: document.root, through: 'own' };
  for (const segment of path) {
    const through: ScalarSite['through'] =
      here.node.kind === 'alias' && here.through === 'own' ? 'alias' : here.through;
    const node = resolved(here.node);
    let next: Reached | null = null;
    if (node.kind === 'mapping') next = inMapping(node, String(segment), through);
    else if (node.kind === 'sequence' && typeof segment === 'number') {
      const item = node.items[segment];
      next = item ? { node: item, through } : null;
    }
    if (next === null) return null;
    here = next;
  }
  return here;
}

/** True where a value is written at an anchor elsewhere and an alias or a merge key brings it here. */
export function isReachedByAlias(document: OpenDocument, path: ConcretePath): boolean {
  const reached = reach(document, path);
  return reached !== null && (reached.through !== 'own' || reached.node.kind === 'alias');
}

function inMapping(mapping: MappingNode, key: string, through: ScalarSite['through']): Reached | null {
  const own = mapping.entries.find((entry) => entry.key === key && !entry.merge);
  if (own) return { node: own.value, through };
  for (const source of mergedInto(mapping)) {
    const inherited = inMapping(source, key, 'merge');
    if (inherited) return inherited;
  }
  return null;
}

/** The mappings whose keys a mapping takes over with `<<`, the winning one first. */
function mergedInto(mapping: MappingNode): readonly MappingNode[] {
  return (
    mapping.entries
      .filter((entry) => entry.merge)
      // Only Helm's values may have two, and the last one wins there.
      .toReversed()
      .flatMap((entry) => {
        const value = resolved(entry.value);
        return value.kind === 'sequence' ? value.items.map(resolved) : [value];
      })
      .filter((node): node is MappingNode => node.kind === 'mapping')
  );
}

/** Stands for a key that is itself a collection, which no path can name. */
export const COMPLEX_KEY = '? ';

/** The keys of a mapping, merged ones included, in order. */
export function fieldsOf(mapping: MappingNode): ReadonlyMap<string, Reached> {
  const fields = new Map<string, Reached>();
  for (const entry of mapping.entries) {
    if (entry.merge) continue;
    fields.set(entry.key ?? `${COMPLEX_KEY}${fields.size}`, { node: entry.value, through: 'own' });
  }
  for (const source of mergedInto(mapping)) {
    for (const [key, field] of fieldsOf(source))
      if (!fields.has(key)) fields.set(key, { ...field, through: 'merge' });
  }
  return fields;
}

/** The value of the document, aliases and merge keys expanded. */
export function documentValue(document: OpenDocument): Json {
  return valueOf(document.root);
}

export function valueOf(node: DocumentNode): Json {
  const written = resolved(node);
  if (written.kind === 'scalar') return written.value;
  if (written.kind === 'sequence') return written.items.map(valueOf);
  const value: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const [key, field] of fieldsOf(written)) value[key] = valueOf(field.node);
  return value;
}

import type { ConcretePath } from '../kubernetes/field-path.ts';
import { resolved, type ScalarNode } from './document-nodes.ts';
import { inFile, type OpenDocument } from './open-document.ts';
import { ambiguousScalar } from './plain-scalars.ts';
import { positionAt } from './positions.ts';
import { problem, type Problem, problemAt } from './problem.ts';
import { COMPLEX_KEY, fieldsOf, reach, type Reached, type ScalarSite } from './reach.ts';

/** The scalar at a path, or the reason why there is none. */
export function scalarAt(document: OpenDocument, path: ConcretePath): ScalarSite | Problem {
  const reached = reach(document, path);
  if (reached === null) return problem('not-found', 'there is nothing at this path');
  const site = siteOf(document, path, reached);
  if (site) return site;
  const { start } = reached.node;
  return problemAt('not-a-scalar', 'a mapping or sequence stands at this path', ...inFile(document, start));
}

/** Every scalar of the document in the order of the text, those reached through aliases and merge keys included. */
export function scalars(document: OpenDocument): readonly ScalarSite[] {
  const sites: ScalarSite[] = [];
  const positions = new Positions(document);
  const visit = (reached: Reached, path: ConcretePath): void => {
    const site = siteOf(document, path, reached, positions);
    if (site) {
      sites.push(site);
      return;
    }
    const through = reached.node.kind === 'alias' && reached.through === 'own' ? 'alias' : reached.through;
    const node = resolved(reached.node);
    if (node.kind === 'sequence') {
      for (const [index, item] of node.items.entries()) visit({ node: item, through }, [...path, index]);
    } else if (node.kind === 'mapping') {
      for (const [key, field] of fieldsOf(node)) {
        if (key.startsWith(COMPLEX_KEY)) continue;
        visit({ node: field.node, through: through === 'own' ? field.through : through }, [...path, key]);
      }
    }
  };
  visit({ node: document.root, through: 'own' }, []);
  return sites;
}

/** Remembers the line starts of a file, for asking many positions. */
class Positions {
  readonly #starts: number[] = [0];
  readonly #bom: boolean;

  constructor(document: OpenDocument) {
    const [text] = inFile(document, 0);
    this.#bom = text.startsWith('\uFEFF');
    for (const match of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(match.index + match[0].length);
  }

  at(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const start = low === 0 && this.#bom && offset > 0 ? 1 : this.#starts[low]!;
    return { line: low + 1, column: offset - start + 1 };
  }
}

function siteOf(
  document: OpenDocument,
  path: ConcretePath,
  reached: Reached,
  positions?: Positions,
): ScalarSite | null {
  const { node, through } = reached;
  const target = resolved(node);
  if (target.kind !== 'scalar') return null;
  const [text, start] = inFile(document, node.start);
  const [, end] = inFile(document, node.end);
  const source = document.text.slice(node.start, node.end);
  const style = node.kind === 'alias' ? 'alias' : target.style;
  return {
    kind: 'scalar',
    path,
    value: target.value,
    style,
    source,
    start,
    end,
    ...(positions ? positions.at(start) : positionAt(text, start)),
    anchor: node.anchor,
    tag: node.tag,
    through,
    ambiguous: isAmbiguous(document, target),
  };
}

/** Go's parser gives a clipped block that ends with the text no final newline; the others do. */
function isAmbiguous(document: OpenDocument, node: ScalarNode): boolean {
  const source = document.text.slice(node.start, node.end);
  if (node.style === 'plain') return node.tag === null && ambiguousScalar(source);
  return (
    (node.style === 'literal' || node.style === 'folded') &&
    node.value !== '' &&
    !/\n\s*$/.test(source) &&
    !/^.[1-9]?-/.test(source)
  );
}

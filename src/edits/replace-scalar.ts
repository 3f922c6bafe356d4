import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { insertKey } from './insert.ts';
import { type ScalarNode, resolved } from './document-nodes.ts';
import { type OpenDocument, inFile } from './open-document.ts';
import { nodeAt, reach } from './reach.ts';
import { scalarAt } from './scalars.ts';
import { type Problem, problem, problemAt } from './problem.ts';
import { preferredQuote, printBlock, printScalar } from './scalar-text.ts';
import { type EditResult, verify } from './verify.ts';
import type { Replacement } from './edit.ts';

export interface ReplaceOptions {
  /**
   * How the value was written when it stood here before (see {@link ScalarSite.source}). It is written so again where that
   * reads as the value: setting a field and setting it back then leaves the bytes as they were.
   */
  readonly source?: string;
}

/**
 * Replaces the scalar at a path by another one in the old one's style: quotes, block header, anchor, tag and comments
 * stay. A value of another type, or a string that would not be read as one, is written in the style that it needs.
 * An alias becomes a value of its own, and a key that a mapping only has through `<<` is added to it. A value behind an
 * anchor changes for its aliases too, and the result says where. The edit is proven by both parsers.
 */
export function replaceScalar(
  document: OpenDocument,
  path: ConcretePath,
  value: Scalar,
  options: ReplaceOptions = {},
): EditResult {
  const site = scalarAt(document, path);
  if (site.kind === 'problem') return site;
  const parent = path.slice(0, -1);
  if (site.through === 'merge' && isOwnMapping(document, parent))
    return insertKey(document, parent, String(path.at(-1)), value);
  if (site.through !== 'own') {
    const message = 'the value is written elsewhere and reached through an alias or a merge key';
    return { ...problem('shared-through-alias', message), line: site.line, column: site.column };
  }
  const prove = (replacement: Replacement): EditResult =>
    verify(document, { replacement, path, value, wasAmbiguous: site.ambiguous, added: null });
  const draft = draftReplacement(document, path, value);
  if (options.source !== undefined) {
    const node = nodeAt(document, path)!;
    const again = prove(spaced(document, { start: node.start, end: node.end, text: options.source }));
    if (again.kind === 'edited') return again;
  }
  return 'code' in draft ? draft : prove(draft);
}

function isOwnMapping(document: OpenDocument, path: ConcretePath): boolean {
  const reached = reach(document, path);
  return reached?.through === 'own' && reached.node.kind === 'mapping';
}

/**
 * The replacement that {@link replaceScalar} would make, in the document's own text and unproven: for marking many
 * scalars of one document at once, where the reader of the result does the proving.
 */
export function draftReplacement(
  document: OpenDocument,
  path: ConcretePath,
  value: Scalar,
): Replacement | Problem {
  const node = nodeAt(document, path);
  if (node === null) return problem('not-found', 'there is nothing at this path');
  const { start, end } = node;
  const refuse = (code: Problem['code'], message: string): Problem =>
    problemAt(code, message, ...inFile(document, start));
  const target = resolved(node);
  if (target.kind !== 'scalar') return refuse('not-a-scalar', 'a mapping or sequence stands at this path');

  const source = document.text.slice(start, end);
  if (
    node.kind === 'scalar' &&
    (node.style === 'literal' || node.style === 'folded') &&
    typeof value === 'string'
  ) {
    const text = printBlock(value, { value: String(node.value), source });
    if (text === null)
      return refuse('unsupported-value', 'the block scalar cannot hold this text with its header');
    const header = source.indexOf('\n') + 1;
    return { start: start + header, end, text: text.slice(header) };
  }
  if (node.kind === 'scalar' && (node.style === 'literal' || node.style === 'folded')) {
    return refuse('unsupported-style', 'a block scalar holds only text');
  }
  const text = printScalar(value, {
    inFlow: node.inFlow,
    quote: document.language === 'json' ? 'double' : preferredQuote(document),
    style: styleFor(document, node.kind === 'scalar' ? node : null),
  });
  if (text === null) return refuse('unsupported-value', 'parsers would not agree on this value');
  return spaced(document, { start, end, text });
}

function styleFor(document: OpenDocument, node: ScalarNode | null): 'plain' | 'single' | 'double' {
  if (document.language === 'json') return 'double';
  return node?.style === 'single' || node?.style === 'double' ? node.style : 'plain';
}

/** A value after a colon, dash, anchor or tag needs a space before it. */
function spaced(document: OpenDocument, replacement: Replacement): Replacement {
  const { start, end, text } = replacement;
  const before = document.text[start - 1];
  const apart = start === end && before !== undefined && !/[\s,[{]/.test(before);
  return apart && text !== '' ? { ...replacement, text: ` ${text}` } : replacement;
}

import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { reach, valueOf } from './reach.ts';
import type { OpenDocument } from './open-document.ts';
import { problem } from './problem.ts';
import { printScalar } from './scalar-text.ts';
import { verify, type EditResult } from './verify.ts';

/** Puts another key with another value where a key of the mapping at `parent` stands: one range, from key to value. */
export function renameKey(
  document: OpenDocument,
  parent: ConcretePath,
  key: string,
  to: { readonly key: string; readonly value: Scalar },
): EditResult {
  const node = reach(document, parent)?.node;
  const entry = node?.kind === 'mapping' ? node.entries.find((one) => one.key === key && !one.merge) : null;
  if (node?.kind !== 'mapping' || !entry) return problem('not-found', `the mapping has no key ${key}`);
  const isQuoted = entry.keyStyle === 'double';
  const printed = printScalar(to.value, {
    quote: 'double',
    inFlow: entry.value.inFlow,
    style: isQuoted ? 'double' : 'plain',
  });
  if (printed === null) return problem('unsupported-value', 'parsers would not agree on this value');
  const name = isQuoted ? JSON.stringify(to.key) : to.key;
  const colon = document.text.slice(entry.keyEnd, entry.value.start);
  return verify(document, {
    replacement: { start: entry.keyStart, end: entry.value.end, text: name + colon + printed },
    path: parent,
    value: Object.fromEntries(
      node.entries.map((one) => (one === entry ? [to.key, to.value] : [String(one.key), valueOf(one.value)])),
    ),
    wasAmbiguous: false,
    added: null,
  });
}

import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Language } from './document-nodes.ts';
import { type Host, type OpenDocument, hostOffset, inFile, lineAt, openIn } from './open-document.ts';
import { nodeAt, reach } from './reach.ts';
import { lineEnding } from './positions.ts';
import { type Problem, problem, problemAt } from './problem.ts';
import { blockIndent } from './scalar-text.ts';
import { splitDocuments } from './split.ts';
import type { Replacement } from './edit.ts';

/**
 * The YAML document that is written in a literal block scalar, such as an inline patch of a kustomization. All
 * functions on documents work on it, and give places and edits of the file around it. Only `|` blocks have the inner
 * text line by line; folded and quoted ones give a problem.
 *
 * @param index which document of the inner text, from 0.
 */
export function innerDocument(
  host: OpenDocument,
  path: ConcretePath,
  { index = 0, language = 'yaml' }: { readonly index?: number; readonly language?: Language } = {},
): OpenDocument | Problem {
  const inner = literalText(host, path);
  if ('code' in inner) return inner;
  const range = splitDocuments(inner.text)[index];
  if (!range) return problem('not-found', `the block has no document ${index}`);
  return openInner(inner.text, range, language, inner.host);
}

function openInner(
  text: string,
  range: OpenDocument['range'],
  language: Language,
  host: Host,
): OpenDocument | Problem {
  const opened = openIn(text, range, language, host);
  if (opened.kind === 'document' || opened.line === null) return opened;
  // The place of the complaint is one of the inner text: every inner line is a line of the host.
  const lines = text.split('\n');
  const offset =
    lines.slice(0, opened.line - 1).reduce((sum, line) => sum + line.length + 1, 0) +
    (opened.column ?? 1) -
    1;
  return placed(opened, host, Math.min(offset, text.length));
}

function placed(found: Problem, host: Host, offset: number): Problem {
  const at = hostOffset(host, offset);
  if (host.document.host) return placed(found, host.document.host, at);
  return problemAt(found.code, found.message, host.document.text, at);
}

function literalText(host: OpenDocument, path: ConcretePath): { text: string; host: Host } | Problem {
  const reached = reach(host, path);
  const node = nodeAt(host, path);
  if (!reached || !node) return problem('not-found', 'there is nothing at this path');
  const refuse = (message: string): Problem =>
    problemAt('not-a-literal', message, ...inFile(host, node.start));
  if (node.kind !== 'scalar' || node.style !== 'literal' || typeof node.value !== 'string') {
    return refuse('only a literal block (|) holds its text line by line');
  }
  if (reached.through !== 'own') return refuse('the block is written elsewhere and reached through an alias');
  const source = host.text.slice(node.start, node.end);
  const indent = blockIndent({ value: node.value, source });
  if (indent === null) return refuse('the block is empty');
  // Where each line of the inner text begins in the host.
  const starts: Host['lines'][number][] = [];
  let at = node.start + source.indexOf('\n') + 1;
  let inner = 0;
  for (const line of node.value.split('\n')) {
    const hostEnd = host.text.indexOf('\n', at);
    const raw = host.text.slice(at, hostEnd < 0 ? host.text.length : hostEnd);
    starts.push({ inner, line: at, content: at + Math.min(indent.length, /^ */.exec(raw)![0].length) });
    inner += line.length + 1;
    at = hostEnd < 0 ? host.text.length : hostEnd + 1;
  }
  return { text: node.value, host: { document: host, path, lines: starts, indent } };
}

/** A replacement in an inner document's text as one in its host's text, new lines indented like the block's. */
export function toHost(host: Host, replacement: Replacement): Replacement {
  const { start, end, text } = replacement;
  const first = lineAt(host, start);
  const last = lineAt(host, end);
  // Whole lines that go take their indentation along.
  if (text === '' && first.inner === start && last.inner === end)
    return { start: first.line, end: last.line, text };
  if (!text.includes('\n')) return { start: hostOffset(host, start), end: hostOffset(host, end), text };
  // Whole lines go in before the indentation of the line they push down, and bring their own.
  const wholeLines = first.inner === start;
  const lines = text.split('\n').map((line, index) => {
    return (index === 0 && !wholeLines) || line === '' ? line : host.indent + line;
  });
  return {
    start: wholeLines ? first.line : hostOffset(host, start),
    end: last.inner === end && text.endsWith('\n') ? last.line : hostOffset(host, end),
    text: lines.join(lineEnding(host.document.text)),
  };
}

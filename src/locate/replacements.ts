import { difference, type Edit } from '../edits/edit.ts';
import { isReachedByAlias } from '../edits/reach.ts';
import { outermost, type OpenDocument } from '../edits/open-document.ts';
import { scalarAt } from '../edits/scalars.ts';
import type { Problem } from '../edits/problem.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import { parseImage } from '../kubernetes/images.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { isAnchored } from './anchors.ts';
import { replacedOnce } from './documents.ts';
import { editedImageEntry } from './image-entry.ts';
import type { Site } from '../model/site.ts';
import type { ScalarRole, SourceScalar } from './source-scalars.ts';
import type { Declined } from '../model/declined.ts';

/** A way to give one field its value: edits of one file, and the site they are at. */
export interface Replacement {
  readonly edits: readonly Edit[];
  readonly site: Omit<Site, 'renderer' | 'root'>;
  /** The value is written at an anchor, and the edit writes another beside it: whoever changes the anchor changes this no more. */
  readonly cutsAlias?: boolean;
  /** The value stands at an anchor, from which others take it by an alias of their own. */
  readonly isAnchor?: boolean;
  /** A patch, which says of one object what an entry for many may say otherwise. */
  readonly isPatch?: boolean;
  /** It comes with a change that nobody asked for, which may change nothing else. */
  readonly escorted?: Escorted;
}

/** An edit that reaches nobody alone, such as one of a chart that is taken anew only with another version. */
export interface Escorted {
  /** The edit without what comes with it. */
  readonly alone: readonly Edit[];
  /** Why it would do nothing, as the start of a sentence that what else would change ends. */
  readonly because: string;
  /** Why nothing is edited for an incident: what is opened for it has to help. */
  readonly refusal: Declined;
}

/** Ways to make a field `after` by changing one scalar that it contains; the likeliest first. The proof has the last word. */
export function replacementsAt(
  scalar: SourceScalar,
  before: Scalar,
  after: Scalar,
): readonly (Replacement | Problem)[] {
  const site = siteOf(scalar);
  const cutsAlias = scalar.document !== null && isReachedByAlias(scalar.document, scalar.path);
  const isAnchor = scalar.document !== null && isAnchored(scalar.document, scalar.path);
  const one = (edit: Omit<Edit, 'file'> | Problem): Replacement | Problem =>
    'code' in edit ? edit : { edits: [{ file: scalar.file, ...edit }], site, cutsAlias, isAnchor };
  if (scalar.document === null) {
    const value =
      scalar.role === 'content' ? wholeContent(scalar, before, after) : valueWithin(scalar, before, after)[0];
    return value === undefined ? [] : [one({ start: scalar.start, end: scalar.end, text: String(value) })];
  }
  const document = scalar.document;
  const values = valueWithin(scalar, before, after).flatMap((value) => asWritten(scalar, value));
  const replaced = values.map((value) => {
    const result = replacedOnce(document, scalar.path, value);
    return one(result.kind === 'edited' ? result.edit : result);
  });
  return [...wholeEntry(scalar, document, before, after), ...replaced];
}

/** The keys of an `images` entry belong together: a tag that is left beside another digest would speak of nothing. */
function wholeEntry(
  scalar: SourceScalar,
  document: OpenDocument,
  before: Scalar,
  after: Scalar,
): readonly (Replacement | Problem)[] {
  if (!IN_ENTRY.has(scalar.role)) return [];
  const entry = editedImageEntry(document, scalar.path.slice(0, -1), before, after);
  if (entry === null) return [];
  if ('code' in entry) return [entry];
  const { file } = scalar;
  const edit = difference(file, outermost(document).text, outermost(entry.after).text);
  const first = entry.first && scalarAt(document, entry.first);
  const site = siteOf(first?.kind === 'scalar' ? { ...scalar, ...first } : scalar);
  const isAnchor = isAnchored(document, scalar.path);
  return [{ edits: [edit], site, cutsAlias: entry.cutsAlias, isAnchor }];
}

const IN_ENTRY: ReadonlySet<ScalarRole> = new Set(['image-newName', 'image-newTag', 'image-digest']);

export function siteOf(scalar: SourceScalar): Replacement['site'] {
  const { file, line, column, documentIndex, outerPath, path } = scalar;
  // A value inside an inline patch is named by the patch first, then by its place in it.
  const printed = [outerPath, path].filter((part) => part.length > 0).map((part) => printFieldPath(part));
  return { file, document: documentIndex, line, column, path: printed.join(' > '), kind: 'replace' };
}

/** Where text is filled in for a variable, a number is text too: in the data of a ConfigMap. */
function asWritten({ value: own }: SourceScalar, value: Scalar): readonly Scalar[] {
  return typeof own === 'string' && (typeof value === 'number' || typeof value === 'boolean')
    ? [value, String(value)]
    : [value];
}

/** What the scalar would have to be for the field to turn from `before` into `after`. */
function valueWithin(scalar: SourceScalar, before: Scalar, after: Scalar): readonly Scalar[] {
  const { value, role } = scalar;
  if (role === 'image-entry') return imageEntries(String(value), before, after);
  // Argo CD takes a count in quotes too.
  if (role === 'replica-count' && typeof value === 'string')
    return value === String(before) ? [String(after)] : [];
  if (role === 'literal') {
    const text = String(value);
    const equals = text.indexOf('=') + 1;
    // Kustomize takes quotes around the whole value away.
    const [, quote = '', own] = /^(['"])([^]*)\1$/.exec(text.slice(equals)) ?? [];
    // As text: what it says may have become a number where it was filled in.
    const [was, wanted] = [before, after].map((each) => (each === null ? each : String(each))) as [
      Scalar,
      Scalar,
    ];
    return spliced(own ?? text.slice(equals), was, wanted).map(
      (inner) => text.slice(0, equals) + quote + String(inner) + quote,
    );
  }
  // A tag such as `1.10` is written without quotes and read as the number 1.1; the field has it as text.
  const own = role.startsWith('image-') && typeof value === 'number' ? scalar.source : value;
  if (Object.is(own, before)) return [...withoutGeneratedHash(after), after];
  if (typeof own === 'number' && String(own) === before) return [after];
  // The text of a variable that became a number or a boolean where it was filled in.
  if (typeof own === 'string' && before !== null && String(before) === own) return [String(after)];
  return [
    ...new Set([
      ...spliced(own, before, after),
      ...wholeName(scalar, before, after),
      ...aroundVariables(own, before, after),
      ...otherDefault(own, before, after),
    ]),
  ];
}

/** `${REPLICAS:=3}` that renders as 3, where nothing gives the variable a value, becomes `${REPLICAS:=5}`. */
function otherDefault(own: Scalar, before: Scalar, after: Scalar): readonly Scalar[] {
  const expression = typeof own === 'string' ? /^([^$]*\$\{\w+:?[=-])([^${}]+)(\}[^$]*)$/.exec(own) : null;
  if (!expression) return [];
  const [, start, value, end] = expression as unknown as [string, string, string, string];
  const [left, right] = [start.slice(0, start.indexOf('$')), end.slice(1)];
  const wanted = String(after);
  const fits =
    wanted.startsWith(left) && wanted.endsWith(right) && wanted.length > left.length + right.length;
  if (String(before) !== left + value + right || !fits) return [];
  const other = wanted.slice(left.length, wanted.length - right.length);
  return /[${}]/.test(other) ? [] : [start + other + end];
}

/** `shop/cart:1.4` becomes `shop/cart:1.5`, or `shop/cart=mirror/cart:1.4` where the name changes. */
function imageEntries(entry: string, before: Scalar, after: Scalar): readonly string[] {
  const equals = entry.indexOf('=') + 1;
  const wanted = typeof after === 'string' ? parseImage(after) : null;
  const own = parseImage(entry.slice(equals));
  const key = equals > 0 ? entry.slice(0, equals) : `${own?.name ?? ''}=`;
  const isRenamed = wanted !== null && own !== null && wanted.name !== own.name;
  if (isRenamed) return [`${key}${String(after)}`];
  return spliced(entry.slice(equals), before, after).map((text) => entry.slice(0, equals) + String(text));
}

/** `$(LEVEL),json` or `${LEVEL},json` that renders as `warn,json` becomes `$(LEVEL),text`: what is put in for the variables stays. */
function aroundVariables(own: Scalar, before: Scalar, after: Scalar): readonly Scalar[] {
  if (typeof own !== 'string' || typeof before !== 'string' || typeof after !== 'string') return [];
  const variables = own.match(/\$\([\w.-]+\)|\$\{\w+\}/g);
  if (!variables) return [];
  const literal = own
    .split(/\$\([\w.-]+\)|\$\{\w+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const filled = new RegExp(`^${literal.join('([^]+?)')}$`).exec(before)?.slice(1);
  if (!filled) return [];
  let [written, at] = ['', 0];
  for (const [index, text] of filled.entries()) {
    const found = after.indexOf(text, at);
    if (found < 0) return [];
    written += after.slice(at, found) + variables[index]!;
    at = found + text.length;
  }
  return [written + after.slice(at)];
}

/** A name gets its prefix and suffix while something of that name is rendered; another name stays as it is written. */
function wholeName({ role, value }: SourceScalar, before: Scalar, after: Scalar): readonly Scalar[] {
  const isName = /^[a-z0-9.-]+$/.test(String(before)) && typeof value === 'string' && value !== '';
  return role === 'object' && isName && String(before).includes(value) ? [after] : [];
}

/** Replaces the one part of `before` that is the scalar so that the whole becomes `after`. */
function spliced(own: Scalar, before: Scalar, after: Scalar): readonly Scalar[] {
  if (own === before) return [after];
  if (typeof before !== 'string' || typeof after !== 'string' || own === null || String(own) === '')
    return [];
  const part = String(own);
  const values: string[] = [];
  for (let at = before.indexOf(part); at >= 0; at = before.indexOf(part, at + 1)) {
    const prefix = before.slice(0, at);
    const suffix = before.slice(at + part.length);
    if (after.length > prefix.length + suffix.length && after.startsWith(prefix) && after.endsWith(suffix)) {
      values.push(after.slice(prefix.length, after.length - suffix.length));
    }
  }
  // A reference to a generated object is written without the hash that the field shows.
  if (before.startsWith(part) && /^-[2456789bcdfghkmt]{10}$/.test(before.slice(part.length)))
    values.push(withoutHash(after));
  return [...new Set(values)];
}

/** Sources name generated objects without the hash, which changes with their content. */
function withoutGeneratedHash(after: Scalar): readonly Scalar[] {
  const name = typeof after === 'string' ? withoutHash(after) : after;
  return name === after ? [] : [name];
}

function wholeContent(scalar: SourceScalar, before: Scalar, after: Scalar): string | undefined {
  return scalar.source === before && typeof after === 'string' ? after : undefined;
}

export interface Candidates {
  readonly replacements: readonly Replacement[];
  /** Why places that were found cannot be edited. */
  readonly refusals: readonly Declined[];
  /** An entry of `images` or `replicas` holds the value: a patch over it would leave it behind. */
  readonly isByEntry?: boolean;
}

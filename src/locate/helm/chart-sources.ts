import { posix } from 'node:path';
import { decode } from '../../edits/edit.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { generatorScalars, templateScalars } from '../generator-scalars.ts';
import type { SourceScalar } from '../source-scalars.ts';
import type { Source } from './chart-markers.ts';
import { packagesOf } from './packages.ts';
import { appVersionIn, literalsIn, type References, referencesIn } from './template-text.ts';
import { keyOf, type Leaf, leavesOf, mapsOf, nodeAtPath, type ValueNode } from './values.ts';

/** True for a source whose own text the field contains, so that it may be made from it. */
export function isPartOf({ value: own }: Source, value: unknown): boolean {
  return own !== null && own !== '' && typeof value !== 'object' && String(value).includes(String(own));
}

/**
 * `values`: those that are set. `literals`: what templates write out. `chosen`: values that templates compare and calculate
 * with, or that name things. `empty`: values that are empty, null, or only named by
 * a template. `expressions`: lines of templates that are filled in, each as a whole. `generated`: what generators hand to the ApplicationSet
 * that declares the release. `template`: what that set makes of it. `appVersion`: what charts say of themselves, and templates read.
 */
export type Pass =
  'values' | 'generated' | 'template' | 'literals' | 'chosen' | 'empty' | 'expressions' | 'appVersion';

export function references(revision: Revision, root: HelmRoot): References {
  const { closure } = root;
  const compared = new Set<string>();
  const printed: ConcretePath[] = [];
  const collected: ConcretePath[] = [];
  const named = new Set<string>();
  const look = (text: string, prefix: ConcretePath): void => {
    const found = referencesIn(text, prefix);
    for (const key of found.named) named.add(key);
    for (const path of found.compared) compared.add(path);
    printed.push(...found.printed);
    collected.push(...found.collected);
  };
  for (const { templates, prefix } of packagesOf(revision, root))
    for (const text of templates) look(text, prefix);
  for (const { folder, prefix } of closure.parts) {
    const below = folder === '.' ? 'templates/' : `${folder}/templates/`;
    for (const [file, role] of closure.files) {
      if (role !== 'template' || !file.startsWith(below)) continue;
      look(String(revision.tree.read(file) ?? ''), prefix);
    }
  }
  return { compared, printed, collected, named };
}

/** Keys whose values name things, or choose between them. */
const NAMING = /^(name|nameOverride|fullnameOverride|namespace|kind|apiVersion|type|labels|enabled)$/i;

export function setValues(
  values: ValueNode,
  { compared }: References,
  pass: 'values' | 'chosen',
): readonly Source[] {
  const isChosen = ({ path }: Leaf): boolean =>
    compared.has(keyOf(path)) ||
    (NAMING.test(String(path.at(-1))) && !path.some((step) => typeof step === 'number'));
  return [...leavesOf(values)]
    .filter((leaf) => canBeMarked(leaf.value) && isChosen(leaf) === (pass === 'chosen'))
    .map((leaf): Source => ({ kind: 'value', path: leaf.path, value: leaf.value, leaf }));
}

function canBeMarked(value: Scalar): boolean {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && value !== '';
}

export function emptyValues(
  values: ValueNode,
  { compared, printed, collected }: References,
): readonly Source[] {
  const empty = [...leavesOf(values)]
    .filter(({ value }) => value === '' || value === null)
    .map((leaf): Source => ({ kind: 'value', path: leaf.path, value: leaf.value, leaf }));
  const taken = new Set(collected.map(keyOf));
  const unset = new Map(
    printed.filter((path) => nodeAtPath(values, path) === undefined).map((path) => [keyOf(path), path]),
  );
  for (const path of tagsNotSet(values)) unset.set(keyOf(path), path);
  const named = [...unset.values()].map((path): Source => ({
    kind: 'value',
    path,
    value: null,
    leaf: null,
  }));
  return [...empty, ...named].filter(
    (source) =>
      source.kind === 'value' &&
      !compared.has(keyOf(source.path)) &&
      !taken.has(keyOf(source.path)) &&
      !/^(name|nameOverride|fullnameOverride|namespace)$/i.test(String(source.path.at(-1))),
  );
}

/** An image without a tag: a helper that is handed the mapping reads it, and no template names its whole path. */
function tagsNotSet(values: ValueNode): readonly ConcretePath[] {
  return [...mapsOf(values)].flatMap(({ path, node }) =>
    node.kind === 'map' && node.entries.get('repository')?.kind === 'scalar' && !node.entries.has('tag')
      ? [[...path, 'tag']]
      : [],
  );
}

export function templateLiterals(
  revision: Revision,
  { closure }: HelmRoot,
  pass: 'literals' | 'expressions',
): readonly Source[] {
  return [...closure.files]
    .filter(([, role]) => role === 'template')
    .flatMap(([file]) => {
      const content = revision.tree.read(file);
      const text = content && decode(content);
      return typeof text === 'string' ? literalsIn(file, text, pass) : [];
    })
    .filter(({ value }) => canBeMarked(value))
    .map((literal): Source => ({
      kind: 'literal',
      literal,
      value: pass === 'expressions' ? null : literal.value,
    }));
}

export function appVersions(revision: Revision, { closure }: HelmRoot): readonly Source[] {
  return [...closure.files]
    .filter(([file]) => posix.basename(file) === 'Chart.yaml')
    .flatMap(([file]) => {
      const content = revision.tree.read(file);
      const literal = content && appVersionIn(file, decode(content) ?? '');
      return literal ? [{ kind: 'literal' as const, literal, value: literal.value }] : [];
    });
}

export function generatedValues(
  revision: Revision,
  { declared }: HelmRoot,
  pass: 'generated' | 'template',
): readonly Source[] {
  if (declared === null) return [];
  if (pass === 'template')
    return templateScalars(revision, declared).map((scalar) => ({ kind: 'template', scalar, value: null }));
  return generatorScalars(revision, declared)
    .filter(({ markable, style, value }) => markable && !BLOCK.has(style) && canBeHandedOn(value))
    .map((scalar): Source => ({ kind: 'generated', scalar, value: scalar.value }));
}

const BLOCK: ReadonlySet<SourceScalar['style']> = new Set(['literal', 'folded']);

function canBeHandedOn(value: Scalar): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

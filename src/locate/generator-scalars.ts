import { decode } from '../edits/edit.ts';
import { ACTION_MARK, withoutActions } from '../edits/template-actions.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf, type Declared } from '../sources/roots.ts';
import { identityOf, isAbout } from './document-identity.ts';
import { helmfileExpressions, helmfileScalars } from './helmfile-scalars.ts';
import { inBlock, manifestScalars, sourceScalars, type SourceScalar } from './source-scalars.ts';

/**
 * What an ApplicationSet makes its Applications of: the scalars of the files that its generators read, the elements and `values` of
 * the generators, and what the blocks of its template say between their actions. The same of a helmfile.
 */
export function generatorScalars(revision: Revision, declared: Declared): readonly SourceScalar[] {
  if (declared.object.kind === 'Helmfile') return helmfileScalars(revision, declared);
  if (declared.object.kind !== 'ApplicationSet') return [];
  const inFiles = [...new Set(declared.inputFiles)].flatMap((file) =>
    sourceScalars(revision.tree, file, 'values').filter(({ documentIndex }) => documentIndex === 0),
  );
  return [
    ...[...inFiles, ...inGenerators(revision, declared)].flatMap(handedOn),
    ...inBlocksOfTemplate(revision, declared),
  ];
}

function inGenerators(revision: Revision, { object, parent }: Declared): readonly SourceScalar[] {
  if (!parent || parent.kind === 'helm') return [];
  return [...rolesOf(parent)].flatMap(([file, role]) =>
    sourceScalars(revision.tree, file, role).filter(({ document, path }) => {
      if (document === null || !HANDED_ON.test(path.join('/'))) return false;
      const { kind, name } = identityOf(document);
      return kind === object.kind && isAbout(object, name);
    }),
  );
}

/** Elements of a list, and `values` of any generator; of a generator of its own, or of one that is combined with others. */
const HANDED_ON =
  /^spec\/generators\/\d+\/((matrix|merge)\/generators\/\d+\/)*([A-Za-z]+\/values\/|list\/elements\/\d+\/|list\/elementsYaml$)/;

function handedOn(scalar: SourceScalar): readonly SourceScalar[] {
  const own: SourceScalar = { ...scalar, role: 'parameter', markable: !scalar.anchored };
  // A number in a block is one for the chart; the parameter around it is a text.
  return [own, ...within(scalar).map((one) => ({ ...one, markable: !one.anchored }))];
}

function within({ file, document, path, outerPath, style }: SourceScalar): readonly SourceScalar[] {
  return document === null || style !== 'literal'
    ? []
    : inBlock(file, document, { path, style }, outerPath).flatMap((one) => [one, ...within(one)]);
}

/** What a template says itself, in a block that has actions too: elsewhere, the object that declares the release has it as it is. */
function inBlocksOfTemplate(revision: Revision, declared: Declared): readonly SourceScalar[] {
  return ofTemplate(revision, declared).filter(
    ({ outerPath, source }) => outerPath.length > 0 && !source.includes(ACTION_MARK),
  );
}

/** What the template of an ApplicationSet makes with actions. */
export function templateScalars(revision: Revision, declared: Declared): readonly SourceScalar[] {
  if (declared.object.kind === 'Helmfile') return helmfileExpressions(revision, declared);
  if (declared.object.kind !== 'ApplicationSet') return [];
  return ofTemplate(revision, declared).filter(
    ({ source, style }) => source.includes(ACTION_MARK) && (style as string) !== 'folded',
  );
}

/** The scalars of a set's template, its actions out of the way. */
function ofTemplate(revision: Revision, { object, parent }: Declared): readonly SourceScalar[] {
  if (!parent || parent.kind === 'helm') return [];
  return [...rolesOf(parent)].flatMap(([file, role]) => {
    const content = role === 'objects' ? revision.tree.read(file) : undefined;
    const written = content?.includes('ApplicationSet') ? decode(content) : null;
    if (typeof written !== 'string' || !written.includes('{{')) return [];
    return manifestScalars(file, withoutActions(written))
      .filter(({ document, path }) => {
        const { kind, name } = identityOf(document!);
        return kind === object.kind && isAbout(object, name) && OF_TEMPLATE.test(path.join('/'));
      })
      .flatMap((one) => [one, ...within(one)])
      .filter(({ style }) => style !== 'literal');
  });
}

const OF_TEMPLATE =
  /^spec\/(templatePatch$|(generators\/.+\/)?template\/spec\/(source|sources\/\d+)\/(helm|kustomize)\/)/;

import type { Revision } from '../sources/revision.ts';
import { rolesOf, type Declared } from '../sources/roots.ts';
import { identityOf, isAbout } from './document-identity.ts';
import { inBlock, sourceScalars, type SourceScalar } from './source-scalars.ts';

/**
 * What the generators of an ApplicationSet hand to its template: the scalars of the files that they read, and the elements and
 * `values` that the set itself has; those in a block of YAML too.
 */
export function generatorScalars(revision: Revision, declared: Declared): readonly SourceScalar[] {
  if (declared.object.kind !== 'ApplicationSet') return [];
  const inFiles = [...new Set(declared.inputFiles)].flatMap((file) =>
    sourceScalars(revision.tree, file, 'values').filter(({ documentIndex }) => documentIndex === 0),
  );
  return [...inFiles, ...inSet(revision, declared)].flatMap(handedOn);
}

function inSet(revision: Revision, { object, parent }: Declared): readonly SourceScalar[] {
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
  const { file, document, path, outerPath, style } = scalar;
  const within = document && style === 'literal' ? inBlock(file, document, { path, style }, outerPath) : [];
  const own: SourceScalar = { ...scalar, role: 'parameter', markable: !scalar.anchored };
  // A number in a block is one for the chart; the parameter around it is a text.
  return [own, ...within.map((one) => ({ ...one, role: 'object' as const, markable: !one.anchored }))];
}

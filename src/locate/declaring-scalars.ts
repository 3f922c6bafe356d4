import { reach, valueOf, type OpenDocument } from '../edits/open-document.ts';
import { isRecord, type ObjectRef } from '../kubernetes/objects.ts';
import { withoutHash } from '../proof/compare.ts';
import type { FileRole } from '../renderers/kustomization.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf, type Declared, type Root } from '../sources/roots.ts';
import { inBlock, sourceScalars, type ScalarRole, type SourceScalar } from './source-scalars.ts';

/**
 * What a Flux Kustomization puts into the objects that it applies, where that is written: variables in it and in the
 * ConfigMaps that it names, its images and its patches. What applies the Kustomization may do the same to it, so that all the objects above
 * are looked at. Nothing that says which files are applied is among them.
 */
export function declaringScalars(revision: Revision, root: Root): readonly SourceScalar[] {
  const found: SourceScalar[] = [];
  for (let { declared } = root; declared !== null; declared = declared.parent?.declared ?? null) {
    if (declared.object.kind !== 'Kustomization') continue;
    for (const [file, role] of filesBehind(declared))
      found.push(...scalarsIn(revision, file, role, declared));
  }
  return found;
}

/**
 * A root may hold the very object that declares it. Marked, that object would declare something else: its fields are tried
 * alone.
 */
export function apartFromDeclaring(
  scalars: readonly SourceScalar[],
  { declared }: Root,
): readonly SourceScalar[] {
  if (declared === null) return scalars;
  return scalars.map((scalar) => {
    if (scalar.document === null || scalar.path[0] !== 'spec') return scalar;
    const { kind, name } = identityOf(scalar.document);
    const isDeclaring = kind === declared.object.kind && isAbout(declared.object, name);
    return isDeclaring ? { ...scalar, markable: false } : scalar;
  });
}

function* filesBehind({ parent, inputFiles }: Declared): Iterable<readonly [string, FileRole]> {
  if (parent && parent.kind !== 'helm') yield* rolesOf(parent);
  for (const file of inputFiles) yield [file, 'objects'];
}

function scalarsIn(
  revision: Revision,
  file: string,
  role: FileRole,
  { object, inputs }: Declared,
): readonly SourceScalar[] {
  const names = inputs.filter(({ kind }) => kind === 'ConfigMap').map(({ name }) => withoutHash(name));
  const scalars = sourceScalars(revision.tree, file, role);
  if (role === 'env') return names.length > 0 ? scalars : [];
  return scalars.flatMap((scalar): readonly SourceScalar[] => {
    const { document } = scalar;
    if (document === null) return [];
    if (scalar.role === 'literal')
      return names.some((name) => name.includes(generatorOf(document, scalar))) ? [scalar] : [];
    const { kind, name } = identityOf(document);
    const path = scalar.path.join('/');
    if (kind === 'ConfigMap')
      return /^data\/[^/]+$/.test(path) && names.some((one) => one.includes(name)) ? [scalar] : [];
    return kind === 'Kustomization' && isAbout(object, name) ? ofKustomization(scalar, document, path) : [];
  });
}

/** A patch may leave the name to its target. */
function isAbout(object: ObjectRef, name: string): boolean {
  return object.name.includes(name) || !/^[a-z0-9.-]+$/.test(name);
}

function ofKustomization(
  scalar: SourceScalar,
  document: OpenDocument,
  path: string,
): readonly SourceScalar[] {
  const role = roleOf(path);
  if (role !== null) return [{ ...scalar, role }];
  if (!/^spec\/patches\/\d+\/patch$/.test(path) || scalar.style !== 'literal') return [];
  return inBlock(scalar.file, document, { path: scalar.path, style: scalar.style }, scalar.outerPath);
}

function roleOf(path: string): ScalarRole | null {
  const [, image] = /^spec\/images\/\d+\/(newTag|newName|digest)$/.exec(path) ?? [];
  if (image !== undefined) return `image-${image as 'newTag' | 'newName' | 'digest'}`;
  return /^spec\/(postBuild\/substitute|commonMetadata\/annotations)\/[^/]+$/.test(path) ? 'object' : null;
}

function identityOf(document: OpenDocument): { readonly kind: unknown; readonly name: string } {
  const [kind, metadata] = ['kind', 'metadata'].map((key) => {
    const reached = reach(document, [key]);
    return reached && valueOf(reached.node);
  });
  return { kind, name: isRecord(metadata) ? String(metadata['name'] ?? '') : '' };
}

/** The name that the generator of a literal gives. */
function generatorOf(document: OpenDocument, { path }: SourceScalar): string {
  const reached = reach(document, [...path.slice(0, 2), 'name']);
  return String((reached && valueOf(reached.node)) ?? '');
}

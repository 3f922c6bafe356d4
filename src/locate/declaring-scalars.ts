import { reach, valueOf, type OpenDocument } from '../edits/open-document.ts';
import { isRecord, type ObjectRef } from '../kubernetes/objects.ts';
import { withoutHash } from '../proof/compare.ts';
import type { FileRole } from '../renderers/kustomization.ts';
import type { Revision } from '../sources/revision.ts';
import { overrideFiles } from '../sources/declarations/argo.ts';
import { generatorFiles } from '../sources/declarations/generator-files.ts';
import { rolesOf, type Declared, type Root } from '../sources/roots.ts';
import { inBlock, sourceScalars, type ScalarRole, type SourceScalar } from './source-scalars.ts';

/**
 * What a Flux Kustomization or an Argo CD Application puts into the objects that it applies, where that is written: variables in
 * it and in the ConfigMaps that it names, its images, replicas and patches. What applies the Kustomization may do the same to it, so that all the objects above
 * are looked at. Nothing that says which files are applied is among them.
 */
export function declaringScalars(revision: Revision, root: Root): readonly SourceScalar[] {
  const found: SourceScalar[] = [];
  for (let { declared } = root; declared !== null; declared = declared.parent?.declared ?? null) {
    if (!DECLARING.has(declared.object.kind)) continue;
    for (const [file, role] of filesBehind(declared))
      found.push(...scalarsIn(revision, file, role, declared));
    for (const file of overrideFiles(revision.tree, declared.plan)) found.push(...overrides(revision, file));
  }
  return found;
}

/**
 * What decides about the objects of a release and is no value of its chart: the post-renderers of a HelmRelease, and the elements that an
 * ApplicationSet fills in.
 */
export function scalarsAround(revision: Revision, { declared }: Root): readonly SourceScalar[] {
  if (declared === null || declared.parent?.kind === 'helm') return [];
  const { object } = declared;
  const generated = object.kind === 'ApplicationSet' ? generatorScalars(revision, declared) : [];
  return [
    ...generated,
    ...[...filesBehind(declared)].flatMap(([file, role]) =>
      sourceScalars(revision.tree, file, role).flatMap((scalar): readonly SourceScalar[] => {
        if (scalar.document === null) return [];
        const { kind, name } = identityOf(scalar.document);
        if (kind !== object.kind || !isAbout(object, name)) return [];
        const path = scalar.path.join('/');
        return kind === 'ApplicationSet' && ELEMENT.test(path)
          ? [scalar]
          : ofObject(scalar, scalar.document, path.replace(POST_RENDERER, 'spec/'), FLUX);
      }),
    ),
  ];
}

/** The values in the files that the git generators of an ApplicationSet read, those in a block of values too. */
function generatorScalars(revision: Revision, declared: Declared): readonly SourceScalar[] {
  const files = [...filesBehind(declared)].flatMap(([file]) =>
    revision
      .manifests(file)
      .objects.map(({ object }) => object)
      .filter(({ kind, metadata }) => kind === 'ApplicationSet' && metadata.name === declared.object.name)
      .flatMap((object) => generatorFiles(object, revision.tree)),
  );
  return [...new Set(files)].flatMap((file) =>
    sourceScalars(revision.tree, file, 'objects').flatMap((scalar) => [
      { ...scalar, role: 'object' as const },
      ...(scalar.document && scalar.style === 'literal'
        ? inBlock(scalar.file, scalar.document, { path: scalar.path, style: scalar.style }, scalar.outerPath)
        : []),
    ]),
  );
}

/** Of a list of its own, or of one that is combined with others. */
const ELEMENT = /^spec\/generators\/\d+\/((matrix|merge)\/generators\/\d+\/)*list\/elements\/\d+\/./;
const POST_RENDERER = /^spec\/postRenderers\/\d+\/kustomize\//;

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

/** What an Argo CD Image Updater wrote over the options of an Application, in the folder that it applies. */
function overrides(revision: Revision, file: string): readonly SourceScalar[] {
  return sourceScalars(revision.tree, file, 'objects').flatMap((scalar) =>
    scalar.document
      ? ofObject(scalar, scalar.document, scalar.path.join('/').replace(/^kustomize\//, ''), ARGO)
      : [],
  );
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
    if (kind !== object.kind || !isAbout(object, name)) return [];
    return kind === 'Kustomization'
      ? ofObject(scalar, document, path, FLUX)
      : ofObject(scalar, document, path.replace(SOURCE, ''), ARGO);
  });
}

const DECLARING = new Set(['Kustomization', 'Application', 'ApplicationSet']);

/** Where an Application, or the template of an ApplicationSet, has its Kustomize options. */
const SOURCE = /^spec\/(?:template\/spec\/)?(?:source|sources\/\d+)\/kustomize\//;

/** A patch may leave the name to its target. */
function isAbout(object: ObjectRef, name: string): boolean {
  return object.name.includes(name) || !/^[a-z0-9.-]+$/.test(name);
}

type Roles = readonly (readonly [RegExp, ScalarRole])[];

const FLUX: Roles = [
  [/^spec\/images\/\d+\/newTag$/, 'image-newTag'],
  [/^spec\/images\/\d+\/newName$/, 'image-newName'],
  [/^spec\/images\/\d+\/digest$/, 'image-digest'],
  [/^spec\/(postBuild\/substitute|commonMetadata\/annotations)\/[^/]+$/, 'object'],
];

const ARGO: Roles = [
  [/^images\/\d+$/, 'image-entry'],
  [/^replicas\/\d+\/count$/, 'replica-count'],
  [/^commonAnnotations\/[^/]+$/, 'object'],
];

const PATCH = /^(spec\/)?patches\/\d+\/patch$/;

/** What a template fills in is no value of its own. */
function ofObject(
  scalar: SourceScalar,
  document: OpenDocument,
  path: string,
  roles: Roles,
): readonly SourceScalar[] {
  if (scalar.source.includes('{{')) return [];
  const role = roles.find(([pattern]) => pattern.test(path))?.[1];
  if (role !== undefined) return [{ ...scalar, role, markable: true }];
  if (!PATCH.test(path) || scalar.style !== 'literal') return [];
  return inBlock(scalar.file, document, { path: scalar.path, style: scalar.style }, scalar.outerPath);
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

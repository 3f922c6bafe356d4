import { reach, valueOf } from '../edits/reach.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import type { FileRole } from '../renderers/kustomization.ts';
import type { Revision } from '../sources/revision.ts';
import { overrideFiles } from '../sources/declarations/argo.ts';
import { rolesOf, type Declared, type Root } from '../sources/roots.ts';
import { identityOf, isAbout } from './document-identity.ts';
import { generatorScalars } from './generator-scalars.ts';
import {
  inBlock,
  mayConfigure,
  sourceScalars,
  type ScalarRole,
  type SourceScalar,
} from './source-scalars.ts';

/**
 * What a Flux Kustomization or an Argo CD Application puts into the objects that it applies, where that is written: variables in
 * it and in the ConfigMaps that it names, its images, replicas and patches. What applies the Kustomization may do the same to it, so all the objects above
 * are read. Nothing that says which files are applied is among them.
 */
export function declaringScalars(revision: Revision, root: Root): readonly SourceScalar[] {
  const found: SourceScalar[] = [];
  for (let { declared } = root; declared !== null; declared = declared.parent?.declared ?? null) {
    if (!DECLARING.has(declared.object.kind)) continue;
    for (const [file, role] of filesBehind(declared))
      found.push(...scalarsIn(revision, file, role, declared));
    found.push(...generatorScalars(revision, declared));
    for (const file of overrideFiles(revision.tree, declared.plan)) found.push(...overrides(revision, file));
  }
  return found;
}

/** What decides about the objects of a release and is no value of its chart: the post-renderers of a HelmRelease. */
export function scalarsAround(revision: Revision, { declared }: Root): readonly SourceScalar[] {
  if (declared === null || declared.parent?.kind === 'helm') return [];
  const { object } = declared;
  return [...filesBehind(declared)].flatMap(([file, role]) =>
    sourceScalars(revision.tree, file, role, (kind) => kind === object.kind).flatMap(
      (scalar): readonly SourceScalar[] => {
        if (scalar.document === null) return [];
        const { kind, name } = identityOf(scalar.document);
        if (kind !== object.kind || !isAbout(object, name)) return [];
        return ofObject(scalar, scalar.document, scalar.path.join('/').replace(POST_RENDERER, 'spec/'), FLUX);
      },
    ),
  );
}

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
  const isOpened = (kind: string): boolean =>
    kind === object.kind || kind === 'ConfigMap' || mayConfigure(kind);
  const scalars = sourceScalars(revision.tree, file, role, isOpened);
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

/** The name that the generator of a literal gives. */
function generatorOf(document: OpenDocument, { path }: SourceScalar): string {
  const reached = reach(document, [...path.slice(0, 2), 'name']);
  return String((reached && valueOf(reached.node)) ?? '');
}

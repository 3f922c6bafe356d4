/**
 * Argo CD and Flux write what their objects say into the kustomization.yaml of the folder before they build it. Flux makes one
 * where there is none: of every manifest below the folder, save that a subfolder with a kustomization of its own is built as
 * that (github.com/fluxcd/pkg/kustomize, kustomize_generator.go). Here that file lies on top of the tree and is never edited.
 */
import { posix } from 'node:path';
import { isRecord, recordsOf, type Json } from '../../kubernetes/objects.ts';
import { jsonText } from '../../renderers/as-json.ts';
import { kustomizationIn, type KustomizationReader } from '../../renderers/kustomization.ts';
import { isAliasBomb } from '../../renderers/manifests.ts';
import type { Overlay, Tree } from '../../tree/tree.ts';
import type { WrittenEntry, WrittenFields, WrittenImage } from './plan.ts';

/** What a folder without a kustomization is made of. */
export interface GeneratedResources {
  /** Manifests, whole paths. */
  readonly files: readonly string[];
  /** The topmost folders below that have a kustomization. */
  readonly folders: readonly string[];
}

export function generatedResources(tree: Tree, path: string): GeneratedResources {
  const files: string[] = [];
  const folders = new Set<string>();
  const known = new Map<string, boolean>();
  const isBuilt = (folder: string): boolean => {
    const built = known.get(folder) ?? kustomizationIn(tree, folder) !== undefined;
    known.set(folder, built);
    return built;
  };
  for (const file of tree.paths()) {
    if (path !== '.' && !file.startsWith(`${path}/`)) continue;
    const folder = between(path, posix.dirname(file)).find(isBuilt);
    if (folder !== undefined) folders.add(folder);
    else if (/\.ya?ml$/.test(file) && tree.entry(file)?.kind === 'file' && !isLeftOut(file)) files.push(file);
  }
  return { files, folders: [...folders] };
}

/** The folders from below `top` down to `folder`. */
function between(top: string, folder: string): readonly string[] {
  if (folder === top) return [];
  const steps = (top === '.' ? folder : folder.slice(top.length + 1)).split('/');
  return steps.map((_step, index) => posix.join(top, ...steps.slice(0, index + 1)));
}

/** What never gets into the archive that Flux's source controller makes of a repository, unless somebody says otherwise. */
function isLeftOut(file: string): boolean {
  return (
    /(^|\/)(\.git|\.github|\.circleci)\//.test(file) ||
    /(^|\/)(\.travis|\.gitlab-ci|appveyor|\.drone|codeship-services|codeship-steps|\.goreleaser)\.yml$/.test(
      file,
    ) ||
    /(^|\/)(cloudbuild|\.sops|\.flux)\.yaml$/.test(file)
  );
}

export function writesNothing({ instead, after, images, entries = {}, pairs = {} }: WrittenFields): boolean {
  return (
    Object.keys(instead).length === 0 &&
    images.length === 0 &&
    [...Object.values(after), ...Object.values(entries)].every((items) => items.length === 0) &&
    Object.values(pairs).every((each) => Object.keys(each).length === 0)
  );
}

/** The kustomization that is built in the end, by its path; null where the folder has nothing to build, or what it has cannot be read. */
export function writtenKustomization(
  tree: Tree,
  path: string,
  written: WrittenFields,
  kustomizations: KustomizationReader,
): Overlay | null {
  const file = kustomizationIn(tree, path);
  if (file !== undefined) {
    const { value, problem } = kustomizations.read(tree, file);
    // Aliases are written out by what follows.
    if (problem || isAliasBomb(String(tree.read(file)))) return null;
    return new Map([[file, textOf(value, written)]]);
  }
  const { files, folders } = generatedResources(tree, path);
  const resources = [...files, ...folders].sort().map((each) => `./${posix.relative(path, each)}`);
  if (resources.length === 0) return null;
  return new Map([[posix.join(path, 'kustomization.yaml'), textOf({ resources }, written)]]);
}

function textOf(
  own: Readonly<Record<string, unknown>>,
  { instead, after, images, entries = {}, pairs = {} }: WrittenFields,
): Buffer {
  const lists = Object.entries(after)
    .filter(([, items]) => items.length > 0)
    .map(([field, items]) => [field, [...listOf(own[field]), ...items]] as const);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    ...own,
    ...instead,
    ...Object.fromEntries(lists),
    ...(images.length > 0 && { images: imagesWith(own['images'], images) }),
    ...mapped(entries, (items, field) => entriesWith(own[field], items)),
    ...mapped(pairs, (each, field) => ({ ...(own[field] as object | undefined), ...each })),
  };
  return Buffer.from(jsonText(kustomization));
}

/** What each field that is written becomes. */
function mapped<T extends object>(
  fields: Readonly<Record<string, T>>,
  become: (value: T, field: string) => unknown,
): Readonly<Record<string, unknown>> {
  const written = Object.entries(fields).filter(([, value]) => Object.keys(value).length > 0);
  return Object.fromEntries(written.map(([field, value]) => [field, become(value, field)]));
}

/** As `kustomize edit set` leaves them. */
function entriesWith(own: unknown, entries: readonly WrittenEntry[]): readonly unknown[] {
  const named = new Map<unknown, unknown>();
  for (const entry of [...recordsOf(own), ...entries]) named.set(entry['name'], entry);
  return [...named].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([, entry]) => entry);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** A tag and a digest are one thing: whoever sets one takes the other away. */
function imagesWith(own: unknown, images: readonly WrittenImage[]): readonly Json[] {
  const result = recordsOf(own).map((entry) => ({ ...entry }) as Record<string, Json>);
  for (const { name, newName, newTag, digest } of images) {
    const known = result.find((entry) => isRecord(entry) && entry['name'] === name);
    const entry = known ?? { name };
    if (newName !== undefined) entry['newName'] = newName;
    if (newTag !== undefined || digest !== undefined) {
      delete entry['newTag'];
      delete entry['digest'];
      if (newTag !== undefined) entry['newTag'] = newTag;
      if (digest !== undefined) entry['digest'] = digest;
    }
    if (!known) result.push(entry);
  }
  return result;
}

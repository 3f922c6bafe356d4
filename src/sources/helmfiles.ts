import { posix } from 'node:path';
import type { KustomizationReader } from '../renderers/kustomization.ts';
import { declarationOf, type Declaration } from './declaration.ts';
import { helmfileRef, helmfileReleases, isHelmfile } from './declarations/helmfile.ts';
import { ownFolder } from './declarations/helmfile-release.ts';
import type { Declared, Root } from './roots.ts';
import type { Tree } from '../tree/tree.ts';

/** The releases of every helmfile that no other one includes. */
export function helmfileDeclarations(
  tree: Tree,
  kustomizations: KustomizationReader,
): readonly Declaration[] {
  const files = tree.paths().filter((path) => isHelmfile(path) && tree.entry(path)?.kind === 'file');
  const all = files.map((file) => ({ file, releases: helmfileReleases(tree, file) }));
  const isIncluded = (file: string): boolean =>
    all.some((other) => other.file !== file && other.releases.some(({ files: read }) => read.includes(file)));
  return all
    .filter(({ file }) => !isIncluded(file))
    .flatMap(({ file, releases }) =>
      releases.map(({ plan, files: read }) =>
        declarationOf(plan, declaredIn(file, read), tree, kustomizations),
      ),
    );
}

function declaredIn(file: string, inputFiles: readonly string[]): Omit<Declared, 'plan'> {
  return { parent: null, object: helmfileRef(file), inputs: [], inputFiles };
}

/** True for a release of a helmfile. */
export function isOfHelmfile({ declared }: Pick<Root, 'declared'>): boolean {
  return declared?.object.kind === 'Helmfile';
}

/** The same for a helmfile in this folder, or of this name. */
export function isOfHelmfileIn(root: Pick<Root, 'declared'>, path: string): boolean {
  const file = isOfHelmfile(root) ? root.declared!.object.name : null;
  return (
    file !== null &&
    [file, ownFolder(file), posix.dirname(file)].includes(posix.normalize(path).replace(/(?<=.)\/$/, ''))
  );
}

/** The same release in another state of the repository. */
export function releaseHere(
  tree: Tree,
  { plan, object }: Declared,
  kustomizations: KustomizationReader,
): readonly Declaration[] {
  return helmfileReleases(tree, object.name)
    .filter((release) => release.plan.by === plan.by)
    .map((release) =>
      declarationOf(release.plan, declaredIn(object.name, release.files), tree, kustomizations),
    );
}

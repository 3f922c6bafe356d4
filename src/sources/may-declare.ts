import { isKubernetesObject, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { isDeclaration } from './declarations/plans.ts';
import type { DeclaringRevision } from './declaring-revision.ts';
import { filesOf, rolesOf, type Root } from './roots.ts';

const SPEAKS = /argoproj\.io\/v|(kustomize|helm)\.toolkit\.fluxcd\.io\//;
/** The head of an object that declares nothing, such as a Rollout, also in a chart's template. */
const OTHER_KIND = /^apiVersion: argoproj\.io\/\w+\r?\nkind: (?!Application)\w+\r?$/gm;

/**
 * Whether a root may render objects of Argo CD or Flux that declare something, as far as its files tell: one that may not need not be
 * rendered to find out. Each file is read once, however many roots it is in.
 */
export function mayDeclareIn(revision: DeclaringRevision): (root: Root) => boolean {
  const known = new Map<string, boolean>();
  const isDeclaring = (file: string, isManifest: boolean): boolean => {
    const key = `${isManifest} ${file}`;
    const answer = known.get(key) ?? (speaks(revision, file) && !(isManifest && isHarmless(revision, file)));
    known.set(key, answer);
    return answer;
  };
  return (root) => {
    if (root.kind !== 'helm')
      return [...rolesOf(root)].some(([file, role]) => isDeclaring(file, role === 'objects'));
    const files = root.declared ? root.closure.files.keys() : filesOf(root);
    return [...files].some((file) => isDeclaring(file, false));
  };
}

/** True for a file with an apiVersion of Argo CD or Flux anywhere. */
export function speaksOfControllers({ tree }: DeclaringRevision, file: string): boolean {
  return speakingText(tree, file) !== null;
}

function speaks({ tree }: DeclaringRevision, file: string): boolean {
  const text = speakingText(tree, file);
  return text !== null && SPEAKS.test(text.replace(OTHER_KIND, ''));
}

/** The text of a file that names an apiVersion of them. Most files do not, which their bytes say sooner. */
function speakingText(tree: Tree, file: string): string | null {
  const content = tree.read(file);
  if (!content?.includes('argoproj.io/') && !content?.includes('.toolkit.fluxcd.io/')) return null;
  const text = content.toString('latin1');
  return SPEAKS.test(text) ? text : null;
}

/**
 * True for manifests that speak of Argo CD or Flux and declare nothing, such as CustomResourceDefinitions whose descriptions do, and
 * Rollouts. What else names an apiVersion could be copied into a declaration, by a patch or a replacement.
 */
function isHarmless(revision: DeclaringRevision, file: string): boolean {
  const { objects, documents, problem } = revision.manifests(file);
  const isPlain = documents.every((document) => document === null || isKubernetesObject(document));
  return problem === null && isPlain && objects.length > 0 && !objects.some(({ object }) => tells(object));
}

function tells(object: KubernetesObject): boolean {
  if (object.kind === 'CustomResourceDefinition') return false;
  return isDeclaration(object) || SPEAKS.test(JSON.stringify({ ...object, apiVersion: '' }));
}

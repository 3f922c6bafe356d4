import { isImmutable } from '../kubernetes/immutable-fields.ts';
import { refOf, sameObject, type ObjectRef, type Json } from '../kubernetes/objects.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Change } from '../model/change.ts';

/** The object only runs when somebody calls `helm test`. */
export function isOfTest({ object }: Change<Json>, before: readonly RenderedObject[]): boolean {
  return isAmong(object, before, TESTS, isTest);
}

/**
 * The API server refuses the change of the live object: somebody has to delete it first. Of hooks nothing is refused, nor of objects
 * that Argo CD or Flux are told to replace: whatever applies them makes them anew.
 *
 * Sources: https://helm.sh/docs/topics/charts_hooks/, https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/,
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ (Force),
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#force
 *
 * @param before what the root renders without the change
 */
export function isRefusedLive({ object, field }: Change<Json>, before: readonly RenderedObject[]): boolean {
  return isImmutable(object.kind, field.text) && !isAmong(object, before, REPLACED, isMadeAnew);
}

type Known = WeakMap<readonly RenderedObject[], readonly ObjectRef[]>;
const TESTS: Known = new WeakMap();
const REPLACED: Known = new WeakMap();

function isAmong(
  object: ObjectRef,
  before: readonly RenderedObject[],
  known: Known,
  is: (one: RenderedObject) => boolean,
): boolean {
  const those = known.get(before) ?? before.filter(is).map((one) => refOf(one.object));
  known.set(before, those);
  return those.some((one) => sameObject(one, object));
}

function isTest(rendered: RenderedObject): boolean {
  return wordsOf(rendered, 'helm.sh/hook').some((hook) =>
    ['test', 'test-success', 'test-failure'].includes(hook),
  );
}

function isMadeAnew(rendered: RenderedObject): boolean {
  return (
    wordsOf(rendered, 'helm.sh/hook').length > 0 ||
    wordsOf(rendered, 'argocd.argoproj.io/hook').length > 0 ||
    wordsOf(rendered, 'argocd.argoproj.io/sync-options').includes('Force=true') ||
    wordsOf(rendered, 'kustomize.toolkit.fluxcd.io/force').includes('enabled')
  );
}

/** What an annotation lists. */
function wordsOf({ text, object }: RenderedObject, annotation: string): readonly string[] {
  // A render is parsed object by object, and few speak of it; a live object has no text.
  if (text !== '' && !text.includes(annotation)) return [];
  const value = String(object.metadata.annotations?.[annotation] ?? '');
  return value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

import { isDeepStrictEqual } from 'node:util';
import type { Recipe } from './corpus/recipe.ts';
import { thingsIn, valueAt, type RenderedThing } from './corpus/rendered.ts';
import type { RepositoryCopy } from './corpus/repository-copy.ts';
import type { World } from './corpus/world.ts';

const DECLARING = new Set(['Application', 'ApplicationSet', 'Kustomization', 'HelmRelease']);

/**
 * Roots that somebody has to render to know who applies what, whichever field is asked for: a chart writes a declaring object, or a
 * kustomization changes what it says, so that no file has it. A namespace and labels do not count.
 */
export function declaringRenders(world: World, copy: RepositoryCopy): readonly Recipe[] {
  const byText = new Map<string, Recipe>();
  for (const { root, things, text } of world.built.values()) {
    const declaring = things.filter(isDeclaring);
    if (declaring.length === 0 || root.recipe.kind === 'plain') continue;
    const written = root.files.flatMap((file) =>
      /\.ya?ml$/.test(file) && copy.has(file) ? (thingsIn(copy.read(file)) ?? []) : [],
    );
    if (!declaring.every((thing) => written.some((one) => saysTheSame(one, thing))))
      byText.set(text, root.recipe);
  }
  return [...byText.values()];
}

function isDeclaring({ apiVersion, kind }: RenderedThing): boolean {
  return DECLARING.has(kind) && /^argoproj\.io\/|\.toolkit\.fluxcd\.io\//.test(apiVersion);
}

function saysTheSame(one: RenderedThing, other: RenderedThing): boolean {
  return (
    one.kind === other.kind &&
    one.name === other.name &&
    isDeepStrictEqual(valueAt(one.value, ['spec']), valueAt(other.value, ['spec']))
  );
}

import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { Match, Unrendered } from '../../sources/find.ts';

/**
 * A root that may render the object too, as far as could be told without rendering it. A root that the tool refuses cannot be what
 * made a live object; one that needs the network can. What a published chart makes is known by its release's name:
 * another object of that very name is no part of it.
 */
export function rivalOf(
  { rendered }: Match,
  failures: readonly Unrendered[],
  live: KubernetesObject | null,
): Unrendered | null {
  const isPlaced = rendered.object.metadata.namespace !== undefined;
  const rivals = failures.filter(
    ({ root, failure, clue }) =>
      clue !== 'open' &&
      !(clue === 'placed' && isPlaced) &&
      !(root.kind === 'helm' && root.declared !== null && failure.code === 'remote') &&
      !(live !== null && failure.code === 'error'),
  );
  return rivals.find(({ clue }) => clue === 'named') ?? rivals[0] ?? null;
}

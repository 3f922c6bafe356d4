import type { Proof, RootChanges } from '../model/proof.ts';
import type { RenderFailure } from '../renderers/rendering.ts';
import type { Root } from '../sources/roots.ts';
import { appliedBy } from './applied-by.ts';
import type { MovedSource } from './moved-sources.ts';
import type { Trial } from './trial.ts';

/** Sources of a release's values that could not be read: what they say would win. */
function unknownValuesOf({ declared }: Root): readonly string[] {
  const content = declared?.plan.content;
  return content?.kind === 'chart' ? (content.unknownValues ?? []) : [];
}

/** Of some roots all that is here was rendered, without what comes from elsewhere or what a program makes. */
function reasonFor(failure: RenderFailure, comparisons: Trial['comparisons']): string {
  const isRenderedInPart = comparisons.some(({ root }) => root.whole?.id === failure.root);
  const what = isRenderedInPart ? 'was rendered in part' : 'could not be rendered';
  return `${failure.root} ${what}: ${failure.message}`;
}

export function proofOf(
  comparisons: Trial['comparisons'],
  unrendered: readonly RenderFailure[],
  unstable: readonly Root[],
  moved: readonly MovedSource[],
  declarations: Parameters<typeof appliedBy>[1],
): Proof {
  const roots = comparisons
    .filter(({ comparison }) => comparison.changes.length > 0)
    .map(({ root, comparison, isUnseen }): RootChanges => {
      const by = appliedBy(root.whole ?? root, declarations);
      return {
        root: root.path,
        ...(by === undefined ? {} : { by }),
        ...(isUnseen ? { isUnseen } : {}),
        changes: comparison.changes,
      };
    });
  const [failure] = unrendered;
  const [move] = moved;
  const [random] = unstable;
  const [overridable] = comparisons.flatMap(({ root }) => unknownValuesOf(root));
  const [unknown] = comparisons.flatMap(({ root }) => root.declared?.plan.unknowns ?? []);
  const reason = failure
    ? reasonFor(failure, comparisons)
    : move
      ? `${move.by} applies other content after the edit, or to another place, and the two are not compared`
      : random
        ? `${random.id} renders differently each time, in values that the chart makes up`
        : overridable
          ? `${overridable} may say otherwise, and cannot be read`
          : unknown
            ? `what ${unknown} says is not in this repository, and the rest may depend on it`
            : null;
  return { status: reason === null ? 'proven' : 'unproven', reason, roots };
}

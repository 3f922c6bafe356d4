import type { Declaration } from '../sources/declaration.ts';
import type { Plan } from '../sources/declarations/plan.ts';
import type { Root } from '../sources/roots.ts';

/**
 * The object that applies a root's folder with changes of its own; or all objects, where several apply the folder as it is.
 * Objects of one name in several clusters are told apart by what renders them. Undefined where the folder says enough.
 */
export function appliedBy(
  { id, path, declared }: Root,
  declarations: readonly (Declaration & { readonly plan: Plan })[],
): string | undefined {
  if (declared === null) {
    const objects = declarations
      .filter(
        ({ plan, roots }) => plan.from.revision.pin === undefined && roots.some((root) => root.id === id),
      )
      .map(({ plan, parent }) => (parent === null ? plan.by : `${plan.by} in ${parent.id}`));
    return objects.length > 1 ? [...new Set(objects)].join(' and ') : undefined;
  }
  const { by } = declared.plan;
  const isOne = declarations
    .flatMap(({ roots }) => roots)
    .every((other) => other.id === id || other.path !== path || other.declared?.plan.by !== by);
  return isOne ? by : id.slice(`${path} (`.length, -1);
}

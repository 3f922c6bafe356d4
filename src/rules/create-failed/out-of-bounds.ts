import type { Bound } from '../../facts/refusals.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { recordAt, type Scalar } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { containersInTemplate, type Templated } from './refused.ts';

/** A request or limit of the template that a LimitRange forbids. */
export interface OutOfBounds {
  readonly bound: Bound;
  readonly container: Templated;
  /** `spec.template.spec.containers[name=web].resources.limits.memory` */
  readonly field: string;
  readonly value: Scalar;
}

/** Where the template has the value that the message names. A limit that no container has comes from a default. */
export function fieldsOutOf(workload: WorkloadFacts, bound: Bound): readonly OutOfBounds[] {
  if (bound.bound === 'ratio') return ratiosOf(workload, bound);
  if (bound.per !== 'Container' || bound.side === null) return [];
  const list = `${bound.side}s`;
  return containersInTemplate(workload).flatMap((container) => {
    const value = recordAt(container.container, 'resources', list)[bound.resource];
    const field = `${container.path}.resources.${list}.${bound.resource}`;
    const isMeant = (typeof value === 'string' || typeof value === 'number') && isSame(value, bound.value);
    return isMeant ? [{ bound, container, field, value }] : [];
  });
}

/** The containers whose limit is that many times their request. */
function ratiosOf(workload: WorkloadFacts, bound: Bound): readonly OutOfBounds[] {
  if (bound.per !== 'Container' || bound.value === null) return [];
  return containersInTemplate(workload).flatMap((container) => {
    const path = (list: string) => `${container.path}.resources.${list}.${bound.resource}`;
    const of = (list: string) => recordAt(container.container, 'resources', list)[bound.resource];
    const [limit, request] = [parseQuantity(of('limits')), parseQuantity(of('requests'))];
    const isMeant =
      limit !== null && request !== null && Math.abs(limit / request - Number(bound.value)) < 0.001;
    return isMeant
      ? ['limits', 'requests'].map((list) => ({
          bound,
          container,
          field: path(list),
          value: of(list) as Scalar,
        }))
      : [];
  });
}

export function isSame(one: unknown, other: unknown): boolean {
  const [a, b] = [parseQuantity(one), parseQuantity(other)];
  return a !== null && b !== null && Math.abs(a - b) <= Math.abs(a) * 1e-9;
}

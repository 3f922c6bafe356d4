import { describeRef, refOf, sameObject } from '../../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import { containerPath, containersOf, podSpecOf, type PlacedContainer } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';
import { javaHeapOf } from '../../witnesses/heap.ts';
import { memoryUse } from '../../witnesses/memory-use.ts';

/** Memory limits that the container is known to exceed. */
export const foresight: Foresight = {
  causes: {
    'limit-below-use':
      'the memory limit changes, and is below what 99 % of the samples of the last week stay below',
    'limit-below-heap': 'the memory limit is below the heap that the command line or a variable asks for',
  },
  *foresee(outlook, ask) {
    const found: Foreseen[] = [];
    for (const object of outlook.objects) {
      const before = outlook.before(object);
      const was = containersOf(before ? podSpecOf(before) : undefined);
      for (const placed of containersOf(podSpecOf(object))) {
        const limit = parseQuantity(placed.container.resources?.limits?.['memory']);
        const at = containerPath(object.kind, placed);
        if (limit === null || at === null) continue;
        const old = was.find(({ container }) => container.name === placed.container.name);
        const before = parseQuantity(old?.container.resources?.limits?.['memory']);
        const heap = beyondHeap(outlook, object, placed, limit, at, before === limit);
        if (heap) found.push(heap);
        if (placed.role === 'init' || old === undefined || before === limit || outlook.cluster === null)
          continue;
        const use = yield* belowUse(object, placed, limit, at, ask);
        if (use) found.push(use);
      }
    }
    return found;
  },
};

function beyondHeap(
  { ahead }: Outlook,
  object: ClusterObject,
  { container }: PlacedContainer,
  limit: number,
  path: string,
  isLimitAsBefore: boolean,
): Foreseen | null {
  const ref = refOf(object);
  const heap = javaHeapOf(container, limit, { owner: ref, path }, ahead);
  if (!heap || heap.relative || heap.bytes <= limit) return null;
  // Of the two, the one that the change wrote is at fault: an option may also stand in a ConfigMap.
  const option =
    isLimitAsBefore && heap.blame && sameObject(heap.blame.object, ref) ? heap.blame.field : null;
  return {
    cause: 'limit-below-heap',
    object: ref,
    field: option ?? `${path}.resources.limits.memory`,
    level: 'error',
    because: prose`Container ${container.name} of ${describeRef(ref)} is limited to ${describeBytes(limit)}, and ${heap.option} (in ${heap.where}) lets its heap alone grow to ${describeBytes(heap.bytes)}.`,
  };
}

function* belowUse(
  object: ClusterObject,
  { container }: PlacedContainer,
  limit: number,
  path: string,
  ask: Ask,
): Asking<Foreseen | null> {
  const ref = refOf(object);
  const { p99 } = yield* memoryUse({ workload: { ref }, name: container.name }, [], limit, ask);
  if (p99 === null || p99 <= limit) return null;
  return {
    cause: 'limit-below-use',
    object: ref,
    field: `${path}.resources.limits.memory`,
    level: 'error',
    because: prose`Container ${container.name} of ${describeRef(ref)} is limited to ${describeBytes(limit)}, and it used ${describeBytes(p99)} (P99 of the last 7 days).`,
  };
}

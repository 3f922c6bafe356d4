import type { ContainerFacts } from '../facts/subjects.ts';
import { podSpecOf, type Container, type PodSpec } from '../kubernetes/workloads.ts';
import { memoryPolicyAgainst } from './admission-policies.ts';
import { memoryOfRollout, podsWanted, shortageFor } from './capacity.ts';
import { limitRangeAgainst } from './field-owner.ts';
import type { MemorySize } from './memory-size.ts';
import type { Statement } from './statement.ts';

/**
 * What forbids a new size of a container (`owned-elsewhere`), or cannot hold it: a quota refuses pods at once, nodes leave them Pending.
 * null where nothing does, or the workload's template is not known.
 */
export function againstMemory(
  { cluster, workload: { ref, object }, name }: ContainerFacts,
  size: MemorySize,
): (Statement & { readonly cause: 'owned-elsewhere' | 'no-room' }) | null {
  const template = object && podSpecOf(object);
  if (!template) return null;
  const after = withSize(template, name, size);
  const policy =
    limitRangeAgainst(cluster, ref.namespace, size.limit, after, size.request) ??
    memoryPolicyAgainst(cluster, ref.namespace, size.limit);
  if (policy) return { ...policy, cause: 'owned-elsewhere' };
  const pods = podsWanted(object, cluster);
  const shortage = shortageFor(cluster, ref, after, pods, memoryOfRollout(object, pods, [template, after]));
  return shortage && { ...shortage, cause: 'no-room' };
}

/** The pod spec as it would be with the new size. */
function withSize(spec: PodSpec, container: string, size: MemorySize): PodSpec {
  const sized = (list: readonly Container[] | undefined): readonly Container[] =>
    (list ?? []).map((one) => {
      if (one.name !== container) return one;
      const { limits, requests } = one.resources ?? {};
      const memory = size.request === null ? {} : { memory: size.request };
      return {
        ...one,
        resources: {
          limits: { ...limits, memory: size.limit },
          ...(requests && { requests: { ...requests, ...memory } }),
        },
      };
    });
  return { ...spec, containers: sized(spec.containers), initContainers: sized(spec.initContainers) };
}

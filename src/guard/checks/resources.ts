import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { containerPath, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';

/**
 * Requests above their limits, which the API server refuses.
 * Source: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export const resources: Foresight = {
  causes: { 'request-above-limit': 'a container requests more of a resource than its limit' },
  foresee({ objects, before }) {
    return objects.flatMap((object) => {
      const was = before(object);
      const old = containersOf(was ? podSpecOf(was) : undefined);
      return containersOf(podSpecOf(object)).flatMap((placed) => {
        const then = old.find(({ container }) => container.name === placed.container.name)?.container
          .resources;
        const path = containerPath(object.kind, placed);
        const { requests = {}, limits = {} } = placed.container.resources ?? {};
        return Object.keys(requests).flatMap((resource): readonly Foreseen[] => {
          const [request, limit] = [parseQuantity(requests[resource]), parseQuantity(limits[resource])];
          if (path === null || request === null || limit === null || request <= limit) return [];
          const ref = refOf(object);
          return [
            {
              cause: 'request-above-limit',
              object: ref,
              // Of the two, the one that the change wrote is at fault.
              field:
                `${path}.resources.${then?.requests?.[resource] === requests[resource] ? 'limits' : 'requests'}.${/^[\w-]+$/.test(resource) ? resource : `["${resource}"]`}`.replace(
                  '.[',
                  '[',
                ),
              level: 'error',
              because: prose`The API server refuses ${describeRef(ref)}: container ${placed.container.name} requests ${String(requests[resource])} of ${ownText(/^(?:cpu|memory)$/.test(resource) ? resource : 'a resource')} and is limited to ${String(limits[resource])}.`,
            },
          ];
        });
      });
    });
  },
};

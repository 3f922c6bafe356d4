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
  foresee({ objects }) {
    return objects.flatMap((object) =>
      containersOf(podSpecOf(object)).flatMap((placed) => {
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
              field:
                `${path}.resources.requests.${/^[\w-]+$/.test(resource) ? resource : `["${resource}"]`}`.replace(
                  '.[',
                  '[',
                ),
              level: 'error',
              because: prose`The API server refuses ${describeRef(ref)}: container ${placed.container.name} requests ${String(requests[resource])} of ${ownText(/^(?:cpu|memory)$/.test(resource) ? resource : 'a resource')} and is limited to ${String(limits[resource])}.`,
            },
          ];
        });
      }),
    );
  },
};

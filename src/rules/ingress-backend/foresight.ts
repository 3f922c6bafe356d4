import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';
import type { BrokenReference } from './broken-reference.ts';
import { brokenInIngress } from './ingress.ts';
import { brokenInRoute } from './routes.ts';

/** Routes that will lead nowhere: the same look as at a cluster, at what the cluster would be. */
export const foresight: Foresight = {
  causes: {
    'backend-missing': 'an Ingress or a route leads to a Service that will not be there',
    'backend-port-missing': 'an Ingress or a route leads to a port that its Service will not have',
    'class-missing': 'an Ingress asks for an IngressClass that will not be there',
    'parent-missing': 'a route attaches to a Gateway that will not be there',
    'certificate-missing': 'an Ingress takes its certificate from a Secret that will not be there',
  },
  foresee({ objects, ahead }) {
    return objects.flatMap((object) =>
      brokenIn(ahead, object)
        .filter(({ cause }) => cause in foresight.causes)
        .map(({ cause, says, at, near }): Foreseen => ({
          cause,
          object: refOf(object),
          field: at.field,
          level: 'error',
          because: prose`${describeRef(refOf(object))} ${says}.`,
          ...(near === null ? {} : { instead: near }),
        })),
    );
  },
};

function brokenIn(ahead: ClusterState, object: ClusterObject): readonly BrokenReference[] {
  // What its controller said of it before the change says nothing of after.
  switch (object.kind) {
    case 'Ingress':
      return brokenInIngress(ahead, object);
    case 'HTTPRoute':
    case 'GRPCRoute':
      return brokenInRoute(ahead, object);
    default:
      return [];
  }
}

import type { Blame } from '../../model/finding.ts';
import type { ObjectRef, Scalar } from '../../kubernetes/objects.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { Culprit } from '../../model/finding.ts';

/** What an Ingress, a route or a gateway refers to and the cluster does not have. */
export interface BrokenReference {
  readonly cause:
    | 'backend-missing'
    | 'backend-port-missing'
    | 'subset-missing'
    | 'class-missing'
    | 'parent-missing'
    | 'certificate-missing'
    | 'reference-not-granted'
    | 'rejected';
  /** A clause that follows the name of the object: `sends lamp.example/ to Service pier/lamp, which does not exist`. */
  readonly says: Prose;
  /** The field that is wrong, as it stands in the object. */
  readonly at: Blame;
  readonly value: Scalar;
  /** Whether another value of the field would lead somewhere. */
  readonly isFine: (value: Scalar) => boolean;
  /** The one value that lies near, where only the cluster of today says so; null without one. */
  readonly near: Scalar;
  /** The object that is not there, where git may have it already. */
  readonly missing: Culprit | null;
  /** The Service whose port is not there, where git may have it already; left out: none. */
  readonly service?: ObjectRef;
  readonly advice: Prose;
}

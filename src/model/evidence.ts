import {
  describeRef,
  isKubernetesObject,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { untrusted, type Untrusted } from '../untrusted/prose.ts';

export type EvidenceSource =
  'pod-status' | 'event' | 'log' | 'metric' | 'object' | 'git' | 'registry' | 'config' | 'alert';

/** A quoted observation. */
export interface Evidence {
  readonly source: EvidenceSource;
  /** `Pod shop/cart-7d…`, `apps/cart/kustomization.yaml:8`, a commit's short sha, `Alertmanager`. */
  readonly ref: string;
  /** Milliseconds since the epoch; null when the source has no time. */
  readonly at: number | null;
  readonly text: Untrusted;
}

/** What evidence is about: an object, or a reference as it is printed (a metric's name, a commit's short sha). */
type Subject = KubernetesObject | Pick<ObjectRef, 'kind' | 'namespace' | 'name'> | string;

/** Quotes an observation; `at` is in milliseconds since the epoch, null when the source has no time. */
export function quoted(
  source: Evidence['source'],
  about: Subject,
  at: number | null,
  text: string,
): Evidence {
  return { source, ref: nameOf(about), at, text: untrusted(text) };
}

function nameOf(about: Subject): string {
  if (typeof about === 'string') return about;
  return describeRef(isKubernetesObject(about) ? refOf(about) : about);
}

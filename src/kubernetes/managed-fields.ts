import type { FieldPath, FieldSegment } from './field-path.ts';
import { isRecord, recordsOf, type KubernetesObject } from './objects.ts';
import { parseTime } from './workloads.ts';

/** Who last wrote a field of a live object, as the API server records it. */
export interface FieldWriter {
  /** `kubectl-edit`, `argocd-controller`, `kustomize-controller`. */
  readonly manager: string;
  /** Milliseconds since the epoch; null where it is not recorded. */
  readonly at: number | null;
  /** `hand`: a person's tool; `delivery`: what applies from git; `other`: anything else. */
  readonly kind: 'hand' | 'delivery' | 'other';
}

/** Tools that people use on the command line or in a window. */
const HAND =
  /^(?:kubectl|kubectl-(?:edit|patch|set|scale|rollout|annotate|label|replace|create)|k9s|lens|openlens|freelens|headlamp|dashboard|kubernetes-dashboard|rancher|oc|Mozilla|node-fetch|unknown)$/i;
const DELIVERY =
  /^(?:argocd(?:-(?:application-)?controller|-server)?|kustomize-controller|helm-controller|flux(?:-.*)?|helm|fleet.*|gitops.*|kapp.*|kluctl|spinnaker|kubectl-client-side-apply|before-first-apply)$/i;

/**
 * The newest entry of `metadata.managedFields` that owns the field; null where none is recorded (`kubectl get -o yaml` leaves
 * them out).
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
export function fieldWriter(object: KubernetesObject, path: FieldPath): FieldWriter | null {
  const owners = recordsOf(object.metadata['managedFields'])
    .filter((entry) => entry['subresource'] === undefined && owns(entry['fieldsV1'], path))
    .map((entry): FieldWriter => {
      const manager = String(entry['manager'] ?? 'unknown');
      return { manager, at: parseTime(entry['time']), kind: kindOf(manager) };
    });
  return owners.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0] ?? null;
}

function kindOf(manager: string): FieldWriter['kind'] {
  if (HAND.test(manager)) return 'hand';
  return DELIVERY.test(manager) ? 'delivery' : 'other';
}

function owns(fields: unknown, path: FieldPath): boolean {
  let here: unknown = fields;
  for (const segment of path) {
    if (!isRecord(here)) return false;
    here = here[keyOf(segment, here)];
  }
  return here !== undefined;
}

/** `f:spec`, `k:{"name":"server"}`; of ports the key has the protocol too. */
function keyOf(segment: FieldSegment, fields: Readonly<Record<string, unknown>>): string {
  if (typeof segment === 'string') return `f:${segment}`;
  if (typeof segment === 'number') return `i:${segment}`;
  const wanted = `${JSON.stringify(segment.key)}:${JSON.stringify(segment.value)}`;
  return Object.keys(fields).find((key) => key.startsWith('k:') && key.includes(wanted)) ?? '';
}

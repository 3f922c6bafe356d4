import { fits, templateLabels, type Labels } from '../facts/services.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';

/** Workloads of a namespace that are asked for at most. */
const MOST = 40;

/** A workload that git renders and whose pods would have these labels: it waits for a sync where the cluster has none. */
export function* renderedWorkloadWith(
  ask: Ask,
  namespace: string | null,
  selector: Labels,
): Asking<KubernetesObject | null> {
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
  const listed = yield* ask.each(kinds.map((kind) => ask.renderedKind(kind, namespace)));
  const refs = listed.flatMap((rendered) => rendered ?? []).map(({ ref }) => ref);
  const objects = yield* ask.each(refs.slice(0, MOST).map((ref) => ask.rendered(ref)));
  return objects.find((object) => object !== null && fits(selector, templateLabels(object))) ?? null;
}

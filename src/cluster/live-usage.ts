import { MINUTE } from '../kubernetes/durations.ts';
import type { ContainerUsage } from '../model/cluster-state.ts';
import { ask, parseRecord } from './ask.ts';
import { isName } from './checked-object.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { usageIn } from './pod-usage.ts';

const LONGEST_ANSWER = 2 ** 20;
/** Milliseconds in which an API that is not there, or may not be read, is not asked again. */
const PAUSE = 5 * MINUTE;

/**
 * Asks metrics-server about one pod at a time: it cannot be watched, and a list of all pods is much for the few that fail.
 *
 * @param report told once that it may not be read
 */
export function podUsage(
  api: Pick<KubernetesApi, 'get'>,
  report: (where: string, message: string) => void,
): (namespace: string, pod: string) => Promise<readonly ContainerUsage[] | null> {
  let silentUntil = 0;
  return async (namespace, pod) => {
    if (Date.now() < silentUntil || ![namespace, pod].every(isName)) return null;
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
    const { status, text } = await ask(api, path, { most: LONGEST_ANSWER });
    const body = parseRecord(text);
    if (status === 200) return usageIn(body);
    if (status === 403)
      report(path, 'may not get pods.metrics.k8s.io; what pods use now is unknown without a Prometheus');
    // Of a pod that it does not know, the API says so as a Status; an API that is not there has no words for it.
    const isUnknownPod = status === 404 && body?.['kind'] === 'Status' && body['reason'] === 'NotFound';
    if (!isUnknownPod) silentUntil = Date.now() + PAUSE;
    return null;
  };
}

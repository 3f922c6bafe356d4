import type { LogRequest } from '../model/cluster-state.ts';
import { maskedLogTail, type MaskedText } from '../untrusted/masked.ts';
import { ask } from './ask.ts';
import { isName } from './checked-object.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

const LONGEST_ANSWER = 4 * 2 ** 20;

/**
 * The last lines of a container. `limitBytes` cuts at the end, where the failure is, so it only guards against huge lines:
 * if it was reached, fewer lines are asked for.
 */
export async function readLog(api: KubernetesApi, request: LogRequest): Promise<MaskedText | null> {
  if (![request.namespace, request.pod].every(isName)) return null;
  const [namespace, pod] = [request.namespace, request.pod].map(encodeURIComponent);
  for (const tailLines of ['2000', '100', '10']) {
    const answer = await ask(api, `/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
      query: {
        container: request.container,
        previous: String(request.previous),
        tailLines,
        limitBytes: String(LONGEST_ANSWER),
      },
      // The server may cut at a line's end.
      most: 2 * LONGEST_ANSWER,
    });
    if (answer.isTooLong) continue;
    if (answer.status !== 200) return null;
    const bytes = Buffer.from(answer.text);
    if (bytes.length >= LONGEST_ANSWER && tailLines !== '10') continue;
    return maskedLogTail(bytes, true);
  }
  return null;
}

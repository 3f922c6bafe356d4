import { AtMost } from '../concurrency/at-most.ts';
import { OutOfTime, withinTime } from '../concurrency/time-limit.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import type { LogRequest } from '../model/cluster-state.ts';
import { maskedLogTail, type MaskedText } from '../untrusted/masked.ts';
import { ask } from './ask.ts';
import { isName } from './checked-object.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

const LONGEST_ANSWER = 4 * 2 ** 20;
/** Logs of one cluster that are read at a time: the kubelet of each node sends its own. */
const SIDE_BY_SIDE = 4;
/** Milliseconds for one log, waiting for a place not included. */
const LONGEST_TIME = 30_000;
/** Milliseconds in which logs of a namespace that may not be read are not asked for. */
const PAUSE = 5 * MINUTE;

/** Reads the logs of one cluster; null where there is none to be had. */
export type Logs = (request: LogRequest) => Promise<MaskedText | null>;

/** @param report told once of what keeps logs from being read: the permission, with verb and resource, or the time that it takes */
export function podLogs(
  api: Pick<KubernetesApi, 'get'>,
  report: (where: string, message: string) => void,
  { longest = LONGEST_TIME, now = Date.now }: { readonly longest?: number; readonly now?: () => number } = {},
): Logs {
  const turns = new AtMost(SIDE_BY_SIDE);
  const forbidden = new Map<string, number>();
  const told = new Set<string>();
  const tell = (where: string, about: string, message: string): void => {
    if (!told.has(about)) report(where, message);
    told.add(about);
  };
  const read = async (request: LogRequest, path: string): Promise<MaskedText | null> => {
    if (now() < (forbidden.get(request.namespace) ?? 0)) return null;
    const log = await withinTime(tailOf(api, path, request), longest, 'one log').catch((error: unknown) => {
      if (!(error instanceof OutOfTime)) throw error;
      tell(path, 'time', `${error.message}; what such logs say is unknown`);
      return null;
    });
    if (log !== 'forbidden') return log;
    forbidden.set(request.namespace, now() + PAUSE);
    const message = `may not get pods/log in namespace ${request.namespace}; what logs say is unknown where that is refused`;
    tell(path, 'permission', message);
    return null;
  };
  return async (request) => {
    if (![request.namespace, request.pod].every(isName)) return null;
    const [namespace, pod] = [request.namespace, request.pod].map(encodeURIComponent);
    return turns.run(() => read(request, `/api/v1/namespaces/${namespace}/pods/${pod}/log`));
  };
}

/**
 * The last lines of a container. `limitBytes` cuts at the end, where the failure is, so it only guards against huge lines:
 * if it was reached, fewer lines are asked for.
 */
async function tailOf(
  api: Pick<KubernetesApi, 'get'>,
  path: string,
  { container, previous }: LogRequest,
): Promise<MaskedText | 'forbidden' | null> {
  for (const tailLines of ['2000', '100', '10']) {
    const answer = await ask(api, path, {
      query: { container, previous: String(previous), tailLines, limitBytes: String(LONGEST_ANSWER) },
      // The server may cut at a line's end.
      most: 2 * LONGEST_ANSWER,
    });
    if (answer.isTooLong) continue;
    if (answer.status === 403) return 'forbidden';
    if (answer.status !== 200) return null;
    const bytes = Buffer.from(answer.text);
    if (bytes.length >= LONGEST_ANSWER && tailLines !== '10') continue;
    return maskedLogTail(bytes, true);
  }
  return null;
}

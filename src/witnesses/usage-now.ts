import { describeTime } from '../kubernetes/durations.ts';
import { describeRef, type ObjectRef } from '../kubernetes/objects.ts';
import { describeBytes } from '../kubernetes/quantities.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { quoted, type Evidence } from '../model/evidence.ts';

/** The working set of a container in one sample of metrics-server: what it is now, and nothing about what it was. */
export interface UsageNow {
  /** Bytes. */
  readonly memory: number;
  readonly at: number;
  readonly evidence: Evidence;
}

/** Pods that are asked about, each with a request of its own. */
const MOST_PODS = 3;

/** The highest of some pods; null where metrics-server does not tell. For where there is no Prometheus. */
export function* memoryNow(pods: readonly ObjectRef[], container: string, ask: Ask): Asking<UsageNow | null> {
  const asked = pods.slice(0, MOST_PODS);
  const answers = yield* ask.each(asked.map(({ namespace, name }) => ask.usage(namespace ?? '', name)));
  const found = asked.flatMap((pod, index) => {
    const own = answers[index]?.find((one) => one.container === container);
    return own?.memory == null ? [] : [{ pod, memory: own.memory, at: own.at }];
  });
  const [highest] = found.toSorted((a, b) => b.memory - a.memory);
  if (!highest) return null;
  const { pod, memory, at } = highest;
  const text = `container ${container}: ${describeBytes(memory)} at ${describeTime(at)}, one sample`;
  return { memory, at, evidence: quoted('metric', `metrics-server, ${describeRef(pod)}`, at, text) };
}

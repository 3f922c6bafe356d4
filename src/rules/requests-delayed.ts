/**
 * Rule `requests-delayed`: requests take many times as long as before, and what is slow points to the pods of one workload.
 *
 * What it relies on:
 *
 * - A mesh or a proxy measures the latency of a Service as its callers see it: the way to its pods included.
 * - Where all that a workload calls becomes slow at once, and what it does not call does not, they share the network of its pods.
 * - A Service that is slow while nothing that it calls is slow, and whose processor time is not used up, is slow at its own pods: on their network,
 *   or because the program waits for something that no metric shows.
 *
 * A delay has no event and no condition; nothing in a manifest is at fault.
 */
import { describeDuration, describeTime } from '../kubernetes/durations.ts';
import { describeRef, recordAt, refOf, sameObject } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { isReady } from '../kubernetes/workloads.ts';
import { livePods } from '../facts/pods.ts';
import { containersIn, type WorkloadFacts } from '../facts/subjects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { quoted } from '../model/evidence.ts';
import { counted, listed, prose, type Prose } from '../untrusted/prose.ts';
import { callsIn, callsOf, type Calls } from '../witnesses/service-calls.ts';
import { latenciesOf, type ServiceLatency } from '../witnesses/service-latency.ts';
import { throttling } from '../witnesses/throttling.ts';
import { DECLINED } from './causes.ts';
import { defineRule } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';

export const requestsDelayed = defineRule({
  id: 'requests-delayed',
  title: 'Requests take many times as long, at the pods of one workload',
  phase: 'traffic',
  semantics: [
    'https://istio.io/latest/docs/reference/config/metrics/',
    'https://kubernetes.io/docs/concepts/services-networking/service/',
  ],
  reads: ['Pod', 'Service', 'ConfigMap', 'Deployment'],
  on: 'workload',
  causes: {
    'network-of-the-pod': {
      ...DECLINED,
      means: 'all that it calls became slow at once, and what it does not call did not',
      reason: prose`No field of a manifest sets how a network behaves.`,
    },
    'delay-at-the-pod': {
      ...DECLINED,
      means: 'its Service became slow, nothing that it calls did, and it has processor time left',
      reason: prose`Whether its network or the program delays the requests is not known, and neither is a field of a manifest.`,
    },
  },

  detect(workload) {
    const { activePods } = workload;
    if (activePods.length === 0 || !activePods.every(isReady)) return null;
    const calls = callsOf(workload);
    if (!calls || calls.own.size + calls.calls.size === 0) return null;
    return { seenOn: activePods.map(refOf) };
  },

  *investigate(workload, ask) {
    const { cluster } = workload;
    const series = yield* ask.candidates('service-latency');
    if (!series) return null;
    const latencies = latenciesOf(series, cluster.now);
    const found = suspectIn(cluster, latencies);
    if (!found || !sameObject(found.calls.workload, workload.ref)) return null;
    if (yield* isBusy(workload, ask)) return null;
    const { slow, others, cause } = found;
    const from = Math.max(...slow.map((one) => one.slow!.from));
    const to = Math.min(...slow.map((one) => one.slow!.to));
    const factor = Math.min(...slow.map((one) => one.slow!.median / one.baseline));
    const names = slow.map(({ key }) => key.split('/')[1]!);
    const time = prose`from ${describeTime(from)} for ${describeDuration(to - from)}`;
    const longer = prose`took at least ${Math.floor(factor)} times as long`;
    const nodes = [...new Set(workload.activePods.map((pod) => String(recordAt(pod, 'spec')['nodeName'])))];
    return {
      ...ofCause({
        cause,
        summary:
          cause === 'network-of-the-pod'
            ? prose`Requests of ${describeRef(workload.ref)} to ${listed(names)} ${longer} ${time}; requests to ${listed(others)}, which it does not call, did not`
            : prose`Requests to ${listed(names)}, the Service of ${describeRef(workload.ref)}, ${longer} ${time}; nothing that it calls was slow, and it had processor time left`,
        because: [explanation(cause, workload)],
        evidence: slow
          .slice(0, 5)
          .map(({ key, metric, baseline, slow: episode }) =>
            quoted(
              'metric',
              metric,
              episode!.to,
              `service ${key.split('/')[1]!}: ${shown(episode!.median)} from ${describeTime(episode!.from)} to ${describeTime(episode!.to)}, ${shown(baseline)} otherwise`,
            ),
          ),
        certainty: [
          cause === 'network-of-the-pod' ? 0.8 : 0.65,
          prose`the latency of ${counted(latencies.size, 'Service')} was measured`,
        ],
        advice: [
          prose`Look at the network of ${listed(workload.activePods.slice(0, 3).map((pod) => `Pod ${pod.metadata.name}`))} on ${listed(nodes)} at ${describeTime(from)}: retransmissions, the CNI's log there, and the proxy's log where there is one.`,
        ],
      }),
      firstSeen: from,
    };
  },
});

function explanation(cause: Suspect['cause'], { ref }: WorkloadFacts): Prose {
  return cause === 'network-of-the-pod'
    ? prose`What these requests share is the network of the pods of ${describeRef(ref)}.`
    : prose`So the delay is at the pods of ${describeRef(ref)}: on their network, or in a program that waits.`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}

interface Suspect {
  readonly cause: 'network-of-the-pod' | 'delay-at-the-pod';
  readonly calls: Calls;
  readonly slow: readonly ServiceLatency[];
  /** Services that stayed as they were. */
  readonly others: readonly string[];
}

/** The one workload that explains what is slow; null where nothing is, or where several would. */
function suspectIn(cluster: ClusterState, latencies: ReadonlyMap<string, ServiceLatency>): Suspect | null {
  const all = callsIn(cluster);
  const suspects = suspectsAmong(all, latencies);
  const hubs = suspects.hubs.filter(({ slow }) => nodesOf(slow, all, cluster).size > 1);
  const [only = null, another] = hubs.length > 0 ? hubs : suspects.leaves;
  return another === undefined ? only : null;
}

interface Suspects {
  readonly hubs: readonly Suspect[];
  readonly leaves: readonly Suspect[];
}

const KNOWN = new WeakMap<readonly Calls[], WeakMap<ReadonlyMap<string, ServiceLatency>, Suspects>>();

/** Worked out once for all workloads: each of them asks. */
function suspectsAmong(all: readonly Calls[], latencies: ReadonlyMap<string, ServiceLatency>): Suspects {
  const known = KNOWN.get(all) ?? new WeakMap<ReadonlyMap<string, ServiceLatency>, Suspects>();
  KNOWN.set(all, known);
  const found = known.get(latencies) ?? {
    hubs: all.flatMap((calls) => hubOf(calls, latencies) ?? []),
    leaves: deepest(all, latencies),
  };
  known.set(latencies, found);
  return found;
}

/** A workload all of whose callees became slow, while what it does not call did not. */
function hubOf(calls: Calls, latencies: ReadonlyMap<string, ServiceLatency>): Suspect | null {
  const callees = [...calls.calls].filter((key) => !calls.own.has(key));
  const slow = callees.flatMap((key) => latencies.get(key) ?? []);
  const own = [...calls.own].flatMap((key) => latencies.get(key) ?? []);
  const others = unaffected(latencies, (key) => !calls.calls.has(key) && !calls.own.has(key));
  const isSlow = slow.length >= LEAST_CALLEES && [...slow, ...own].every((one) => one.slow !== null);
  return isSlow && others.length > 0 && overlap(slow)
    ? { cause: 'network-of-the-pod', calls, slow, others }
    : null;
}

/** Fewer slow callees may be slow for reasons of their own. */
const LEAST_CALLEES = 3;

/** The nodes of the pods behind these Services: on one node alone, its network could be slow as well. */
function nodesOf(
  services: readonly ServiceLatency[],
  all: readonly Calls[],
  cluster: ClusterState,
): ReadonlySet<unknown> {
  const keys = new Set(services.map(({ key }) => key));
  const behind = all.filter(({ own }) => [...own].some((key) => keys.has(key)));
  return new Set(
    behind.flatMap(({ workload }) =>
      livePods(cluster.podsOf(workload)).map((pod) => recordAt(pod, 'spec')['nodeName']),
    ),
  );
}

/** The one workload whose Service is slow although all that it calls was measured and is not; none where there are several. */
function deepest(all: readonly Calls[], latencies: ReadonlyMap<string, ServiceLatency>): readonly Suspect[] {
  const found = all.flatMap((calls) => {
    const slow = [...calls.own].flatMap((key) => latencies.get(key) ?? []).filter((one) => one.slow !== null);
    const callees = [...calls.calls].filter((key) => !calls.own.has(key)).map((key) => latencies.get(key));
    if (slow.length === 0 || callees.some((one) => (one?.slow ?? null) !== null)) return [];
    // What it calls and nobody measured may be what is slow: then nobody is named.
    const isKnown = callees.every((one) => one !== undefined);
    const others = unaffected(latencies, (key) => !calls.own.has(key));
    return [{ cause: 'delay-at-the-pod', calls, slow, others, isKnown } as const];
  });
  const [only] = found;
  return found.length === 1 && only!.isKnown && only!.others.length > 0 ? [only!] : [];
}

function unaffected(
  latencies: ReadonlyMap<string, ServiceLatency>,
  isOther: (key: string) => boolean,
): readonly string[] {
  return [...latencies.values()]
    .filter(({ key, slow }) => slow === null && isOther(key))
    .map(({ key }) => key.split('/')[1]!);
}

/** Slow at the same time, not one after the other. */
function overlap(slow: readonly ServiceLatency[]): boolean {
  return Math.max(...slow.map((one) => one.slow!.from)) < Math.min(...slow.map((one) => one.slow!.to));
}

/** A container that is held at its CPU limit is slow for that reason. */
function* isBusy(workload: WorkloadFacts, ask: Ask): Asking<boolean> {
  for (const container of containersIn(workload)) {
    const limited = container.instances.flatMap(({ pod, placed }) => {
      const limit = parseQuantity(placed.container.resources?.limits?.['cpu']);
      return limit === null ? [] : [{ pod: pod.metadata.name, limit, since: 0 }];
    });
    if (limited.length > 0 && (yield* throttling(container, limited, ask))) return true;
  }
  return false;
}

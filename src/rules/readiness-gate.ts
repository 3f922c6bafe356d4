/**
 * Rule `readiness-gate`: all containers of a pod are ready, and the pod is not, because a readiness gate keeps it out of its Services.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A pod with `readinessGates` is Ready only when each named condition is True; some controller has to set it, and until then it counts as False.
 * - The kubelet then says Ready=False with the reason ReadinessGatesNotReady, beside ContainersReady=True.
 */
import { conditionsIn, quoteCondition } from '../facts/observations.ts';
import { describeRef, recordsOf, refOf } from '../kubernetes/objects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { parseTime, podSpecOf, podSpecPath, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

/** A load balancer needs this long to register a target and see it healthy. */
const PATIENCE = 5 * MINUTE;

export const readinessGate = defineRule({
  id: 'readiness-gate',
  title: 'A readiness gate keeps pods out of their Services',
  phase: 'traffic',
  semantics: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate'],
  reads: ['Pod'],
  on: 'workload',
  causes: {
    'gate-never-set': { means: 'no controller has set the condition', fix: 'none', outcome: 'declined' },
    'gate-not-passed': { means: 'the controller says that it is not True', fix: 'none', outcome: 'declined' },
  },

  detect({ cluster, activePods }) {
    const held = activePods
      .flatMap((pod) => gateHolding(pod) ?? [])
      .filter(({ since }) => cluster.reached(since + PATIENCE));
    const [first] = held.toSorted((a, b) => a.since - b.since);
    return first ? { first, seenOn: held.map(({ pod }) => refOf(pod)), firstSeen: first.since } : null;
  },

  *investigate({ ref, object }, ask, { first: { pod, gate, unready, told } }) {
    const path = `${podSpecPath(ref.kind)}.readinessGates`;
    const isInTemplate = gatesOf(object).includes(gate);
    const field = `${path}[conditionType=${gate}].conditionType`;
    const blames = isInTemplate ? [{ object: ref, field }] : [];
    const versions = yield* ask.past(blames);
    const came = versions?.[0]?.value === gate ? versions[0].commit : undefined;
    return diagnosis({
      cause: told ? 'gate-not-passed' : 'gate-never-set',
      summary: told
        ? prose`${describeRef(ref)} gets no traffic: its readiness gate ${gate} is ${told.status}${saying(told.message ?? told.reason ?? '')}`
        : prose`${describeRef(ref)} gets no traffic: nothing has set the condition of its readiness gate ${gate}.`,
      because:
        isInTemplate || !object
          ? []
          : [prose`The pod template has no such gate: a webhook may have added it.`],
      evidence: [unready, ...(told ? [told] : [])].map((condition) => quoteCondition(pod, condition)),
      certainty: [0.95, prose`the kubelet says that only the gate is not ready`],
      reason: prose`Whether the gate or its controller is wrong is for a person to say, so nothing is changed.`,
      blames,
      ...(came && { introducedBy: came }),
      advice: [prose`Check the controller that sets ${gate} on pods; remove the gate where none does.`],
    });
  },
});

/** The first gate that a pod waits for while its containers are ready; null for one that waits for none. */
function gateHolding(pod: ClusterObject) {
  const conditions = conditionsIn(pod);
  const of = (type: string): Condition | undefined => conditions.find((one) => one.type === type);
  const unready = of('Ready');
  const gate = gatesOf(pod).find((type) => of(type)?.status !== 'True');
  const since = parseTime(of('ContainersReady')?.lastTransitionTime);
  if (unready?.status !== 'False' || of('ContainersReady')?.status !== 'True') return null;
  return gate === undefined || since === null ? null : { pod, gate, unready, since, told: of(gate) };
}

function gatesOf(object: ClusterObject | undefined): readonly string[] {
  const gates = recordsOf(object && podSpecOf(object)?.['readinessGates']);
  return gates.map(({ conditionType }) => String(conditionType));
}

import { DAY } from '../../kubernetes/durations.ts';
import { containersIn, type ContainerFacts } from '../../facts/subjects.ts';
import { parseQuantity, MEBIBYTE, describeBytes, printBytes } from '../../kubernetes/quantities.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { quoted } from '../../model/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import { amountOf } from '../../witnesses/capacity.ts';
import { amountsOn } from '../../witnesses/free-on-nodes.ts';
import { cpuUse, printCores } from '../../witnesses/cpu-use.ts';
import { memoryUse } from '../../witnesses/memory-use.ts';
import { maximumOf, quantileOf, valuesOf } from '../../witnesses/series.ts';
import type { Remedy, Stuck } from './stuck.ts';

/** A request that a node can hold, where what was measured, or the missing unit of a number, shows which. */
export function* smallerRequest(stuck: Stuck, ask: Ask): Asking<Remedy | null> {
  const { workload, worst, meant } = stuck;
  const { cause } = worst.obstacle;
  if (cause !== 'insufficient-cpu' && cause !== 'insufficient-memory') return null;
  const resource = cause === 'insufficient-cpu' ? 'cpu' : 'memory';
  const [largest] = amountsOn(workload.cluster, meant ?? [], resource);
  const total = amountOf(podSpecOf(worst.pod), 'requests', resource);
  if (!largest || total <= largest.allocatable) return null;
  const container = greediest(workload, resource);
  if (!container) return null;
  if (resource === 'memory') return yield* asMemoryMeasured(container, largest.allocatable, ask);
  return (
    withoutUnit(container, largest.allocatable) ?? (yield* asCpuMeasured(container, largest.allocatable, ask))
  );
}

/** The container of the template with most of the request. */
function greediest(workload: Stuck['workload'], resource: string): ContainerFacts | undefined {
  const amount = (one: ContainerFacts): number =>
    parseQuantity(one.value(`resources.requests.${resource}`) ?? one.value(`resources.limits.${resource}`)) ??
    0;
  return containersIn(workload)
    .filter((one) => amount(one) > 0)
    .toSorted((a, b) => amount(b) - amount(a))[0];
}

/** Nobody writes so few cores as whole millicores, nor so many cores as one container asks for. */
const LEAST_WITHOUT_UNIT = 50;

/** `cpu: "250"` is 250 cores: beside nodes of 8, 250m is what was meant. Where the limit is as large, it lacks its unit too. */
function withoutUnit(container: ContainerFacts, largest: number): Remedy | null {
  const fields = ['resources.requests.cpu', 'resources.limits.cpu'].flatMap((field) => {
    const value = container.value(field);
    return value === undefined ? [] : [{ field, text: String(value) }];
  });
  const isBare = ({ text }: { readonly text: string }): boolean =>
    /^\d+$/.test(text) && Number(text) >= LEAST_WITHOUT_UNIT && Number(text) / 1000 <= largest;
  if (fields.length === 0 || !fields.every(isBare)) return null;
  const [first] = fields;
  return {
    changes: fields.flatMap(({ field, text }) => container.change(field, `${text}m`)),
    guards: [
      {
        kind: 'draft',
        reason: prose`only the size of the number suggests that the m of millicores is missing`,
      },
    ],
    reason: prose`without a unit, cpu counts whole cores, and ${first!.text} millicores (${first!.text}m) fit a node`,
    because: [
      prose`Without a unit, cpu counts whole cores: ${first!.text} is ${first!.text} cores, ${first!.text}m is ${Number(first!.text) / 1000}.`,
    ],
    evidence: [],
    advice: [],
    sureness: [0.7, prose`no node comes near so many cores`],
  };
}

const HEADROOM = 1.3;
const ROUNDED_TO = 64 * MEBIBYTE;
const WEEK = 7 * 24;
/** What was measured for less says little about the nights and mornings that it did not see. */
const LEAST_MEASURED = DAY;

/** 1.3 times the P99 of the memory that its pods have used in seven days. */
function* asMemoryMeasured(container: ContainerFacts, largest: number, ask: Ask): Asking<Remedy | null> {
  const limit = parseQuantity(container.value('resources.limits.memory')) ?? Number.POSITIVE_INFINITY;
  const use = yield* memoryUse(container, [], limit, ask);
  const { p99, pods } = use;
  if (p99 === null || use.measured < LEAST_MEASURED) return null;
  const wanted = Math.ceil((p99 * HEADROOM) / ROUNDED_TO) * ROUNDED_TO;
  if (wanted > largest) return null;
  const metric = 'container_memory_working_set_bytes';
  return measured(container, 'memory', printBytes(wanted), {
    metric,
    used: describeBytes(p99),
    pods,
  });
}

/** 1.3 times the P99 of the processor time that its pods have used in seven days. */
function* asCpuMeasured(container: ContainerFacts, largest: number, ask: Ask): Asking<Remedy | null> {
  const use = yield* cpuUse(ask, container.workload.ref, container.name, WEEK);
  const peaks = [...(use?.byPod.values() ?? [])]
    .filter((samples) => samples.length >= LEAST_SAMPLES)
    .map((samples) => quantileOf(valuesOf(samples), 0.99));
  const p99 = maximumOf(peaks);
  if (!use || peaks.length === 0 || p99 * HEADROOM > largest) return null;
  return measured(container, 'cpu', printCores(p99 * HEADROOM), {
    metric: use.metric,
    used: `${Number(p99.toPrecision(2))} cores`,
    pods: peaks.length,
  });
}

/** Fewer tell nothing of a week. */
const LEAST_SAMPLES = 60;

function measured(
  container: ContainerFacts,
  resource: 'cpu' | 'memory',
  wanted: string,
  { metric, used, pods }: { readonly metric: string; readonly used: string; readonly pods: number },
): Remedy | null {
  const field = `resources.requests.${resource}`;
  if (container.value(field) === undefined) return null;
  const text = `P99 of its use over 7 days: ${used} (${pods} ${pods === 1 ? 'pod' : 'pods'})`;
  return {
    changes: container.change(field, wanted),
    guards: [
      {
        kind: 'no-auto-merge',
        reason: prose`what the pods used so far need not be what they will use`,
      },
    ],
    reason: prose`its pods used ${used} (P99 over 7 days), and 1.3 times that fits a node`,
    because: [prose`Its pods used ${used} of ${resource} (P99 over 7 days).`],
    evidence: [quoted('metric', `${metric} of ${container.name}`, container.cluster.now, text)],
    advice: [],
    sureness: [0.85, prose`seven days of use were measured`],
  };
}

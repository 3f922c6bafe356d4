import { containersIn, type ContainerFacts } from '../../facts/subjects.ts';
import { parseQuantity, MEBIBYTE, describeBytes, printBytes } from '../../kubernetes/quantities.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { quoted } from '../../model/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import { amountOf } from '../../witnesses/capacity.ts';
import { amountsOn } from '../../witnesses/free-on-nodes.ts';
import { askForMemoryUse, memoryUse } from '../../witnesses/memory-use.ts';
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
  return resource === 'cpu'
    ? withoutUnit(container, largest.allocatable)
    : yield* asMeasured(container, largest.allocatable, ask);
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
        reason: prose`that the m of millicores is missing is told by the size of the number only`,
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

/** 1.3 times the P99 of what its pods have used in seven days. */
function* asMeasured(container: ContainerFacts, largest: number, ask: Ask): Asking<Remedy | null> {
  const { workload, name } = container;
  const field = 'resources.requests.memory';
  const limit = parseQuantity(container.value('resources.limits.memory')) ?? Number.POSITIVE_INFINITY;
  const { p99, byPod } = memoryUse(workload.ref, [], limit, yield* ask.all(askForMemoryUse(container, ask)));
  if (p99 === null || container.value(field) === undefined) return null;
  const wanted = Math.ceil((p99 * HEADROOM) / ROUNDED_TO) * ROUNDED_TO;
  if (wanted > largest) return null;
  const used = `P99 of the working set over 7 days: ${describeBytes(p99)} (${byPod.size} ${byPod.size === 1 ? 'pod' : 'pods'})`;
  return {
    changes: container.change(field, printBytes(wanted)),
    guards: [
      {
        kind: 'no-auto-merge',
        reason: prose`what the pods used so far need not be what they will use`,
      },
    ],
    reason: prose`its pods used ${describeBytes(p99)} (P99 over 7 days), and 1.3 times that fits a node`,
    because: [prose`Its pods used ${describeBytes(p99)} of memory (P99 over 7 days).`],
    evidence: [quoted('metric', `container_memory_working_set_bytes of ${name}`, workload.cluster.now, used)],
    advice: [],
    sureness: [0.85, prose`seven days of use were measured`],
  };
}

import {
  killEvidence,
  killsRemembered,
  rememberedKillEvidence,
  type KilledContainer,
} from '../../facts/kills.ts';
import { carriesCurrentTemplate, type TemplateAge } from '../../facts/rollout.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { javaHeapOf, type JavaHeap } from '../../witnesses/heap.ts';
import { countKills, type KillCount } from '../../witnesses/kill-count.ts';
import { claimIn, type LogClaim } from '../../witnesses/leak-log.ts';
import { toldBy, type Told } from '../../witnesses/memory-settings.ts';
import { memoryUse, memoryUseEvidence, type MemoryUse } from '../../witnesses/memory-use.ts';
import { inMemoryVolumes, type InMemoryVolume } from '../../witnesses/memory-volumes.ts';
import { settingsOf } from '../../witnesses/settings.ts';
import { memoryNow, type UsageNow } from '../../witnesses/usage-now.ts';
import type { Seen } from '../define-rule.ts';

/** The kills of one container, the worst first. */
export interface SeenKills extends Seen {
  readonly lastSeen: number;
  readonly killed: readonly KilledContainer[];
}

/** Everything that is known about the kills, before anything is weighed. Sizes are bytes. */
export interface Known {
  readonly container: ContainerFacts;
  /**
   * Those that were killed and are not known to carry an outdated template, the worst first; else all that were killed; else
   * those that survived.
   */
  readonly killed: readonly KilledContainer[];
  /** How the template of the worst of them compares with the owner's. */
  readonly age: TemplateAge;
  readonly count: KillCount;
  /** Milliseconds since the epoch. */
  readonly lastKill: number;
  /** The limit that the killed pod really has; Infinity without one. */
  readonly limit: number;
  /** As the template (or else the pod) writes it: `512Mi`. */
  readonly written: string;
  /** The template itself has a limit. */
  readonly hasOwnLimit: boolean;
  readonly use: MemoryUse;
  /** One sample of metrics-server, where nothing else measured it; null likewise. */
  readonly usedNow: UsageNow | null;
  readonly heap: JavaHeap | null;
  /** What command, environment and scripts say about memory. */
  readonly told: readonly Told[];
  /** What the log says about growing memory. */
  readonly claim: LogClaim | null;
  readonly volumes: readonly InMemoryVolume[];
  readonly evidence: readonly Evidence[];
  /** `Container server of Deployment shop/cart` */
  readonly subject: Prose;
  /** `Container server of Deployment shop/cart was OOMKilled at its memory limit of 512Mi`, without a full stop. */
  readonly atLimit: Prose;
}

/** What every investigation asks for first. */
function questionsAbout(container: ContainerFacts, { seenOn: [pod] }: Seen, ask: Ask) {
  const namespace = container.workload.ref.namespace ?? '';
  const { name } = container;
  const log = (previous: boolean) => ask.log({ namespace, pod: pod!.name, container: name, previous });
  const restarts = (metric: string) =>
    ask.metric({ metric, labels: { namespace, container: name }, hours: 6 });
  return {
    log: log(true),
    currentLog: log(false),
    restarts: restarts('kube_pod_container_status_restarts_total'),
    reasons: restarts('kube_pod_container_status_last_terminated_reason'),
  };
}

export function* gather(container: ContainerFacts, seen: SeenKills, ask: Ask): Asking<Known> {
  const answers = yield* ask.all(questionsAbout(container, seen, ask));
  const { cluster, workload, name, placed, path } = container;
  const dead = seen.killed.filter(({ kills }) => kills.length > 0);
  const eligible = dead.filter(({ pod }) => carriesCurrentTemplate(cluster, pod) !== 'outdated');
  const killed = [eligible, dead].find((some) => some.length > 0) ?? seen.killed;
  const worst = killed[0]!;
  const remembered = killsRemembered(container, killed);
  const inPod = worst.placed.container;
  const text = inPod.resources?.limits?.['memory'];
  const limit = parseQuantity(text) ?? Number.POSITIVE_INFINITY;
  const inTemplate = placed?.container.resources?.limits?.['memory'];
  const written = String(inTemplate ?? text ?? 'none');
  const pods = killed.map(({ pod }) => pod.metadata.name);
  const use = yield* memoryUse(container, pods, limit, ask);
  const usedNow =
    use.p99 === null
      ? yield* memoryNow(
          killed.map(({ pod }) => refOf(pod)),
          name,
          ask,
        )
      : null;
  const place = { owner: workload.ref, path };
  const template = workload.object && podSpecOf(workload.object);
  const subject = prose`Container ${name} of ${describeRef(workload.ref)}`;
  return {
    container,
    killed,
    age: carriesCurrentTemplate(cluster, worst.pod),
    count: countKills(killed, answers, cluster, remembered),
    lastKill: seen.lastSeen,
    limit,
    written,
    hasOwnLimit: inTemplate !== undefined,
    use,
    usedNow,
    heap: Number.isFinite(limit) ? javaHeapOf(inPod, limit, place, cluster) : null,
    // The template's words where it has them: they are what git could hold.
    told: toldBy(settingsOf(placed?.container ?? inPod, template, place, cluster)),
    claim: claimIn(answers.log ?? '') ?? claimIn(answers.currentLog ?? ''),
    volumes: inMemoryVolumes(inPod, podSpecOf(worst.pod)),
    evidence: [
      ...killEvidence(killed),
      ...rememberedKillEvidence(remembered, killed),
      ...templateEvidence(container),
      ...memoryUseEvidence(use, cluster.now),
      ...(usedNow ? [usedNow.evidence] : []),
      ...logEvidence(worst, answers.log),
    ],
    subject,
    atLimit: prose`${subject} was OOMKilled at its memory limit of ${written}`,
  };
}

function templateEvidence({ workload: { object }, placed }: ContainerFacts): readonly Evidence[] {
  if (!object || !placed) return [];
  const { limits, requests } = placed.container.resources ?? {};
  const text = `container ${placed.container.name}: resources.limits.memory: ${String(limits?.['memory'] ?? 'none')}, resources.requests.memory: ${String(requests?.['memory'] ?? 'none')}`;
  return [quoted('object', object, null, text)];
}

/** The last line before the kill: usually what the program was doing. */
function logEvidence({ pod, status }: KilledContainer, log: string | null): readonly Evidence[] {
  const line = log?.trimEnd().split('\n').at(-1)?.trim();
  if (!line) return [];
  const where = `${describeRef(refOf(pod))} ${status.name} (previous)`;
  return [quoted('log', where, null, `the last line before the end: ${line}`)];
}

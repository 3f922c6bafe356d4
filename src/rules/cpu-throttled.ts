/**
 * Rule `cpu-throttled`: a container uses all processor time that its limit allows, and the kernel holds it back.
 *
 * What Kubernetes and the kernel do, and this rule relies on:
 *
 * - A CPU limit is a quota for each period of 100 ms. A container that has used it up waits for the next period: the period counts as throttled.
 *   Nothing is killed and no event says so; requests only take longer.
 * - cAdvisor counts `container_cpu_cfs_periods_total` and `container_cpu_cfs_throttled_periods_total`.
 * - Use over a minute stays below the limit where bursts are throttled, so the share of throttled periods tells more than use does.
 */
import type { ContainerFacts } from '../facts/subjects.ts';
import { quote } from '../facts/observations.ts';
import { describeDuration, describeTime, HOUR, MINUTE } from '../kubernetes/durations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { isReady, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
import { podsWanted, shortageFor } from '../witnesses/capacity.ts';
import { throttling, type Throttling } from '../witnesses/throttling.ts';
import { MONITORED } from './causes.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';
import { asDraft } from './raise.ts';
import { chartOf } from '../witnesses/series.ts';

/** A start takes all that it gets, and is over by then. */
const START = 3 * MINUTE;
/** Throttled for so long the limit is too low for the load, and not for a peak. */
const FOR_HOURS = 4 * HOUR;

export const cpuThrottled = defineRule({
  id: 'cpu-throttled',
  title: 'A container uses all processor time that its limit allows',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run',
    'https://www.kernel.org/doc/html/latest/scheduler/sched-bwc.html',
  ],
  reads: ['Pod', 'Deployment', 'StatefulSet', 'ResourceQuota', 'Node', 'ConfigMap', 'NodePool.karpenter.sh'],
  on: 'container',
  causes: {
    throttled: {
      ...MONITORED,
      means: 'it was held at its limit for a fifth of the last hour, or of what was measured of it',
      reason: prose`A peak is no reason to change a limit.`,
    },
    'throttled-for-hours': {
      means: 'it was held at its limit for four hours and more',
      fix: 'draft',
      terms: { settable: { to: 'amount' }, onlyWritten: true },
      outcome: 'a draft with a higher limit; a person decides whether to raise or to drop it',
    },
  },

  detect({ instances, name }) {
    const limited = instances.filter(
      ({ pod, placed }) => isRunning(pod) && limitOf(placed.container.resources?.limits) !== null,
    );
    if (limited.length === 0) return null;
    return { name, limited, seenOn: limited.map(({ pod }) => refOf(pod)) };
  },

  *investigate(container, ask, { limited }) {
    const found = yield* throttling(
      container,
      limited.map(({ pod, placed, status }) => ({
        pod: pod.metadata.name,
        limit: limitOf(placed.container.resources?.limits)!,
        since: (parseTime(status?.state?.running?.startedAt) ?? 0) + START,
      })),
      ask,
    );
    return found && concluded(container, found);
  },
});

function isRunning(pod: ClusterObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && isReady(pod);
}

function limitOf(limits: Readonly<Record<string, unknown>> | undefined): number | null {
  const limit = parseQuantity(limits?.['cpu']);
  return limit !== null && limit > 0 ? limit : null;
}

function concluded(container: ContainerFacts, found: Throttling): Conclusion {
  const { workload, name, cluster } = container;
  const { episode, use, limit, ratio, pod, metric } = found;
  const written = container.value('resources.limits.cpu');
  const shown = String(written ?? `${Math.round(limit * 1000)}m`);
  const share =
    ratio === null
      ? prose`used ${Math.round((100 * use!) / limit)} % of its CPU limit of ${shown}`
      : prose`was throttled in ${Math.round(100 * ratio)} % of its periods at its CPU limit of ${shown}`;
  const isLasting = episode.to - episode.from >= FOR_HOURS;
  const conclusion: Conclusion = {
    ...ofCause({
      cause: isLasting ? 'throttled-for-hours' : 'throttled',
      summary: prose`Container ${name} of ${describeRef(workload.ref)} ${share} from ${describeTime(episode.from)} for ${describeDuration(episode.to - episode.from)}`,
      because: [
        prose`At the limit the kernel makes it wait for the next period of 100 ms, so its requests take longer although no container fails.`,
      ],
      evidence: [
        quoted(
          'metric',
          metric,
          episode.to,
          `container ${name} of ${pod}: ${ratio === null ? `median ${use!.toFixed(3)} cores` : `median ${Math.round(100 * ratio)} % of the periods throttled`} from ${describeTime(episode.from)} to ${describeTime(episode.to)}`,
        ),
        ...(workload.object
          ? [quote('object', workload.object, null, `container ${name}: resources.limits.cpu ${shown}`)]
          : []),
      ],
      certainty: [
        ratio === null ? 0.8 : 0.92,
        ratio === null ? prose`its use is at the limit` : prose`the kernel counts the throttled periods`,
      ],
      blames: container.field('resources.limits.cpu'),
      advice: [
        prose`See what made it busy at ${describeTime(episode.from)}; if the load is ordinary, raise or drop resources.limits.cpu of container ${name}.`,
      ],
    }),
    firstSeen: episode.from,
    chart: chartOf(
      found.chart,
      {
        title: `CPU of ${pod}`,
        unit: ratio === null ? 'millicores' : '%',
        line: ratio === null ? { label: 'CPU limit', value: Math.round(limit * 1000) } : null,
      },
      (value) => Math.round(value * (ratio === null ? 1000 : 100)),
    ),
  };
  if (!isLasting || (typeof written !== 'string' && typeof written !== 'number')) return conclusion;
  const next = `${Math.ceil((limit * 1.5 * 1000) / 50 - 1e-9) * 50}m`;
  const spec = workload.object && podSpecOf(workload.object);
  const pods = workload.object ? podsWanted(workload.object, cluster) : 1;
  const shortage = spec
    ? shortageFor(cluster, workload.ref, spec, pods, { 'limits.cpu': limit * 0.5 * pods })
    : null;
  if (shortage)
    return {
      ...conclusion,
      verdict: 'escalate',
      reason: prose`A limit of ${next} is not possible here: ${shortage.says}`,
    };
  return asDraft(
    { ...conclusion, changes: container.change('resources.limits.cpu', next) },
    prose`Use never exceeds the limit that it is held at, so how much is needed is not known: ${next} is one and a half times the limit, and a person has to say whether to raise or to drop it.`,
  );
}

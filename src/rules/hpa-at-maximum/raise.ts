import { DAY, describeTime } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import { demandOf, nodeRoom } from '../../witnesses/capacity.ts';
import type { Difference } from '../../model/need.ts';
import type { Conclusion } from '../sizing/conclusion.ts';
import { historyEvidence, type Authorship } from '../../witnesses/chosen-value.ts';
import { quotaObstacle, type Obstacle } from '../../witnesses/obstacle.ts';
import { describeValue, ratioOf } from '../../facts/autoscaler.ts';
import { atMaximum, type Case } from './judgements.ts';
import { nextMaximum } from '../../witnesses/scaling-load.ts';

const RAISED_LATELY = 7 * DAY;
const LARGEST_FACTOR = 2;

/** The field that decides on the maximum: KEDA's, where it writes the autoscaler. */
export function maximumField({ autoscaler }: Case): {
  readonly object: ObjectRef;
  readonly path: string;
  readonly value: number | null;
} {
  const { manager, ref, maximum } = autoscaler;
  if (manager.kind !== 'keda' || !manager.object)
    return { object: ref, path: 'spec.maxReplicas', value: maximum };
  const value = recordAt(manager.object, 'spec')['maxReplicaCount'];
  return {
    object: refOf(manager.object),
    path: 'spec.maxReplicaCount',
    value: typeof value === 'number' ? value : null,
  };
}

/** The maximum is too low: the next one, or what stands against it. */
export function raise(known: Case, authorship: Authorship, difference: Difference | null): Conclusion {
  const { autoscaler, metric, load, cluster } = known;
  const { maximum } = autoscaler;
  const field = maximumField(known);
  const ratio = (load && metric ? load.median / metric.target : metric && ratioOf(metric)) ?? 1;
  const next = nextMaximum(maximum, ratio);
  const shared = {
    summary: atMaximum(known),
    evidence: historyEvidence('maximum', authorship),
    advice: advice(known, next),
  };
  const { latest, automatic } = authorship;

  if (typeof latest?.to === 'number' && latest.to > maximum) {
    const inGit = prose`Git has a maximum of ${latest.to} since ${latest.commit.sha.slice(0, 8)} of ${describeTime(latest.commit.at)}; the cluster has ${maximum}.`;
    const isDrift = difference?.kind === 'drift';
    return {
      ...shared,
      cause: isDrift ? 'drift' : 'waiting-for-sync',
      verdict: isDrift ? 'escalate' : 'monitor',
      explanation: prose`${inGit} ${difference?.because ?? prose`Whether that waits for a sync or was changed in the cluster is not on record.`}`,
      reason: isDrift
        ? prose`Git already has the larger maximum: the value in the cluster drifted from it, and no change in git repairs that.`
        : difference?.kind === 'lag'
          ? prose`The maximum is already raised in git; it waits for the next sync.`
          : prose`The maximum is already larger in git: either a sync is due, or the cluster drifted from git.`,
      evidence: [...shared.evidence, ...(difference?.evidence ?? [])],
    };
  }
  if (automatic && automatic.commit.at >= cluster.now - RAISED_LATELY) {
    return {
      ...shared,
      cause: 'raised-before',
      verdict: 'escalate',
      explanation: prose`${explanation(known)} The maximum was changed automatically less than 7 days ago (commit ${automatic.commit.sha.slice(0, 8)}).`,
      reason: prose`A maximum that is reached again within 7 days of an automatic change is for a person to judge.`,
    };
  }
  const shortage = shortageFor(known, next);
  if (shortage) {
    return {
      ...shared,
      cause: 'no-room',
      verdict: 'escalate',
      explanation: prose`${explanation(known)} It would need ${next}, but ${shortage.reason}`,
      reason: prose`There is no room for ${next} replicas: ${shortage.reason}`,
      evidence: [...shared.evidence, shortage.evidence],
    };
  }
  const chosen = typeof authorship.lastChoice?.value === 'number' ? authorship.lastChoice.value : maximum;
  const large = next > LARGEST_FACTOR * chosen;
  return {
    ...shared,
    cause: 'maximum-too-low',
    verdict: large ? 'escalate' : 'fix',
    draft: large,
    explanation: prose`${explanation(known)}${chosenBy(authorship)}`,
    reason: large
      ? prose`${next} is more than ${LARGEST_FACTOR} times ${chosen}, the last maximum that a person chose: a person has to agree to that much.`
      : prose`The new maximum of ${next} is what the load needs now (${maximum} replicas times ${ratio.toFixed(2)}), and 30 % more.`,
    wanted: [{ object: field.object, field: field.path, before: field.value, after: next }],
  };
}

function explanation({ autoscaler, metric, load, latency }: Case): Prose {
  const { ref, maximum, target } = autoscaler;
  const value = load?.median ?? metric?.current ?? null;
  const limited = prose`(condition ScalingLimited, reason TooManyReplicas)`;
  const held =
    metric && value !== null
      ? prose`${metric.name} is at ${describeValue(metric, value)} for a target of ${describeValue(metric, metric.target)}, which takes ${Math.ceil((maximum * value) / metric.target)} replicas; no more than ${maximum} are allowed ${limited}.`
      : prose`${describeRef(ref)} may give ${target.kind} ${target.name} no more than ${maximum} replicas ${limited}.`;
  const noticed = latency
    ? prose` The latency of service ${latency.service} went from ${latency.baseline.toPrecision(3)} s to ${latency.now.toPrecision(3)} s.`
    : prose``;
  return prose`${held}${noticed}`;
}

function chosenBy({ lastChoice }: Authorship): Prose {
  if (!lastChoice) return prose``;
  const { author, sha, at } = lastChoice.commit;
  return prose` The maximum of ${String(lastChoice.value)} was chosen by ${author} on ${new Date(at).toISOString().slice(0, 10)} (${sha.slice(0, 8)}).`;
}

function shortageFor({ autoscaler, target, cluster }: Case, next: number): Obstacle | null {
  const spec = target && podSpecOf(target);
  if (!spec) return null;
  const demand = demandOf(spec);
  const more = next - autoscaler.current;
  const extra = Object.fromEntries(Object.entries(demand).map(([name, amount]) => [name, amount * more]));
  const shortage = quotaObstacle(cluster, autoscaler.ref.namespace, extra, 'them');
  if (shortage) return shortage;
  const room = nodeRoom(cluster, cluster.ownerOf(target).ref, spec, demand, next);
  if (room.kind !== 'too-small') return null;
  return {
    reason: prose`the nodes have places for ${room.places} of them.`,
    evidence: quoted('object', 'Nodes', null, `places for such pods: ${room.places}`),
  };
}

function advice({ autoscaler }: Case, next: number): readonly Prose[] {
  return [
    prose`Check that what the replicas share (database connections, downstream services) can take ${next} of them.`,
    prose`Watch whether ${describeRef(autoscaler.ref)} settles below ${next} replicas.`,
  ];
}

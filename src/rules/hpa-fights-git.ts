/**
 * Rule `hpa-fights-git`: an autoscaler and something else, git most often, set the replicas of one workload in turn.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A number outside of minReplicas and maxReplicas is brought back at the next reconciliation; the event SuccessfulRescale then gives the reason
 *   "Current number of replicas below Spec.MinReplicas" (or above Spec.MaxReplicas). Only somebody else can have set that number.
 * - Each size of a Deployment is an event ScalingReplicaSet. A size that the autoscaler has never given was given by somebody else.
 * - Taking `spec.replicas` out of an applied manifest sets it to its default of 1, unless another field manager owns it by then.
 */
import { readAutoscaler, targetIn, type Autoscaler } from '../facts/autoscaler.ts';
import { quote, quoteEvent } from '../facts/observations.ts';
import { countOf, rescalesOf, resizesOf, type Rescale, type Resize } from '../facts/rescales.ts';
import { describeRef, recordAt, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { changeOf } from '../model/change.ts';
import { often, prose, type Prose } from '../untrusted/prose.ts';
import { describeCommit } from '../witnesses/commits.ts';
import { handover } from '../witnesses/replicas-handover.ts';
import { defineRule } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';
import { asDraft } from './raise.ts';
import { foresight } from './hpa-fights-git/foresight.ts';

/** So many corrections within the hour are a quarrel. */
const MANY = 3;

export const hpaFightsGit = defineRule({
  id: 'hpa-fights-git',
  title: 'Git or something else sets the replicas that a HorizontalPodAutoscaler sets',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling',
    'https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership',
    'https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/#leaving-room-for-imperativeness',
  ],
  reads: ['HorizontalPodAutoscaler', 'Event', 'Deployment', 'StatefulSet', 'ScaledObject.v1alpha1.keda.sh'],
  on: 'HorizontalPodAutoscaler',
  causes: {
    'replicas-in-git': {
      means: 'git renders `spec.replicas`, and each sync sets the number that the autoscaler corrects',
      fix: 'draft',
      terms: { onlyWritten: true },
      outcome: 'a draft that takes `spec.replicas` out, with the steps that come before',
    },
    'replicas-set-elsewhere': {
      means: 'something else than git sets the number',
      fix: 'none',
      outcome: 'declined',
      verdict: 'decline',
      reason: prose`Git does not set the number, so no change in git stops it.`,
    },
  },
  foresight,

  detect({ cluster, object: hpa }) {
    const autoscaler = readAutoscaler(hpa, cluster);
    if (!autoscaler) return null;
    const target = targetIn(cluster, autoscaler.target);
    const quarrel = quarrelOf(cluster, hpa, target);
    if (!quarrel) return null;
    const { events } = quarrel;
    return {
      quarrel,
      autoscaler,
      target,
      seenOn: [refOf(hpa)],
      firstSeen: Math.min(...events.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...events.map(({ lastSeen }) => lastSeen)),
      occurrences: quarrel.times,
    };
  },

  *investigate({ object: hpa }, ask, { quarrel, autoscaler, target }) {
    const ref = target ? refOf(target) : autoscaler.target;
    const { rendered, history } = yield* ask.all({
      rendered: ask.rendered(ref),
      history: ask.history(ref, 'spec.replicas'),
    });
    const inGit = recordAt(rendered ?? undefined, 'spec')['replicas'];
    const isGits = typeof inGit === 'number' && isSetBy(inGit, quarrel, autoscaler);
    const found = {
      summary: summaryOf(quarrel, autoscaler, isGits ? inGit : null),
      evidence: [
        ...quarrel.events
          .slice(0, 3)
          .map((event) => quoteEvent(event.involved.kind === ref.kind ? target! : hpa, event)),
        ...rangeOf(autoscaler, hpa),
      ],
      blames: [{ object: ref, field: 'spec.replicas' }, ...boundOf(quarrel, autoscaler)],
    };
    if (!isGits) {
      return ofCause({
        cause: 'replicas-set-elsewhere',
        ...found,
        because: [
          rendered
            ? prose`Git renders ${describeRef(ref)} ${typeof inGit === 'number' ? prose`with spec.replicas ${inGit}, which is not the number that the autoscaler corrects` : prose`without spec.replicas`}.`
            : prose`What git renders for ${describeRef(ref)} is not known here.`,
        ],
        certainty: [0.75, prose`the events show that something else sets the number`],
        advice: [
          prose`Find who writes it: kubectl get ${`${ref.kind.toLowerCase()}/${ref.name}`} -n ${ref.namespace ?? 'default'} -o yaml --show-managed-fields names each manager of f:replicas.`,
        ],
      });
    }
    const newest = history?.[0]?.value === inGit ? history[0].commit : undefined;
    return {
      ...asDraft(
        {
          ...ofCause({
            cause: 'replicas-in-git',
            ...found,
            because: [
              prose`Git has spec.replicas: ${inGit} for ${describeRef(ref)}, so every sync sets it again.`,
              ...(newest ? [prose`It is there since ${describeCommit(newest)}.`] : []),
            ],
            certainty: [0.92, prose`git renders the number that the autoscaler corrects`],
            advice: handover(target, ref),
          }),
          changes: [changeOf(ref, 'spec.replicas', inGit, null)],
        },
        prose`Without spec.replicas in git the autoscaler alone decides; at the merge the number can fall to 1 for some seconds, so a person has to hand the field over first.`,
      ),
      ...(newest && { introducedBy: newest }),
    };
  },
});

interface Quarrel {
  /** `bounds`: a number outside of the range; `inside`: a number that the autoscaler never gave. */
  readonly kind: 'bounds' | 'inside';
  readonly times: number;
  /** The number that somebody else sets; null where only the autoscaler's correction is on record. */
  readonly foreign: number | null;
  /** What the autoscaler sets instead. */
  readonly own: number;
  /** Which end of the range it had to keep. */
  readonly end: 'below' | 'above' | null;
  readonly events: readonly Rescale['event'][];
}

function quarrelOf(
  cluster: ClusterState,
  hpa: ClusterObject,
  target: ClusterObject | undefined,
): Quarrel | null {
  if (hpa.metadata.deletionTimestamp !== undefined) return null;
  const rescales = rescalesOf(cluster, hpa);
  const resizes = target ? resizesOf(cluster, target) : [];
  const corrected = rescales.filter(({ way }) => way === 'corrected');
  const foreign = foreignSizes(rescales, resizes).toSorted((a, b) => b.count - a.count)[0];
  if (countOf(corrected) >= MANY) {
    const [latest] = corrected;
    return {
      kind: 'bounds',
      times: countOf(corrected),
      foreign: foreign?.to ?? null,
      own: latest!.size,
      end: /above Spec/.test(latest!.event.message) ? 'above' : 'below',
      events: [...corrected.map(({ event }) => event), ...(foreign ? [foreign.event] : [])],
    };
  }
  const [answer] = rescales.filter(({ way }) => way !== 'corrected').toSorted((a, b) => b.count - a.count);
  if (!foreign || foreign.count < MANY || foreign.to === 0 || !answer || answer.count < MANY) return null;
  return {
    kind: 'inside',
    times: foreign.count,
    foreign: foreign.to,
    own: answer.size,
    end: null,
    events: [foreign.event, answer.event],
  };
}

/** Sizes of the target that the autoscaler has not given in the hour. */
function foreignSizes(rescales: readonly Rescale[], resizes: readonly Resize[]): readonly Resize[] {
  const own = new Set(rescales.map(({ size }) => size));
  // A rollout moves replicas from one ReplicaSet to another: its steps are sizes of no Deployment.
  const sets = new Set(resizes.map(({ event }) => /replica set (\S+)/.exec(event.message)?.[1]));
  return sets.size > 1 ? [] : resizes.filter(({ to }) => !own.has(to));
}

function isSetBy(inGit: number, { kind, foreign, end }: Quarrel, { minimum, maximum }: Autoscaler): boolean {
  if (kind === 'inside' || foreign !== null) return inGit === foreign;
  return end === 'above' ? inGit > maximum : inGit < minimum;
}

function summaryOf(
  { times, own, foreign, end }: Quarrel,
  { ref, target, minimum, maximum }: Autoscaler,
  inGit: number | null,
): Prose {
  const who = inGit === null ? prose`something else` : prose`git`;
  const number = inGit ?? foreign;
  const outside = number === null ? prose`` : prose` to ${number}`;
  const bound =
    end === 'above'
      ? prose`its maxReplicas of ${maximum}`
      : end === 'below'
        ? prose`its minReplicas of ${minimum}`
        : prose`${own}`;
  return prose`${describeRef(ref)} and ${who} set the replicas of ${target.kind} ${target.name} in turn: ${often(times)} in the last hour ${who} set spec.replicas${outside}, and the autoscaler set it back to ${bound}.`;
}

/** The bound that the autoscaler had to keep, where somebody wrote it. */
function boundOf(
  { end }: Quarrel,
  { ref, manager }: Autoscaler,
): readonly { object: ObjectRef; field: string }[] {
  if (end === null || manager.kind === 'other') return [];
  if (manager.kind === 'keda')
    return manager.object
      ? [
          {
            object: refOf(manager.object),
            field: end === 'above' ? 'spec.maxReplicaCount' : 'spec.minReplicaCount',
          },
        ]
      : [];
  return [{ object: ref, field: end === 'above' ? 'spec.maxReplicas' : 'spec.minReplicas' }];
}

function rangeOf({ minimum, maximum }: Autoscaler, hpa: ClusterObject) {
  return [quote('object', hpa, null, `spec.minReplicas: ${minimum}, spec.maxReplicas: ${maximum}`)];
}

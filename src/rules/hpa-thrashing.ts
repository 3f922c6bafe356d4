/**
 * Rule `hpa-thrashing`: an autoscaler adds and removes replicas again and again, because it forgets its peaks too early.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - When its metrics fall, the autoscaler applies the largest size that they asked for within `behavior.scaleDown.stabilizationWindowSeconds`:
 *   300 seconds unless told otherwise, at most 3600. A window that covers the time between two peaks keeps the replicas.
 * - Each change of the size is an event SuccessfulRescale: "… above target" when replicas were added, "All metrics below target" when they were removed.
 * - KEDA writes the autoscaler of a ScaledObject; the behaviour stands at `spec.advanced.horizontalPodAutoscalerConfig` there.
 */
import { readAutoscaler, type Autoscaler } from '../facts/autoscaler.ts';
import { quote, quoteEvent } from '../facts/observations.ts';
import { countOf, rescalesOf, type Rescale } from '../facts/rescales.ts';
import { fieldOf } from '../kubernetes/field.ts';
import { describeDuration, HOUR, MINUTE } from '../kubernetes/durations.ts';
import { describeRef, recordAt, refOf, type Scalar } from '../kubernetes/objects.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { changeOf } from '../model/change.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { diagnosis, ofCause } from './diagnosis.ts';

/** So many times up and as many times down within the hour. */
const MANY = 3;
/** Nothing has changed for longer: it has settled. */
const SETTLED = 30 * MINUTE;
/** Seconds: what applies where nobody wrote a window, and the most that the API server takes. */
const DEFAULT_WINDOW = 300;
const LONGEST_WINDOW = 3600;
/** A window that covers a peak that comes half as late again. */
const HEADROOM = 1.5;

export const hpaThrashing = defineRule({
  id: 'hpa-thrashing',
  title: 'A HorizontalPodAutoscaler adds and removes replicas again and again',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#stabilization-window',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#flapping',
    'https://keda.sh/docs/latest/reference/scaledobject-spec/#horizontalpodautoscalerconfig',
  ],
  reads: ['HorizontalPodAutoscaler', 'Event', 'Deployment', 'ScaledObject.v1alpha1.keda.sh'],
  on: 'HorizontalPodAutoscaler',
  givesWayTo: ['hpa-fights-git', 'hpa-not-scaling'],
  causes: {
    'window-too-short': {
      means: 'the next peak comes after the stabilization window has ended',
      fix: 'propose',
      terms: { settable: { to: 'number', times: 4 } },
      outcome: 'fix: `behavior.scaleDown.stabilizationWindowSeconds`',
    },
    'peaks-too-far-apart': {
      means: 'no window that the API server takes covers the time between two peaks',
      fix: 'none',
      outcome: 'declined',
      verdict: 'decline',
      reason: prose`A longer window than an hour is not possible.`,
    },
    'owned-elsewhere': {
      means:
        'another controller writes the autoscaler, or it is written as `autoscaling/v1`, which has no `behavior`',
      fix: 'none',
      outcome: 'declined',
      verdict: 'decline',
    },
  },

  detect({ cluster, object: hpa }) {
    const autoscaler = readAutoscaler(hpa, cluster);
    if (!autoscaler || hpa.metadata.deletionTimestamp !== undefined) return null;
    const rescales = rescalesOf(cluster, hpa);
    const up = rescales.filter(({ way }) => way === 'up');
    const down = rescales.filter(({ way }) => way === 'down');
    const lastSeen = Math.max(0, ...rescales.map(({ event }) => event.lastSeen));
    if (countOf(up) < MANY || countOf(down) < MANY || cluster.reached(lastSeen + SETTLED + 1)) return null;
    const firstSeen = Math.max(
      cluster.now - HOUR,
      Math.min(...[...up, ...down].map(({ event }) => event.firstSeen)),
    );
    return {
      autoscaler,
      up,
      down,
      seenOn: [refOf(hpa)],
      firstSeen,
      lastSeen,
      occurrences: countOf(up) + countOf(down),
    };
  },

  *investigate({ object: hpa }, ask, seen) {
    const { autoscaler } = seen;
    const place = placeOf(autoscaler);
    const rendered = place && (yield* ask.rendered(refOf(place.object)));
    const found = seenIn(hpa, seen);
    const because = prose`${describeRef(autoscaler.ref)} keeps the largest size of the last ${place ? place.window : DEFAULT_WINDOW} seconds when its metrics fall (stabilizationWindowSeconds), and the next peak comes ${describeDuration(found.period)} after the last.`;
    if (!place || rendered?.apiVersion === 'autoscaling/v1') return elsewhere(autoscaler, found, because);
    const wanted = Math.ceil((found.period * HEADROOM) / MINUTE) * 60;
    const blames = [{ object: refOf(place.object), field: place.isWritten ? place.field : place.beside }];
    if (wanted > LONGEST_WINDOW || wanted <= place.window)
      return ofCause({
        cause: 'peaks-too-far-apart',
        ...found.said,
        because: [because],
        certainty: [0.8, prose`the events count the changes`],
        blames,
        advice: [
          prose`Raise minReplicas to what the peaks need, or scale on a metric that does not fall as soon as replicas are added.`,
        ],
      });
    return {
      ...diagnosis({
        cause: 'window-too-short',
        ...found.said,
        because: [because],
        certainty: [0.88, prose`the events count the changes`],
        reason: prose`A window of ${wanted} seconds covers one and a half times the time between two peaks, so that the replicas stay for the next one.`,
        advice: [
          prose`Watch kubectl get hpa ${autoscaler.ref.name} -n ${autoscaler.ref.namespace ?? 'default'} --watch over two peaks; more replicas stay up between them.`,
        ],
      }),
      verdict: 'fix',
      changes: [
        changeOf<Scalar>(refOf(place.object), place.field, place.isWritten ? place.window : null, wanted),
      ],
      blames,
    };
  },
});

interface Place {
  readonly object: ClusterObject;
  readonly field: string;
  /** A field that is there where the window is not. */
  readonly beside: string;
  /** Seconds. */
  readonly window: number;
  readonly isWritten: boolean;
}

const WINDOW = 'behavior.scaleDown.stabilizationWindowSeconds';

/** Where the window stands, or would: in the ScaledObject that KEDA makes the autoscaler from; null where another controller writes it. */
function placeOf({ manager, object: hpa }: Autoscaler): Place | null {
  if (manager.kind === 'other' || (manager.kind === 'keda' && !manager.object)) return null;
  const isKeda = manager.kind === 'keda';
  const object = (isKeda ? manager.object! : hpa) as ClusterObject;
  const field = isKeda ? `spec.advanced.horizontalPodAutoscalerConfig.${WINDOW}` : `spec.${WINDOW}`;
  const value = fieldOf(object, field)?.value;
  return {
    object,
    field,
    beside: isKeda ? 'spec.scaleTargetRef.name' : 'spec.maxReplicas',
    window: typeof value === 'number' ? value : DEFAULT_WINDOW,
    isWritten: typeof value === 'number',
  };
}

interface Thrashing {
  readonly autoscaler: Autoscaler;
  readonly up: readonly Rescale[];
  readonly down: readonly Rescale[];
  readonly firstSeen: number;
  readonly lastSeen: number;
}

function seenIn(hpa: ClusterObject, { autoscaler, up, down, firstSeen, lastSeen }: Thrashing) {
  const sizes = [...up, ...down].map(({ size }) => size);
  const [times, back] = [countOf(up), countOf(down)];
  const span = lastSeen - firstSeen;
  return {
    period: span / Math.max(1, Math.min(times, back)),
    said: {
      summary: prose`${describeRef(autoscaler.ref)} added replicas ${times} times and removed them ${back} times within ${describeDuration(span)}, between ${Math.min(...sizes)} and ${Math.max(...sizes)}.`,
      evidence: [
        ...[...up.slice(0, 2), ...down.slice(0, 2)].map(({ event }) => quoteEvent(hpa, event)),
        quote(
          'object',
          hpa,
          null,
          `spec.behavior: ${JSON.stringify(recordAt(hpa, 'spec')['behavior'] ?? 'not set')}`,
        ),
      ],
    },
  };
}

function elsewhere(
  { manager, ref }: Autoscaler,
  { said }: ReturnType<typeof seenIn>,
  because: Prose,
): Conclusion {
  const owner =
    manager.kind === 'other'
      ? describeRef(manager.ref)
      : manager.kind === 'keda'
        ? `ScaledObject ${manager.name}`
        : null;
  return ofCause({
    cause: 'owned-elsewhere',
    ...said,
    because: [because],
    certainty: [0.8, prose`the events count the changes`],
    reason:
      owner === null
        ? prose`Git writes the autoscaler as autoscaling/v1, which has no behavior.`
        : prose`${owner} writes the autoscaler.`,
    blames: owner === null ? [{ object: ref, field: 'spec.maxReplicas' }] : [],
    advice: [
      owner === null
        ? prose`Write ${describeRef(ref)} as autoscaling/v2 and set spec.${WINDOW}.`
        : prose`Set the scale-down stabilization window in ${owner}.`,
    ],
  });
}

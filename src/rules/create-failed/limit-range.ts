import { quote } from '../../facts/observations.ts';
import type { Bound, Refusal } from '../../facts/refusals.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Culprit } from '../../model/finding.ts';
import { joinProse, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { formerValue } from '../../witnesses/former-value.ts';
import type { Conclusion } from '../define-rule.ts';
import { adviceFor, clauseFor } from './limit-range-words.ts';
import { fieldsOutOf, isSame, type OutOfBounds } from './out-of-bounds.ts';
import { explained, lackOf, type Refused } from './refused.ts';

type LimitRangeRefusal = Extract<Refusal, { kind: 'limit-range' }>;

export function* limitRange(refused: Refused, { bounds }: LimitRangeRefusal, ask: Ask): Asking<Conclusion> {
  const { workload } = refused;
  const ranges = workload.cluster.list('LimitRange', workload.ref.namespace);
  const placed = bounds.flatMap((bound) => fieldsOutOf(workload, bound));
  const histories = yield* ask.each(placed.map(({ field }) => ask.history(workload.ref, field)));
  const better = placed.map((one, index) => {
    const former = formerValue(histories[index] ?? null);
    return former && one.bound.bound !== 'ratio' && fits(former.before, one.bound)
      ? { ...one, former }
      : null;
  });
  const range = rangeWith(ranges, bounds[0]);
  return explained(refused, {
    cause: 'limit-range',
    culprit: culpritOf(workload, range?.object ?? null),
    summary: prose`${lackOf(refused)}: the namespace allows ${joinProse(
      bounds.map((bound) => clauseFor(bound, placed)),
      '; ',
    )}.`,
    because: [
      ...unplaced(workload, bounds, placed),
      ...better.flatMap((one) =>
        one
          ? [
              prose`${one.field} was ${String(one.former.before)} before ${describeCommit(one.former.commit)}, which the LimitRange allows.`,
            ]
          : [],
      ),
    ],
    evidence: ranges.map(quoteLimits),
    ...remedyFor(refused, bounds, placed, better),
    blames: [
      ...placed.map(({ field }) => ({ object: workload.ref, field })),
      ...(range ? [{ object: refOf(range.object), field: range.field }] : []),
    ],
    advice: bounds.map((bound) => adviceFor(bound, placed)),
  });
}

/** What is out of bounds and no container of the template has comes from admission. */
function unplaced(
  { object }: WorkloadFacts,
  bounds: readonly Bound[],
  placed: readonly OutOfBounds[],
): readonly Prose[] {
  if (!object) return [];
  return bounds
    .filter(
      (bound) =>
        bound.per === 'Container' && bound.side !== null && !placed.some((one) => one.bound === bound),
    )
    .map(
      ({ resource, side, value }) =>
        prose`No container of the template has a ${resource} ${ownText(side!)} of ${value!}: admission sets it, as a default or in a container that it adds.`,
    );
}

type Better = OutOfBounds & { readonly former: NonNullable<ReturnType<typeof formerValue>> };

/** What history knows to comply, or the least that the range allows; neither where anything is left that nothing repairs. */
function remedyFor(
  { workload: { ref } }: Refused,
  bounds: readonly Bound[],
  placed: readonly OutOfBounds[],
  better: readonly (Better | null)[],
) {
  const isWhole = bounds.every((bound) => placed.filter((one) => one.bound === bound).length === 1);
  if (!isWhole) return {};
  const restored = better.filter((one) => one !== null);
  if (restored.length === placed.length) {
    const { commit } = restored[0]!.former;
    return {
      verdict: 'fix' as const,
      reason: prose`${describeCommit(commit)} went beyond the LimitRange, and the values before it comply.`,
      changes: restored.map(({ field, value, former }) => changeOf(ref, field, value, former.before!)),
      guards: [{ kind: 'no-auto-merge' as const, reason: prose`a person chose the values that go` }],
      introducedBy: commit,
    };
  }
  if (!placed.every(({ bound }) => bound.bound === 'minimum' && bound.side === 'request')) return {};
  return {
    verdict: 'fix' as const,
    reason: prose`The minimum of the LimitRange is the least that complies.`,
    changes: placed.map(({ field, value, bound }) => changeOf(ref, field, value, bound.allowed)),
    guards: [
      { kind: 'draft' as const, reason: prose`the pods will reserve more than their manifest asked for` },
    ],
  };
}

function fits(value: unknown, { bound, allowed }: Bound): boolean {
  const [amount, edge] = [parseQuantity(value), parseQuantity(allowed)];
  if (amount === null || edge === null) return false;
  return bound === 'maximum' ? amount <= edge : amount >= edge;
}

interface RangeField {
  readonly object: ClusterObject;
  readonly field: string;
}

/** The LimitRange that has this very bound. */
function rangeWith(
  ranges: readonly ClusterObject[],
  { bound, resource, per, allowed }: Bound,
): RangeField | null {
  const key = { maximum: 'max', minimum: 'min', ratio: 'maxLimitRequestRatio' }[bound];
  for (const object of ranges)
    for (const [index, item] of recordsOf(recordAt(object, 'spec')['limits']).entries())
      if (item['type'] === per && isSame(recordAt(item, key)[resource], allowed))
        return { object, field: `spec.limits[${index}].${key}.${resource}` };
  return null;
}

export function culpritOf({ ref }: WorkloadFacts, range: ClusterObject | null): Culprit {
  return range
    ? { kind: 'LimitRange', namespace: ref.namespace, name: range.metadata.name }
    : { kind: ref.kind, namespace: ref.namespace, name: ref.name };
}

export function quoteLimits(range: ClusterObject) {
  return quote('object', range, null, `spec.limits: ${JSON.stringify(recordAt(range, 'spec')['limits'])}`);
}

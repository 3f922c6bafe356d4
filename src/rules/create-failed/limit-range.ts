import { quote } from '../../facts/observations.ts';
import type { Bound, DefaultBelowRequest, Refusal } from '../../facts/refusals.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, refOf, type Scalar } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { joinProse, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { formerValue } from '../../witnesses/former-value.ts';
import type { Conclusion } from '../define-rule.ts';
import { containersInTemplate, explained, lackOf, type Refused, type Templated } from './refused.ts';

type LimitRangeRefusal = Extract<Refusal, { kind: 'limit-range' }>;

/** A request or limit of the template that a LimitRange forbids. */
interface OutOfBounds {
  readonly bound: Bound;
  readonly container: Templated;
  /** `spec.template.spec.containers[name=web].resources.limits.memory` */
  readonly field: string;
  readonly value: Scalar;
}

export function* limitRange(refused: Refused, { bounds }: LimitRangeRefusal, ask: Ask): Asking<Conclusion> {
  const { workload } = refused;
  const ranges = workload.cluster.list('LimitRange', workload.ref.namespace);
  const placed = bounds.flatMap((bound) => fieldsOutOf(workload, bound));
  const histories = yield* ask.each(placed.map(({ field }) => ask.history(workload.ref, field)));
  const better = placed.map((one, index) => {
    const former = formerValue(histories[index] ?? null);
    return former && fits(former.before, one.bound) ? { ...one, former } : null;
  });
  const range = rangeWith(ranges, bounds[0]);
  return explained(refused, {
    cause: 'limit-range',
    culprit: culpritOf(workload, range?.object ?? null),
    summary: prose`${lackOf(refused)}: ${joinProse(
      bounds.map((bound) => sentenceFor(bound, placed)),
      '; ',
    )}.`,
    because: better.flatMap((one) =>
      one
        ? [
            prose`${one.field} was ${String(one.former.before)} before ${describeCommit(one.former.commit)}, which the LimitRange allows.`,
          ]
        : [],
    ),
    evidence: ranges.map(quoteLimits),
    ...remedyFor(refused, bounds, placed, better),
    blames: [
      ...placed.map(({ field }) => ({ object: workload.ref, field })),
      ...(range ? [{ object: refOf(range.object), field: range.field }] : []),
    ],
    advice: bounds.map((bound) => adviceFor(bound, placed)),
  });
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

/** Where the template has the value that the message names. A limit that no container has comes from a default. */
function fieldsOutOf(workload: WorkloadFacts, bound: Bound): readonly OutOfBounds[] {
  if (bound.per !== 'Container' || bound.side === null) return [];
  const list = `${bound.side}s`;
  return containersInTemplate(workload).flatMap((container) => {
    const value = recordAt(container.container, 'resources', list)[bound.resource];
    const field = `${container.path}.resources.${list}.${bound.resource}`;
    const isMeant = (typeof value === 'string' || typeof value === 'number') && isSame(value, bound.value);
    return isMeant ? [{ bound, container, field, value }] : [];
  });
}

function isSame(one: unknown, other: unknown): boolean {
  const [a, b] = [parseQuantity(one), parseQuantity(other)];
  return a !== null && b !== null && Math.abs(a - b) <= Math.abs(a) * 1e-9;
}

function fits(value: unknown, { bound, allowed }: Bound): boolean {
  const [amount, edge] = [parseQuantity(value), parseQuantity(allowed)];
  if (amount === null || edge === null) return false;
  return bound === 'maximum' ? amount <= edge : amount >= edge;
}

function sentenceFor(bound: Bound, placed: readonly OutOfBounds[]): Prose {
  const { resource, allowed, value, side } = bound;
  const whose = placed.filter((one) => one.bound === bound).map(({ container }) => container.name);
  const per = ownText(bound.per === 'PersistentVolumeClaim' ? 'claim' : bound.per.toLowerCase());
  const owner = whose.length === 1 ? prose`container ${whose[0]!}` : prose`a ${per}`;
  if (bound.bound === 'ratio')
    return value === null
      ? prose`the namespace allows ${resource} limits of at most ${allowed} times the request, and ${owner} lacks one of both`
      : prose`the namespace allows ${resource} limits of at most ${allowed} times the request, and ${owner} has ${value} times`;
  const most = ownText(bound.bound === 'maximum' ? 'at most' : 'at least');
  const has = value === null ? ownText('sets none') : prose`has a ${ownText(side!)} of ${value}`;
  return prose`the namespace allows ${most} ${allowed} of ${resource} for a ${per}, and ${owner} ${has}`;
}

function adviceFor(bound: Bound, placed: readonly OutOfBounds[]): Prose {
  const { resource, allowed, per, side } = bound;
  const fields = placed.filter((one) => one.bound === bound);
  const where =
    fields.length > 0
      ? joinProse(
          fields.map(({ field }) => prose`${field}`),
          ' and ',
        )
      : null;
  if (bound.bound === 'ratio')
    return prose`Raise the ${resource} request or lower the limit, so that the limit is at most ${allowed} times the request, or have the LimitRange changed by who owns the namespace.`;
  const edge = ownText(bound.bound === 'maximum' ? 'at or below' : 'at or above');
  const what =
    where ??
    (per === 'Pod'
      ? prose`the ${resource} of all containers together`
      : prose`the ${resource} ${ownText(side ?? (bound.bound === 'maximum' ? 'limit' : 'request'))}`);
  return prose`Set ${what} ${edge} ${allowed}, or have the LimitRange changed by who owns the namespace.`;
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

function culpritOf({ ref }: WorkloadFacts, range: ClusterObject | null): Culprit {
  return range
    ? { kind: 'LimitRange', namespace: ref.namespace, name: range.metadata.name }
    : { kind: ref.kind, namespace: ref.namespace, name: ref.name };
}

function quoteLimits(range: ClusterObject) {
  return quote('object', range, null, `spec.limits: ${JSON.stringify(recordAt(range, 'spec')['limits'])}`);
}

/** A LimitRange gave a limit that is below the request of the container, which has none of its own. */
export function* defaultBelowRequest(
  refused: Refused,
  { list, index, resource, request, limit }: DefaultBelowRequest,
  ask: Ask,
): Asking<Conclusion> {
  const { workload } = refused;
  const { ref } = workload;
  const inList = containersInTemplate(workload).filter((one) => one.list === list);
  const named = inList[index];
  const own = named && recordAt(named.container, 'resources');
  // Admission may have put containers before it, so that the index is another one's.
  const container =
    own &&
    isSame(recordAt(own, 'requests')[resource], request) &&
    recordAt(own, 'limits')[resource] === undefined
      ? named
      : undefined;
  const range = defaultOf(workload.cluster.list('LimitRange', ref.namespace), resource, limit);
  const field = container && `${container.path}.resources.requests.${resource}`;
  const blamed: readonly Blame[] = field ? [{ object: ref, field }] : [];
  const former = formerValue(yield* ask.past(blamed));
  const edge = limit ?? (range && String(range.value)) ?? null;
  const complies =
    former !== null && edge !== null && (parseQuantity(former.before) ?? Infinity) <= parseQuantity(edge)!;
  const whose = container ? prose`container ${container.name}` : ownText('a container');
  const given = edge === null ? prose`the default limit` : prose`the default limit of ${edge}`;
  return explained(refused, {
    cause: 'default-below-request',
    culprit: culpritOf(workload, range?.object ?? null),
    summary: prose`${lackOf(refused)}: ${whose} requests ${request} of ${resource} and sets no limit, and ${given} that the namespace gives it is less.`,
    evidence: range ? [quoteLimits(range.object)] : [],
    ...(complies && field
      ? {
          verdict: 'fix' as const,
          because: [prose`The request was ${String(former.before)} before ${describeCommit(former.commit)}.`],
          reason: prose`The request before ${describeCommit(former.commit)} fits below the default limit.`,
          changes: [changeOf(ref, field, String(recordAt(own, 'requests')[resource]), former.before!)],
          guards: [
            { kind: 'draft' as const, reason: prose`the request may have been raised because it is needed` },
          ],
          introducedBy: former.commit,
        }
      : {}),
    blames: [...blamed, ...(range ? [{ object: refOf(range.object), field: range.field }] : [])],
    advice: [
      prose`Set resources.limits.${resource} of ${whose} to ${request} or more${range ? prose`; ${describeRef(refOf(range.object))} gives the default` : prose``}.`,
    ],
  });
}

function defaultOf(ranges: readonly ClusterObject[], resource: string, limit: string | null) {
  for (const object of ranges)
    for (const [index, item] of recordsOf(recordAt(object, 'spec')['limits']).entries())
      for (const key of ['default', 'max'] as const) {
        const value = recordAt(item, key)[resource];
        if (item['type'] === 'Container' && value !== undefined && (limit === null || isSame(value, limit)))
          return { object, field: `spec.limits[${index}].${key}.${resource}`, value };
      }
  return null;
}

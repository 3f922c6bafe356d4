import type { DefaultBelowRequest } from '../../facts/refusals.ts';
import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { formerValue } from '../../witnesses/former-value.ts';
import type { Conclusion } from '../define-rule.ts';
import { culpritOf, quoteLimits } from './limit-range.ts';
import { isSame } from './out-of-bounds.ts';
import { containersInTemplate, explained, lackOf, type Refused } from './refused.ts';

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

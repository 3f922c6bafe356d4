import type { Bound } from '../../facts/refusals.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { joinProse, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { printAmount } from '../../witnesses/quota-use.ts';
import type { OutOfBounds } from './out-of-bounds.ts';

/** `at most 1Gi of memory for a container, and container web has a limit of 2Gi` */
export function clauseFor(bound: Bound, placed: readonly OutOfBounds[]): Prose {
  const { resource, allowed, value, side } = bound;
  const whose = [
    ...new Set(placed.filter((one) => one.bound === bound).map(({ container }) => container.name)),
  ];
  const per = ownText(bound.per === 'PersistentVolumeClaim' ? 'claim' : bound.per.toLowerCase());
  const owner =
    whose.length === 1
      ? prose`container ${whose[0]!}`
      : bound.per === 'Container'
        ? ownText('a container')
        : prose`the ${per}`;
  if (bound.bound === 'ratio')
    return value === null
      ? prose`${resource} limits of at most ${allowed} times the request, and ${owner} lacks one of both`
      : prose`${resource} limits of at most ${allowed} times the request, and ${owner} has ${value} times`;
  const most = ownText(bound.bound === 'maximum' ? 'at most' : 'at least');
  const has = value === null ? ownText('sets none') : prose`has a ${ownText(side!)} of ${value}`;
  return prose`${most} ${allowed} of ${resource} for a ${per}, and ${owner} ${has}`;
}

export function adviceFor(bound: Bound, placed: readonly OutOfBounds[]): Prose {
  const { resource, allowed, per, side } = bound;
  const fields = placed.filter((one) => one.bound === bound);
  const where =
    fields.length > 0
      ? joinProse(
          fields.map(({ field }) => prose`${field}`),
          ' and ',
        )
      : null;
  if (bound.bound === 'ratio') return adviceForRatio(bound, fields);
  const edge = ownText(bound.bound === 'maximum' ? 'at or below' : 'at or above');
  const what =
    where ??
    (per === 'Pod'
      ? prose`the ${resource} of all containers together`
      : prose`the ${resource} ${ownText(side ?? (bound.bound === 'maximum' ? 'limit' : 'request'))}`);
  return prose`Set ${what} ${edge} ${allowed}, or have the LimitRange changed by the owner of the namespace.`;
}

function adviceForRatio({ resource, allowed }: Bound, fields: readonly OutOfBounds[]): Prose {
  const [limit, request] = fields.map(({ value }) => parseQuantity(value));
  const most = parseQuantity(allowed);
  const [name] = fields.map(({ container }) => container.name);
  if (limit == null || request == null || most === null || name === undefined)
    return prose`Raise the ${resource} request or lower the limit, so that the limit is at most ${allowed} times the request.`;
  return prose`Raise resources.requests.${resource} of container ${name} to ${printAmount(resource, Math.ceil(limit / most))} or lower its limit to ${printAmount(resource, request * most)}.`;
}

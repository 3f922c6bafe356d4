import { limitIn, type Eviction } from '../../facts/evictions.ts';
import { carriesCurrentTemplate } from '../../facts/rollout.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import { describeRef, recordAt, type Scalar } from '../../kubernetes/objects.ts';
import { MEBIBYTE, parseQuantity } from '../../kubernetes/quantities.ts';
import { containersOf, podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { Blame } from '../../model/finding.ts';
import { prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { printLike } from '../../witnesses/memory-size.ts';
import { formerValueOf } from '../../witnesses/former-value.ts';
import type { Ended } from './ended.ts';

/** So many evictions in a day are no single large upload. */
const MANY = 3;
const FACTOR = 1.5;
const STEP = 128 * MEBIBYTE;

/** A pod wrote more than a limit of its own: of a container, of all of them, or of a volume. */
export function* beyondOwnLimit(
  workload: WorkloadFacts,
  evictions: readonly Eviction[],
  ask: Ask,
): Asking<Ended> {
  const [{ pod, message, kind }] = evictions as readonly [Eviction];
  const cause = kind === 'empty-dir-limit' ? 'empty-dir-limit' : 'ephemeral-storage-limit';
  const reached = limitIn(message);
  const what = whatGrew(reached);
  const found = {
    cause,
    says: reached
      ? prose`${what} ${reached.limit}`
      : prose`it wrote more than its limit of ephemeral storage`,
  } as const;
  const at = reached ? fieldFor(workload, reached) : null;
  const advice =
    cause === 'empty-dir-limit'
      ? prose`Find what fills the volume: kubectl exec into a running pod, then du -sh on its mount path.`
      : prose`Find what the container writes (logs, caches, uploads): kubectl exec into a running pod, then du -xsh /*. Move it to a volume where it is meant to stay.`;
  if (!at || !reached) return { ...found, blames: at ? [at] : [], advice: [advice] };
  const plain = { ...found, blames: [at], advice: [advice] };
  const { object } = workload;
  const now = object && fieldOf(object, at.field)?.value;
  const amount = parseQuantity(now);
  const isCurrent = carriesCurrentTemplate(workload.cluster, pod) !== 'outdated';
  if (!isCurrent || amount === null || amount !== parseQuantity(reached.limit)) return plain;
  const former = yield* formerValueOf(ask, at, now);
  const change = (after: Scalar) => [changeOf<Scalar>(at.object, at.field, now as Scalar, after)];
  if ((parseQuantity(former?.before) ?? 0) > amount)
    return {
      ...plain,
      because: [
        prose`The limit was ${String(former!.before)} until ${describeCommit(former!.commit)} made it ${String(now)}.`,
      ],
      changes: change(former!.before!),
      reason: prose`The limit before the last commit is known.`,
      introducedBy: former!.commit,
    };
  if (evictions.length < MANY || isInMemory(workload, reached.volume)) return plain;
  const next = printLike(now, Math.ceil(Math.max(FACTOR * amount, amount + STEP) / STEP) * STEP);
  const reason = prose`${describeRef(workload.ref)} reached the limit ${evictions.length} times in a day, but how much it needs is not on record: a person has to agree to ${next}.`;
  return { ...plain, changes: change(next), reason, draft: reason };
}

function whatGrew(reached: ReturnType<typeof limitIn>) {
  if (reached?.volume) return prose`emptyDir ${reached.volume} grew beyond its sizeLimit of`;
  return reached?.container
    ? prose`container ${reached.container} wrote more than its ephemeral-storage limit of`
    : prose`its containers and volumes hold more than their ephemeral-storage limits together,`;
}

/** The limit in the template; null where it has none, or several add up to it. */
function fieldFor(
  { ref, object }: WorkloadFacts,
  { container, volume }: { readonly container: string | null; readonly volume: string | null },
): Blame | null {
  const path = podSpecPath(ref.kind);
  const spec = object && podSpecOf(object);
  if (!spec || path === null) return null;
  if (volume !== null)
    return spec.volumes?.some(({ name }) => name === volume)
      ? { object: ref, field: `${path}.volumes[name=${volume}].emptyDir.sizeLimit` }
      : null;
  const limited = containersOf(spec).filter(
    (one) =>
      one.container.resources?.limits?.['ephemeral-storage'] !== undefined &&
      (container === null || one.container.name === container),
  );
  const [only, ...others] = limited;
  return only && others.length === 0
    ? {
        object: ref,
        field: `${path}.${only.list}[name=${only.container.name}].resources.limits.ephemeral-storage`,
      }
    : null;
}

/** Its files are memory of the containers. */
function isInMemory({ object }: WorkloadFacts, volume: string | null): boolean {
  const found = object && podSpecOf(object)?.volumes?.find(({ name }) => name === volume);
  return recordAt(found, 'emptyDir')['medium'] === 'Memory';
}

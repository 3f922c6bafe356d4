import { longestLife, type KilledContainer } from '../../facts/kills.ts';
import { describeTime } from '../../kubernetes/durations.ts';
import { describeRef } from '../../kubernetes/objects.ts';
import { often, prose } from '../../untrusted/prose.ts';
import { defaultLimit } from '../../witnesses/field-owner.ts';
import type { Outcome } from '../weigh.ts';
import type { Known } from './known.ts';

/** The runtime takes more than the limit to make the container: the same happens each time. */
export function neverStarted({ killed, container, written, count }: Known): Outcome | null {
  const [{ beforeStart, pod }] = killed as readonly [KilledContainer];
  if (!beforeStart) return null;
  const { isSandbox } = beforeStart;
  const owner = describeRef(container.workload.ref);
  return {
    cause: 'limit-below-runtime',
    summary: isSandbox
      ? prose`${owner}: no container of pod ${pod.metadata.name} can be created: the runtime is OOM-killed while it makes the pod's sandbox, at the memory limit of ${written} of container ${container.name}.`
      : prose`${owner}: container ${container.name} cannot be created: the runtime is OOM-killed at its memory limit of ${written} before the program runs.`,
    rootCause: prose`The kernel killed the runtime's first process ${often(count.count)}, so the program has not run. A runtime alone needs some MiB; what the program needs is not on record.`,
    advice: [
      prose`Raise resources.limits.memory of container ${container.name} to what the program takes at its start: measure it where it runs, or start from a multiple of 64Mi.`,
    ],
  };
}

/** Times have a resolution of a second. */
const AT_ONCE = 2_000;

/** Every kill whose start is on record came within two seconds of it: how much the program wants cannot be told from that. */
export function killedAtStart(known: Known): Outcome | null {
  const { killed, told, written, hasOwnLimit, limit, lastKill, container, atLimit } = known;
  const life = longestLife(killed);
  if (life === null || life > AT_ONCE) return null;
  // A size that the code names is one to go by.
  if (told.some(({ kind, bytes }) => kind === 'allocation' && bytes !== null)) return null;
  // A limit that nobody chose for this program goes to a person anyway.
  if (!hasOwnLimit && defaultLimit(container.cluster, container.workload.ref.namespace, limit)) return null;
  const seconds = Math.max(1, life / 1000);
  return {
    cause: 'killed-at-start',
    summary: prose`${atLimit} within ${seconds} s of its start.`,
    rootCause: prose`The container starts and is killed within ${seconds} s, each time on record, last at ${describeTime(lastKill)}. It takes more than ${written} at once; nothing on record shows how much more.`,
  };
}

import type { Prose, Untrusted } from '../untrusted/prose.ts';

/** How a container ended last, as the kubelet reports it. */
export interface ContainerEnd {
  readonly exitCode: number | null;
  /** `OOMKilled`, `Error`, `Completed` */
  readonly reason: Untrusted | null;
  readonly signal: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number | null;
  /** What the code says, and who ended it as far as that is recorded: a clause. */
  readonly means: Prose;
}

/** The kubelet waits before it tries again. */
export interface BackOff {
  readonly reason: 'CrashLoopBackOff' | 'ImagePullBackOff';
  /** Milliseconds; null where the message does not say. */
  readonly delay: number | null;
  readonly restarts: number;
  /** Milliseconds since the epoch: the first event that tells of it; null without one. */
  readonly since: number | null;
}

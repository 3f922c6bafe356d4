import type { ContainerFailure } from '../../facts/container-failures.ts';

/** A container of one pod that fails, as far as the port matters. */
export type Failing = Pick<ContainerFailure, 'pod' | 'status' | 'evidence'>;

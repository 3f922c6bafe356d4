import { prose, type Prose } from '../../untrusted/prose.ts';
import type { Basis } from '../../witnesses/image-references.ts';

/** What a reference is put back for, and how sure that makes it. */
export const BASES: Readonly<
  Record<Basis, { readonly restores: Prose; readonly factor: number; readonly shown: Prose }>
> = {
  ready: {
    restores: prose`is the last reference that was Ready`,
    factor: 0.99,
    shown: prose`is Ready in this container's own workload`,
  },
  'was-ready': {
    restores: prose`is the last reference that was Ready`,
    factor: 0.95,
    shown: prose`was Ready in this container's own workload when Faultline last saw it`,
  },
  deployed: {
    restores: prose`is what this container had before`,
    factor: 0.65,
    shown: prose`was deployed, but is not Ready in this workload now`,
  },
  committed: {
    restores: prose`is what this container had before`,
    factor: 0.55,
    shown: prose`is known from git only`,
  },
};

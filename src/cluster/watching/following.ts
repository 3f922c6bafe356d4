import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import type { ReadingLimits } from '../limits.ts';
import type { Pace } from './pace.ts';
import type { SharedValues } from './shared-values.ts';
import type { Connected } from './silence.ts';

/** What all lists of a cluster share. */
export interface Following {
  readonly api: KubernetesApi;
  readonly pace: Pace;
  readonly limits: ReadingLimits;
  /** Where a kind is read that may not be read everywhere. */
  readonly namespaces: () => WantedNamespaces;
  readonly trim: (object: KubernetesObject) => KubernetesObject;
  readonly shared: SharedValues;
  readonly slot: <T>(work: () => Promise<T>) => Promise<T>;
  readonly connected: Connected;
  /** Objects of all kinds. */
  readonly size: () => number;
  readonly heard: () => void;
  readonly changed: (changes: readonly ObjectChange[]) => void;
  /** Whether a kind is known may have changed. */
  readonly settled: () => void;
}

export interface WantedNamespaces {
  /** The context or the settings name them: what is forbidden there is a problem. */
  readonly named: readonly string[];
  /** The cluster has them; what is forbidden there is no surprise. */
  readonly found: readonly string[];
}

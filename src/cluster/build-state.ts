import { refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { ChangingState, type StateDescription } from './changing-state.ts';
import { newestOfEach } from './object-index.ts';
import { versionsToldBy } from './recorded-versions.ts';

export interface StateInput extends StateDescription {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly objects: readonly KubernetesObject[];
}

/** Indexes the objects of one cluster. Linear in their number. */
export function buildState({ name, now, objects, ...description }: StateInput): ClusterState {
  const told = versionsToldBy(objects);
  const { kubernetes, api, ...more } = description.versions ?? {};
  const state = new ChangingState(name);
  state.describe({
    ...description,
    problems: [...(description.problems ?? [])],
    versions: { kubernetes: kubernetes ?? told.kubernetes, api: api ?? told.api, ...more },
  });
  const masked = objects.map((object) => maskedObject(object));
  state.apply([...newestOfEach(masked)].map((after) => ({ ref: refOf(after), before: null, after })));
  return state.state(now);
}

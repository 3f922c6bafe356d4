import { describeRef } from '../../kubernetes/objects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { listed, ownText, prose } from '../../untrusted/prose.ts';
import type { Failure } from './failure.ts';
import { unscaled } from './wording.ts';

/** What the autoscaler says about a request that is missing, with the containers of its target that have none. */
export interface MissingRequest {
  readonly failure: Failure;
  /** `cpu`, `memory`. */
  readonly resource: string;
  readonly owner: ClusterObject;
  readonly pods: readonly ClusterObject[];
  /** Names, in the order of the pods; the one that the autoscaler names among them. */
  readonly containers: readonly string[];
}

/** The summary: whose requests are missing. */
export function summaryOf(
  { failure, resource }: Pick<MissingRequest, 'failure' | 'resource'>,
  names: readonly string[],
) {
  const many = names.length > 1;
  return prose`${unscaled(failure)}: container${ownText(many ? 's' : '')} ${listed(names)} of ${describeRef(failure.target)} ${ownText(many ? 'have' : 'has')} no ${resource} request, and ${resource} is measured as a share of the requests`;
}

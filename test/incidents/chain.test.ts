import { expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { chainOf } from '../../src/incidents/chain.ts';
import { object } from '../cluster/objects.ts';
import { foundBy, ref } from './findings.ts';

const WAITS = { reason: 'CrashLoopBackOff', delay: null, restarts: 4, since: null } as const;
const ferry = foundBy('config-reference', { cause: 'object-renamed' }).finding;
const mount = foundBy('volume-mount', { cause: 'mount-failed' }).finding;
const visible = foundBy('unclassified', { cause: 'rollout-stalled' }).finding;

function clusterWith(reason: string) {
  const status = { conditions: [{ type: 'Progressing', status: 'False', reason }] };
  const deployment = object('apps/v1', 'Deployment', 'ferry', { metadata: { namespace: 'pier' }, status });
  return buildState({ name: 'quay', now: 10, objects: [deployment] });
}

test('a chain goes from what people notice to what is at fault, and names each link once', () => {
  const cluster = clusterWith('ProgressDeadlineExceeded');
  expect(chainOf({ finding: ferry, followers: [visible, mount, mount] }, WAITS, cluster)).toEqual([
    'ProgressDeadlineExceeded',
    'CrashLoopBackOff',
    'volume-mount/mount-failed',
    'config-reference/object-renamed',
  ]);
});

test('a rollout that goes on, and an object that is no Deployment, have no such link', () => {
  const alone = ['config-reference/object-renamed'];
  expect(chainOf({ finding: ferry, followers: [] }, null, clusterWith('NewReplicaSetAvailable'))).toEqual(
    alone,
  );
  const set = { ...ferry, object: ref('StatefulSet', 'ferry') };
  expect(chainOf({ finding: set, followers: [] }, null, clusterWith('ProgressDeadlineExceeded'))).toEqual(
    alone,
  );
});

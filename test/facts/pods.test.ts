import { describe, expect, test } from 'vitest';
import { livePods, notReadySince, unschedulablePods } from '../../src/facts/pods.ts';
import { MADE, pod } from '../rules/objects.ts';

const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };
const ready = pod(null, 'ready', { ready: true });
const starting = pod(null, 'starting');
const waiting = pod(null, 'waiting', { status: { conditions: [unschedulable] } });
const gated = pod(null, 'gated', {
  status: { conditions: [{ ...unschedulable, reason: 'SchedulingGated' }] },
});
const done = pod(null, 'done', { phase: 'Succeeded' });
const leaving = pod(null, 'leaving', { ready: true, deleted: MADE });

describe('pods', () => {
  test('that no node takes are told from those that are held back on purpose', () => {
    expect(unschedulablePods([ready, waiting, gated]).map(({ pod: one }) => one)).toEqual([waiting]);
  });

  test('that finished or are about to go are not meant to run', () => {
    expect(livePods([ready, done, leaving, waiting])).toEqual([ready, waiting]);
  });

  test('are not Ready since their condition says so, or for ever where that is not recorded', () => {
    expect(notReadySince(ready)).toBeNull();
    expect(notReadySince(starting)).toBe(Date.parse(MADE));
    expect(notReadySince(waiting)).toBe(Number.NEGATIVE_INFINITY);
  });
});

import { describe, expect, test } from 'vitest';
import { clausesOf, withoutPreemption } from '../../src/facts/scheduling.ts';

const texts = (message: string) => clausesOf(message).map(({ nodes, text }) => `${nodes ?? '-'}: ${text}`);

describe("the scheduler's message", () => {
  test.each<readonly [message: string, clauses: readonly string[]]>([
    [
      '0/4 nodes are available: 1 node(s) were unschedulable, 3 Insufficient cpu. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.',
      ['1: node(s) were unschedulable', '3: Insufficient cpu'],
    ],
    [
      '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
      ['1: node(s) had untolerated taint(s)', '2: Insufficient cpu'],
    ],
    [
      "0/2 nodes are available: 1 cannot allocate all claims, 1 node(s) didn't match Pod's node affinity/selector. still not schedulable, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
      ['1: cannot allocate all claims', "1: node(s) didn't match Pod's node affinity/selector"],
    ],
    [
      "0/5 nodes are available: 2 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate, 3 node(s) didn't match node selector.",
      [
        "2: node(s) had taint {dedicated: gpu}, that the pod didn't tolerate",
        "3: node(s) didn't match node selector",
      ],
    ],
    [
      '0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
      ['-: pod has unbound immediate PersistentVolumeClaims'],
    ],
    ['no nodes available to schedule pods', ['-: no nodes available to schedule pods']],
    ['', []],
  ])('%s', (message, clauses) => {
    expect(texts(message)).toEqual(clauses);
  });

  test('is read without what it says of evicting other pods', () => {
    expect(withoutPreemption('1 Insufficient cpu. preemption: 0/1 nodes are available.')).toBe(
      '1 Insufficient cpu',
    );
  });
});

import type { Causes } from '../causes.ts';

const PLAIN = { fix: 'none', outcome: 'declined', verdict: 'decline' } as const;
const SIZED = {
  fix: 'propose',
  terms: { settable: { to: 'amount' } },
  outcome:
    'fix: the value before, where the last commit lowered it; a draft of half as much again after three evictions in a day; else declined',
} as const;

export const EVICTED_CAUSES = {
  'ephemeral-storage-limit': {
    ...SIZED,
    means: 'a container wrote more than its `ephemeral-storage` limit, or all of a pod more than theirs',
  },
  'empty-dir-limit': { ...SIZED, means: 'an emptyDir grew beyond its `sizeLimit`' },
  'memory-request-too-low': {
    fix: 'propose',
    terms: { settable: { to: 'amount' } },
    means:
      "the node was low on memory, and by the kubelet's numbers a container used at least half as much again as it requests, and a tenth of the node",
    outcome: 'fix that a person merges: the request becomes what it used',
  },
  'node-memory': { ...PLAIN, means: 'the node was low on memory' },
  'node-disk': { ...PLAIN, means: 'the node was low on disk or inodes' },
  'node-pids': { ...PLAIN, means: 'the node was low on process ids' },
  'node-shutdown': { ...PLAIN, means: 'the node was shut down' },
  preempted: { ...PLAIN, means: 'a pod of higher priority took its place' },
  evicted: { ...PLAIN, means: 'any other reason' },
} as const satisfies Causes;

export type EvictedCause = keyof typeof EVICTED_CAUSES;

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchName } from '../../src/pull-requests/branch.ts';
import { hostileText } from '../untrusted/hostile.ts';
import { deployment, imageProposal, imageProposalWith } from './proposals.ts';

test('the branch names rule and workload and ends with the proposal key', () => {
  expect(branchName({ ...imageProposal(), key: '0123456789abcdef' })).toBe(
    'faultline/image-pull/cart-01234567',
  );
});

test('two proposals for one workload have two branches', () => {
  const keys = ['0123456789abcdef', 'fedcba9876543210'];
  expect(new Set(keys.map((key) => branchName({ ...imageProposal(), key }))).size).toBe(2);
});

test('git takes the branch, whatever the workload is called', () => {
  fc.assert(
    fc.property(hostileText, (name) => {
      const branch = branchName(imageProposalWith({ object: deployment(name) }));
      expect(branch).toMatch(/^faultline\/image-pull\/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?-[0-9a-f]{8}$/);
      expect(branch.length).toBeLessThan(80);
    }),
  );
});

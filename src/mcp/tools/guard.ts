import { z } from 'zod';
import { revision } from '../inputs.ts';
import { flags, type Tool } from '../tool.ts';

export const guard: Tool = {
  name: 'guard',
  title: 'Foresee what a change would break',
  description:
    'Renders two revisions of the repository, compares every root that the change touches, and says what would fail once it is deployed, at the exact line of the newer revision. ' +
    'With a cluster, it also compares with what runs there.',
  input: z.strictObject({
    base: revision.describe('Revision that the change is compared with: a branch, a tag or a commit'),
    head: revision.describe('Revision with the change; left out: HEAD').optional(),
  }),
  worksWithoutCluster: true,
  takesCluster: true,
  takesPolicy: true,
  takesPrometheus: true,
  command: (input) => ['guard', ...flags(input, { base: 'base', head: 'head' })],
};

import { z } from 'zod';
import { apiVersion, field, FIELD_FLAGS, namespace, object, root } from '../inputs.ts';
import { flags, type Tool } from '../tool.ts';

export const blame: Tool = {
  name: 'blame',
  title: 'List the lines that set a field',
  description:
    'Lists every line that sets a field of a rendered Kubernetes object, the winning one first: base, component, overlay, patch, values files, parameters, chart defaults. ' +
    'Each has its commit, pull request, author and what it was before; history has the values that the field had. With a cluster, live has its value and who wrote it.',
  input: z.strictObject({ object, namespace, apiVersion, root, field }),
  worksWithoutCluster: true,
  takesCluster: true,
  takesPolicy: true,
  command: (input) => ['blame', ...flags(input, FIELD_FLAGS)],
};

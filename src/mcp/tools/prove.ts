import { z } from 'zod';
import { apiVersion, field, FIELD_FLAGS, namespace, object, root, value } from '../inputs.ts';
import { flags, type Tool } from '../tool.ts';

export const prove: Tool = {
  name: 'prove',
  title: 'Prove what a new value of a field would change',
  description:
    'Finds the smallest edit that gives one field of a rendered Kubernetes object a new value, and renders everything that reads the edited file before and after. ' +
    'Answers with the diff and the proof: proven means that the field changes and nothing else does. Use it before proposing an edit. Nothing is written.',
  input: z.strictObject({ object, namespace, apiVersion, root, field, value }),
  worksWithoutCluster: true,
  takesCluster: false,
  command: (input) => ['locate', ...flags(input, { ...FIELD_FLAGS, value: 'set' })],
};

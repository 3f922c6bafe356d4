import { z } from 'zod';
import { apiVersion, field, FIELD_FLAGS, namespace, object, root } from '../inputs.ts';
import { flags, type Tool } from '../tool.ts';

export const locate: Tool = {
  name: 'locate',
  title: 'Find the line that sets a field',
  description:
    'Finds the file, line and column in the repository that control one field of a rendered Kubernetes object, through Kustomize, Helm, Argo CD and Flux. ' +
    'The line was confirmed by a render. Answers with changes[0].site, or with declined and its reason.',
  input: z.strictObject({ object, namespace, apiVersion, root, field }),
  worksWithoutCluster: true,
  takesCluster: false,
  command: (input) => ['locate', ...flags(input, FIELD_FLAGS)],
};

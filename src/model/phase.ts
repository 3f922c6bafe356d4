/** What a workload goes through, in this order: where the one before fails, the next is not reached. */
export const PHASES = [
  'gitops',
  'admission',
  'scheduling',
  'volumes',
  'image',
  'configuration',
  'startup',
  'runtime',
  'health-checks',
  'traffic',
  'scaling',
  'node',
] as const;

export type Phase = (typeof PHASES)[number];

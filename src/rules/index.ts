import type { Rule } from './define-rule.ts';
import { configReference } from './config-reference.ts';
import { crashLoop } from './crash-loop.ts';
import { createFailed } from './create-failed.ts';
import { hpaAtMaximum } from './hpa-at-maximum.ts';
import { imagePull } from './image-pull.ts';
import { oomKilled } from './oom-killed.ts';
import { probeFailing } from './probe-failing.ts';
import { readinessGate } from './readiness-gate.ts';
import { securityContext } from './security-context.ts';
import { startError } from './start-error.ts';
import { unclassified } from './unclassified.ts';

/** All rules, in the order of their phases, and last what gives way to any other. Written by `npm run rules`. */
export const rules: readonly Rule[] = [
  createFailed,
  imagePull,
  configReference,
  securityContext,
  startError,
  oomKilled,
  probeFailing,
  readinessGate,
  hpaAtMaximum,
  crashLoop,
  unclassified,
];

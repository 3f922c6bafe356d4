import { configReference } from './config-reference.ts';
import { hpaAtMaximum } from './hpa-at-maximum.ts';
import { imagePull } from './image-pull.ts';
import { oomKilled } from './oom-killed.ts';
import type { Rule } from './define-rule.ts';
import { unclassified } from './unclassified.ts';

/** All rules, the one that reports what no other explains last. */
export const rules: readonly Rule[] = [imagePull, oomKilled, configReference, hpaAtMaximum, unclassified];

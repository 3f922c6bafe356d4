import { configReference } from './config-reference.ts';
import type { Rule } from './rule.ts';
import { unclassified } from './unclassified.ts';

export const rules: readonly Rule[] = [configReference, unclassified];

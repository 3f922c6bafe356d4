import { configReference } from './config-reference.ts';
import type { Rule } from './rule.ts';

export const rules: readonly Rule[] = [configReference];

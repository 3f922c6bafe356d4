import type { Foresight } from '../../model/foresight.ts';
import { immutableFields } from './immutable-fields.ts';
import { selectorMismatch } from './selector-mismatch.ts';

/** What no rule diagnoses, since it never comes to run: the API server refuses it. By the id that reports name. */
export const checks: Readonly<Record<string, Foresight>> = {
  'immutable-field': immutableFields,
  'own-selector': selectorMismatch,
};

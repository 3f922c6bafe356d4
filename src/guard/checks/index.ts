import type { Foresight } from '../../model/foresight.ts';
import { disruptionBudgets } from './disruption-budgets.ts';
import { immutableFields } from './immutable-fields.ts';
import { removedApis } from './removed-apis.ts';
import { resources } from './resources.ts';
import { selectorMismatch } from './selector-mismatch.ts';

/** What no rule diagnoses, most of it since the API server refuses it before anything runs. By the id that reports name. */
export const checks: Readonly<Record<string, Foresight>> = {
  'disruption-budget': disruptionBudgets,
  'immutable-field': immutableFields,
  'own-selector': selectorMismatch,
  'removed-api': removedApis,
  resources,
};

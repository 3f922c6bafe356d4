import { isRecord } from '../kubernetes/objects.ts';

/** The variables of the environment that settings name as secrets: `{env: NAME}` and `tokenVariable`, wherever they stand. */
export function secretVariables(settings: unknown): readonly string[] {
  if (Array.isArray(settings)) return settings.flatMap(secretVariables);
  if (!isRecord(settings)) return [];
  const { env, tokenVariable } = settings;
  if (typeof env === 'string') return [env];
  const own = typeof tokenVariable === 'string' ? [tokenVariable] : [];
  return [...own, ...Object.values(settings).flatMap(secretVariables)];
}

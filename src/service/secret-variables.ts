import { isRecord } from '../kubernetes/objects.ts';

/** The variables of the environment that settings name as secrets: `{env: NAME}`, wherever it stands. */
export function secretVariables(settings: unknown): readonly string[] {
  if (Array.isArray(settings)) return settings.flatMap(secretVariables);
  if (!isRecord(settings)) return [];
  const { env } = settings;
  return typeof env === 'string' ? [env] : Object.values(settings).flatMap(secretVariables);
}

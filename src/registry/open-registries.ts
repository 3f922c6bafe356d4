import { InputError } from '../errors/input-error.ts';
import { Registries, type RegistriesOptions } from './registries.ts';

/** Names the file with the credentials for registries, as `docker login` writes it. */
const CREDENTIALS = 'FAULTLINE_REGISTRY_CREDENTIALS';

/**
 * The registries that may be asked, with the credentials that the environment names.
 *
 * @throws {InputError} for a file of credentials that is none
 */
export async function openRegistries(
  allowed: RegistriesOptions['allowed'],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Registries> {
  const file = env[CREDENTIALS];
  if (!file || allowed.length === 0) return new Registries({ allowed });
  // The schema takes a tenth of a second to load, and most runs ask no registry.
  const { readCredentials } = await import('./credentials.ts');
  const credentials = await readCredentials(file).catch((error: unknown) => {
    throw error instanceof InputError
      ? new InputError(`${CREDENTIALS}: ${error.message}`, { cause: error })
      : error;
  });
  return new Registries({ allowed, credentials });
}

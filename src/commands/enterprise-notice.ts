import { isTooOldEnterprise, LEAST_ENTERPRISE, WITHOUT_RULES } from '../github/enterprise.ts';
import { readRegistration } from '../github/registration.ts';
import type { AppClient } from '../github/tokens.ts';

/** What does not work on a GitHub Enterprise Server that is too old; null elsewhere, and where it does not answer: what asks it next says so. */
export async function enterpriseNotice(client: AppClient): Promise<string | null> {
  const version = await readRegistration(client).then(
    ({ enterprise }) => enterprise,
    () => null,
  );
  if (version === null || !isTooOldEnterprise(version)) return null;
  return `GitHub Enterprise Server ${version} ${WITHOUT_RULES}; upgrade it to ${LEAST_ENTERPRISE} or newer`;
}

/** The least version of a GitHub Enterprise Server, and why (docs/running.md#github-enterprise-server). */
export const LEAST_ENTERPRISE = '3.11';

/** @param version such as `3.10.4`; null on github.com */
export function isTooOldEnterprise(version: string | null): boolean {
  if (version === null) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_ENTERPRISE.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/** What does not work there. */
export const WITHOUT_RULES =
  'has no rules of branches, so that required checks are unknown and nothing is auto-merged';

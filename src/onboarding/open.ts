import type { Host } from '../github/host.ts';
import { ONBOARDING_MARKER, ONBOARDING_TITLE, onboardingText, type Onboarding } from './issue.ts';

/** Opens the one issue, unless there ever was one. What goes into it is found out only then; null where there is nothing yet. */
export async function onboard(
  host: Pick<Host, 'ownIssues' | 'openIssue'>,
  find: () => Promise<Onboarding | null>,
): Promise<'opened' | 'there-already' | 'nothing-yet'> {
  const issues = await host.ownIssues();
  const isThere = issues.some(({ body }) => body.trimEnd().endsWith(`\n${ONBOARDING_MARKER}`));
  if (isThere) return 'there-already';
  const found = await find();
  if (found === null) return 'nothing-yet';
  const body = onboardingText(found);
  await host.openIssue({ title: ONBOARDING_TITLE, body, labels: ['faultline'] });
  return 'opened';
}

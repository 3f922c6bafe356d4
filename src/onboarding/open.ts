import type { Host } from '../github/host.ts';
import { greetingState, ONBOARDING_TITLE, onboardingText, stateOf, type Onboarding } from './issue.ts';

/** Opens the one greeting, unless there ever was one. `find` says what goes into it; null where there is nothing yet. */
export async function onboard(
  host: Pick<Host, 'ownIssues' | 'openIssue'>,
  find: () => Promise<Onboarding | null>,
): Promise<'opened' | 'there-already' | 'nothing-yet'> {
  const issues = await host.ownIssues();
  if (issues.some(({ body }) => greetingState(body) !== null)) return 'there-already';
  const found = await find();
  if (found === null) return 'nothing-yet';
  const body = onboardingText(found);
  await host.openIssue({ title: ONBOARDING_TITLE, body, labels: ['faultline'] });
  return 'opened';
}

/** Rewrites the greeting when the state of the offer has changed; a closed greeting stays closed. */
export async function updateGreeting(
  host: Pick<Host, 'ownIssues' | 'updateIssue'>,
  onboarding: Onboarding,
): Promise<void> {
  const greeting = (await host.ownIssues()).find(({ body }) => greetingState(body) !== null);
  if (!greeting || greetingState(greeting.body) === stateOf(onboarding.offer)) return;
  await host.updateIssue(greeting.number, { body: onboardingText(onboarding) });
}

/** What the greeting says about the offer; null where there is no greeting. */
export async function greetingSays(host: Pick<Host, 'ownIssues'>): Promise<string | null> {
  const states = (await host.ownIssues()).map(({ body }) => greetingState(body));
  return states.find((state) => state !== null) ?? null;
}

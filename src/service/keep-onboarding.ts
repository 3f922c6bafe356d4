import { centralPath } from '../config/organisation.ts';
import type { Host } from '../github/host.ts';
import type { Onboarding } from '../onboarding/issue.ts';
import { keepOffer, withdrawOffer } from '../onboarding/offer.ts';
import type { Preview } from '../onboarding/offer-text.ts';
import { greetingSays, updateGreeting } from '../onboarding/open.ts';
import { proposedConfig } from '../onboarding/proposed-config.ts';
import { surveyOf } from '../onboarding/survey.ts';
import { placeText } from '../pull-requests/site.ts';
import { pullRequestTitle } from '../pull-requests/title.ts';
import { repositoryProblems } from '../sources/problems.ts';
import { hasConfiguration, type RepositoryScan } from './scan.ts';
import type { Checkout } from './workspace.ts';

/** What a repository is greeted with; under `required`, with the pull request that offers a configuration. */
export async function onboardingOf(
  host: Host,
  checkout: Checkout,
  watched: readonly string[],
  scans: readonly RepositoryScan[],
  mode: 'required' | 'none',
): Promise<Onboarding> {
  const { revision, repository, config, configErrors, configFiles } = checkout;
  const survey = await surveyOf(revision, config, await repositoryProblems(revision));
  const isThere = hasConfiguration(checkout);
  const defaults = configFiles.find((file) => centralPath(file) !== null);
  const onboarding = {
    survey,
    watched,
    configErrors: isThere ? configErrors : null,
    ...(defaults !== undefined && { defaults }),
  };
  if (mode === 'none') return onboarding;
  if (isThere) return { ...onboarding, offer: { kind: 'configured' } };
  const offer = await keepOffer(host, {
    survey,
    base: repository.head!.sha,
    config: proposedConfig(survey, watched, defaults),
    previews: scans.length === 0 ? null : previewsOf(scans),
  });
  return { ...onboarding, offer };
}

/** After each scan: the offer and what the greeting says of it. Nothing is asked of GitHub once the repository is configured and says so. */
export async function keepOnboarding(
  host: Host,
  checkout: Checkout,
  watched: readonly string[],
  scans: readonly RepositoryScan[],
): Promise<void> {
  const isThere = hasConfiguration(checkout);
  const said = isThere ? await greetingSays(host) : null;
  if (isThere && (said === null || said === '' || said === 'configured')) return;
  if (isThere) await withdrawOffer(host);
  await updateGreeting(host, await onboardingOf(host, checkout, watched, scans, 'required'));
}

/** Each change once, however many incidents it is for. */
function previewsOf(scans: readonly RepositoryScan[]): readonly Preview[] {
  const found = new Map<string, Preview>();
  for (const { report } of scans)
    for (const { proposal } of report.results) {
      const [change] = proposal?.located.changes ?? [];
      if (proposal && change)
        found.set(proposal.key, { title: pullRequestTitle(proposal), place: placeText(change.site) });
    }
  return [...found.values()];
}

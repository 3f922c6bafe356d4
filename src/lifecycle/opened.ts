import type { PullRequest } from '../github/host.ts';
import type { Proposal } from '../model/proposal.ts';
import type { PullRequestOpened } from '../store/entries.ts';
import { incidentFacts } from './incident-facts.ts';

/** What the audit log says of a pull request that was opened, for those who tell or count it. */
export function openedOf(
  repository: string,
  { number, url, title }: Pick<PullRequest, 'number' | 'url' | 'title'>,
  { incidents, located }: Proposal,
): PullRequestOpened {
  const { file, line } = located.changes[0]!.site;
  return {
    opened: true,
    repository,
    number,
    url,
    title,
    fingerprints: incidents.map((incident) => incident.fingerprint),
    site: { file, line },
    incident: incidentFacts(incidents[0]!),
  };
}

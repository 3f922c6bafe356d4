import type { PullRequest } from '../github/host.ts';
import type { Proposal } from '../model/proposal.ts';
import type { PullRequestOpened } from '../store/entries.ts';
import { markedText } from '../untrusted/prose.ts';

/** What the audit log says of a pull request that was opened, for those who tell or count it. */
export function openedOf(
  repository: string,
  { number, url, title }: Pick<PullRequest, 'number' | 'url' | 'title'>,
  { incidents, located }: Proposal,
): PullRequestOpened {
  const { fingerprint, cluster, finding } = incidents[0]!;
  const { rule, cause, object, culprit, foresees, firstSeen, summary } = finding;
  const { file, line } = located.changes[0]!.site;
  return {
    opened: true,
    repository,
    number,
    url,
    title,
    fingerprints: incidents.map((incident) => incident.fingerprint),
    site: { file, line },
    incident: {
      fingerprint,
      cluster,
      rule,
      cause,
      object: named(object),
      culprit: named(culprit),
      foreseen: foresees === true,
      firstSeen,
      summary: markedText(summary),
    },
  };
}

type Named = PullRequestOpened['incident']['object'];

function named({ kind, namespace, name }: Named): Named {
  return { kind, namespace, name };
}

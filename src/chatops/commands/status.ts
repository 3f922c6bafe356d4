import { count, utc } from '../../kubernetes/times.ts';
import { item, list } from '../../model/block.ts';
import type { Outcome } from '../../store/records.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import type { RepositoryStatus, IncidentStatus } from '../actions.ts';
import { noArguments } from '../usual.ts';

export const status: Command = {
  name: 'status',
  usage: '/rca status',
  summary: 'shows the status of this incident, or of the repository',
  acts: false,
  needs: 'anywhere',
  async run({ actions, subject, rest }) {
    if (rest !== '') return refused(noArguments(status));
    const current = await actions.status(subject);
    const lines = [...(current.subject ? subjectLines(current.subject) : []), ...repositoryLines(current)];
    return done(...list(lines.map((line) => item(line))));
  },
};

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  pending: 'The merged change is being watched',
  resolved: 'Resolved after the merge',
  'still-failing': 'Still failing after the merge',
  worse: 'Worse after the merge',
  'not-applied': 'Merged, but nothing has applied it to the cluster',
  overtaken: 'Something else has changed the value since the merge',
  gone: 'What it was made for was deleted after the merge',
};

function subjectLines(subject: IncidentStatus): readonly Prose[] {
  const { lastSeen, decision, snooze, ignore, approved, isMerging, verification } = subject;
  return [
    lastSeen === null ? ownText('The failure has stopped') : prose`Failing, last seen ${utc(lastSeen)}`,
    decision && prose`Decision: ${decision}`,
    snooze && prose`Snoozed until ${utc(snooze.until)} by ${snooze.by}`,
    ignore && prose`Ignored by ${ignore.by}: ${ignore.reason}`,
    approved && prose`Approved at ${approved.head.slice(0, 8)} by ${approved.by}`,
    isMerging ? ownText('GitHub merges it once the required checks and reviews have passed') : null,
    verification && prose`${ownText(OUTCOMES[verification.outcome])}, since ${utc(verification.since)}`,
  ].filter((line) => line !== null);
}

function repositoryLines({ counts, clusters, configErrors }: RepositoryStatus): readonly Prose[] {
  const { open, waiting, watched } = counts;
  return [
    prose`In this repository: ${open} proposed, ${waiting} waiting, ${watched} watched`,
    ...clusters.slice(0, 10).map(({ name, scannedAt, problem }) => {
      const at = scannedAt === null ? ownText('not scanned yet') : prose`last scan ${utc(scannedAt)}`;
      return problem === null ? prose`Cluster ${name}: ${at}` : prose`Cluster ${name}: ${at}; ${problem}`;
    }),
    ...(configErrors === 0
      ? []
      : [
          prose`${count(configErrors, 'error')} in ${'.github/faultline.yml'}: until they are fixed, every mode is monitor`,
        ]),
  ];
}

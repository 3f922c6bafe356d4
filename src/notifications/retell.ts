import type { Story, StoryOutcome } from '../model/story.ts';
import type { DecisionMade, Entry, IncidentOpened, PullRequestEnded, Verified } from '../store/entries.ts';

/** A story after something happened, and whether that is news. */
export interface Retold {
  readonly story: Story;
  readonly isNews: boolean;
}

/** The stories that an entry may be about. */
export interface Known {
  byFingerprint(fingerprint: string): Story | null;
  byPullRequest(repository: string, number: number): readonly Story[];
}

/** What an entry of the audit log says of incidents; nothing where it says nothing new. */
export function retold(entry: Entry, known: Known): readonly Retold[] {
  switch (entry.kind) {
    case 'incident': {
      const { said } = entry;
      if (said.change === 'opened') return [{ story: begun(said, entry.sequence), isNews: false }];
      const story = known.byFingerprint(said.fingerprint);
      return story === null ? [] : swung(story, said.change === 'gone' ? (said.since ?? entry.at) : null);
    }
    case 'decision': {
      const story = known.byFingerprint(entry.said.fingerprint);
      return story === null || !BEFORE_MERGE.has(story.outcome) ? [] : [decided(story, entry.said)];
    }
    case 'issue': {
      const story = known.byFingerprint(entry.said.fingerprint);
      const { repository, number, title, url = null } = entry.said;
      return story === null
        ? []
        : [{ story: { ...story, issue: { repository, number, title, url } }, isNews: false }];
    }
    case 'pull-request': {
      const { said } = entry;
      if ('opened' in said) {
        const { repository, number, title, url, site, fingerprints, incident } = said;
        return fingerprints.flatMap((fingerprint) => {
          const story =
            known.byFingerprint(fingerprint) ??
            (fingerprint === incident.fingerprint ? begun(incident, entry.sequence) : null);
          const pullRequest = { repository, number, title, url };
          const proposed = { outcome: 'proposed', pullRequest, site: { repository, ...site } } as const;
          return story === null ? [] : [{ story: { ...story, ...proposed }, isNews: true }];
        });
      }
      const stories = known.byPullRequest(said.repository, said.number);
      if ('takenBack' in said)
        return stories.map((story) => become(story, 'failed', 'the change was taken back'));
      return stories.map((story) => become(story, said.ended, reasonOfEnd(said)));
    }
    case 'verification': {
      const { repository, number } = entry.said;
      const [outcome, reason] = VERIFIED[entry.said.outcome] ?? [null, ''];
      if (outcome === null) return [];
      return known.byPullRequest(repository, number).map((story) => become(story, outcome, reason));
    }
    case 'guard':
      return [];
  }
}

/** While these last, what policy and evidence say of it counts. */
const BEFORE_MERGE: ReadonlySet<StoryOutcome> = new Set([
  'found',
  'monitored',
  'declined',
  'escalated',
  'proposed',
  'recovered',
]);

function begun(incident: Omit<IncidentOpened, 'change' | 'team'>, episode: number): Story {
  const { fingerprint, cluster, rule, cause, object, culprit, foreseen, summary, firstSeen } = incident;
  return {
    fingerprint,
    episode,
    cluster,
    rule,
    cause,
    object,
    culprit,
    summary,
    firstSeen,
    severity: foreseen ? 'warning' : 'critical',
    outcome: 'monitored',
    reason: null,
    site: null,
    pullRequest: null,
    issue: null,
    goneSince: null,
    swings: 0,
  };
}

const DECIDED: Readonly<Record<DecisionMade['action'], StoryOutcome>> = {
  propose: 'found',
  'auto-fix': 'found',
  escalate: 'escalated',
  decline: 'declined',
  monitor: 'monitored',
};

function decided(story: Story, { action, reason, site, repository }: DecisionMade): Retold {
  const is = DECIDED[action];
  // An escalation may have a draft; a pull request that is there stays news of yesterday.
  const outcome = is === 'found' && story.pullRequest !== null ? 'proposed' : is;
  const next: Story = {
    ...story,
    outcome,
    reason,
    site: site === null ? story.site : { repository, ...site },
  };
  return { story: next, isNews: outcome !== story.outcome };
}

/** It is told once that it went away, however often it comes and goes. */
function swung(story: Story, goneSince: number | null): readonly Retold[] {
  if ((goneSince === null) === (story.goneSince === null)) return [];
  const swings = story.swings + (goneSince === null ? 0 : 1);
  const isNews = goneSince !== null && swings === 1 && BEFORE_MERGE.has(story.outcome);
  return [{ story: { ...story, goneSince, swings }, isNews }];
}

function become(story: Story, outcome: StoryOutcome, reason: string): Retold {
  return { story: { ...story, outcome, reason }, isNews: outcome !== story.outcome };
}

function reasonOfEnd({ ended, edited, closedBy }: PullRequestEnded): string {
  if (ended === 'closed')
    return closedBy === 'faultline'
      ? 'Faultline closed the pull request: git no longer has the value that failed'
      : 'a person closed the pull request unmerged';
  return edited ? 'merged, with commits of somebody else' : 'merged as proposed';
}

const VERIFIED: Partial<Record<Verified['outcome'], readonly [StoryOutcome, string]>> = {
  resolved: ['resolved', 'the failure stayed away for its quiet time after the merge'],
  'still-failing': ['failed', 'the failure goes on after the change was applied'],
  worse: ['failed', 'something that was healthy fails since the change was applied'],
  'not-applied': ['failed', 'nothing applied the merged change within a day'],
  gone: ['recovered', 'the workload was deleted'],
};

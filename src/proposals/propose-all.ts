import { keyOf, baseOf, groupedBySite } from './proposal-key.ts';
import type { BlamedField } from '../model/blame.ts';
import { type Decided, opensPullRequest } from './decide-all.ts';
import type { Incident } from '../model/incident.ts';
import type { IncidentResult } from '../model/report.ts';
import type { Lessons } from '../model/lessons.ts';
import type { Located } from '../model/located.ts';
import type { Proposal, PullRequestText } from '../model/proposal.ts';

/** What a proposal adds to the expectations of its repository. */
export type Teach = (proposal: Proposal, repository: Decided['repository']) => Lessons | null;

/** One line, one pull request, whichever incidents ask for it. */
export function proposeAll(
  decided: readonly Decided[],
  blames: readonly (readonly BlamedField[])[],
  write: (proposal: Proposal) => PullRequestText,
  teach: Teach = () => null,
): readonly IncidentResult[] {
  const proposals = new Map<Decided, Pick<IncidentResult, 'proposal' | 'pullRequest'>>();
  for (const group of groupedBySite(decided.filter(isProposed))) {
    const [leading, ...others] = group as readonly [Proposed, ...Proposed[]];
    const made = written(leading, others, write, teach);
    for (const one of group) proposals.set(one, made);
  }
  return decided.map((one, index) => {
    const { incident, located, repository, decision } = one;
    return {
      incident,
      located,
      decision,
      blames: blames[index]!,
      ...(proposals.get(one) ?? { proposal: null, pullRequest: null }),
      commit: repository.head?.sha ?? null,
    };
  });
}

interface Made {
  readonly of: readonly unknown[];
  /** The decision, and what the proposal teaches. */
  readonly besides: string;
  readonly write: unknown;
  readonly made: { readonly proposal: Proposal; readonly pullRequest: PullRequestText };
}

/** By the incident that leads: what stands is not written again. */
const MADE = new WeakMap<Incident, Made>();

function written(
  leading: Proposed,
  others: readonly Proposed[],
  write: (proposal: Proposal) => PullRequestText,
  teach: Teach,
): Made['made'] {
  const of = [leading, ...others].flatMap(({ incident, located, origin, repository }) => [
    incident,
    located,
    origin,
    repository,
  ]);
  const plain = proposalOf(keyOf(leading.located, leading.repository), leading, others);
  const lessons = teach(plain, leading.repository);
  const besides = JSON.stringify([leading.decision, lessons]);
  const before = MADE.get(leading.incident);
  const isSame =
    before?.besides === besides &&
    before.write === write &&
    before.of.length === of.length &&
    before.of.every((one, index) => one === of[index]);
  if (isSame) return before.made;
  const proposal = lessons === null ? plain : { ...plain, lessons };
  const made = { proposal, pullRequest: write(proposal) };
  MADE.set(leading.incident, { of, besides, write, made });
  return made;
}

type Proposed = Decided & { readonly located: Located };

function isProposed(one: Decided): one is Proposed {
  return one.located?.kind === 'located' && opensPullRequest(one.decision);
}

function proposalOf(key: string, leading: Proposed, others: readonly Proposed[]): Proposal {
  const { repository } = leading;
  const incidents = [leading, ...others].map(({ incident }) => incident);
  return {
    incidents,
    located: leading.located,
    decision: leading.decision,
    remote: repository.remote,
    base: baseOf(repository),
    commit: repository.head?.sha ?? '',
    introducedBy: leading.origin.introducedBy,
    introducedIn: leading.origin.introducedIn,
    key,
  };
}

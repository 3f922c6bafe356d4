import type { Entry } from '../../src/store/entries.ts';

export const MINUTE = 60_000;
export const START = Date.parse('2026-03-01T00:00:00Z');

/** How an incident went. */
export type Course =
  | 'alone'
  | 'came-back'
  | 'still-failing'
  | 'to-come'
  | 'proposal-open'
  | 'held'
  | 'did-not-hold'
  | 'taken-back'
  | 'closed-by-person'
  | 'closed-by-faultline';

const COURSES: readonly Course[] = [
  'alone',
  'came-back',
  'still-failing',
  'to-come',
  'proposal-open',
  'held',
  'did-not-hold',
  'taken-back',
  'closed-by-person',
  'closed-by-faultline',
];

/** The truth about one incident. Times are minutes since the start. */
export interface Plan {
  readonly fingerprint: string;
  readonly course: Course;
  readonly rule: string;
  readonly team: string;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly code: string | null;
  readonly firstSeen: number;
  readonly recorded: number;
  /** Null where there is none. */
  readonly opened: number | null;
  readonly ended: number | null;
  readonly edited: boolean;
  /** When it was over; null where it is not, or nobody knows. */
  readonly over: number | null;
}

/** Numbers from 0 to 1, the same for the same seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** So many incidents over ninety days. */
export function plansOf(seed: number, count: number): readonly Plan[] {
  const next = numbers(seed);
  const upTo = (most: number): number => Math.floor(next() * (most + 1));
  const among = <T>(values: readonly T[]): T => values[upTo(values.length - 1)]!;
  return Array.from({ length: count }, (_, index): Plan => {
    const course = among(COURSES);
    const hasProposal = !['alone', 'came-back', 'still-failing', 'to-come'].includes(course);
    const namespace = among(['shop', 'payments', 'search']);
    const recorded = 100 + upTo(90 * 24 * 60);
    const opened = hasProposal ? recorded + upTo(30) : null;
    const ended = opened === null || course === 'proposal-open' ? null : opened + 1 + upTo(2_000);
    const isOver = ['alone', 'came-back', 'to-come', 'held', 'taken-back'].includes(course);
    return {
      fingerprint: index.toString(16).padStart(16, '0'),
      course,
      rule: among(['oom-killed', 'image-pull', 'probe-failing']),
      team: next() < 0.5 ? namespace : 'platform',
      object: { kind: 'Deployment', namespace, name: `w${upTo(count)}` },
      code: hasProposal ? null : among(['policy', 'too-early', 'not-fixable-in-git']),
      firstSeen: recorded - upTo(60),
      recorded,
      opened,
      ended,
      edited: next() < 0.3,
      over: isOver ? (ended ?? recorded) + 1 + upTo(500) : null,
    };
  });
}

interface Said {
  readonly minute: number;
  readonly kind: Entry['kind'];
  readonly said: object;
}

/** What Faultline would have recorded, in order. */
export function entriesFor(plans: readonly Plan[]): readonly Entry[] {
  // The cluster has been watched for long.
  const watched = { change: 'gone', fingerprint: 'f'.repeat(16), cluster: 'prod', ending: null };
  const all: readonly Said[] = [
    { minute: 0, kind: 'incident', said: watched },
    ...plans.flatMap((plan, index) => saidOf(plan, index + 1)),
  ];
  return all
    .toSorted((one, other) => one.minute - other.minute)
    .map(
      ({ minute, kind, said }, index) =>
        ({ sequence: index + 1, at: START + minute * MINUTE, kind, said }) as unknown as Entry,
    );
}

function saidOf(plan: Plan, number: number): readonly Said[] {
  const { fingerprint, course, rule, object, recorded, opened, ended, over, code } = plan;
  const of = { fingerprint, cluster: 'prod' };
  const incident = {
    ...of,
    rule,
    cause: 'x',
    object,
    culprit: object,
    foreseen: course === 'to-come',
    firstSeen: START + plan.firstSeen * MINUTE,
    summary: '',
  };
  const team = plan.team === object.namespace ? null : plan.team;
  const said: Said[] = [
    { minute: recorded, kind: 'incident', said: { ...incident, change: 'opened', team } },
    { minute: recorded, kind: 'decision', said: { ...of, action: 'decline', code: code ?? 'too-early' } },
  ];
  const pull = { repository: 'a/b', number };
  if (opened !== null)
    said.push({
      minute: opened,
      kind: 'pull-request',
      said: { ...pull, opened: true, fingerprints: [fingerprint], incident },
    });
  if (ended !== null) said.push(...endOf(plan, pull, ended));
  if (course === 'came-back') {
    said.push({ minute: recorded, kind: 'incident', said: { ...of, change: 'gone', ending: 'recovered' } });
    said.push({ minute: recorded, kind: 'incident', said: { ...of, change: 'returned', ending: null } });
  }
  // It is recorded when it has lasted, with the time since when.
  if (over !== null)
    said.push({
      minute: over + 7,
      kind: 'incident',
      said: { ...of, change: 'gone', ending: 'recovered', since: START + over * MINUTE },
    });
  return said;
}

function endOf(
  { course, edited, over }: Plan,
  pull: { readonly repository: string; readonly number: number },
  ended: number,
): readonly Said[] {
  const isMerged = !course.startsWith('closed');
  const closedBy = isMerged ? null : course === 'closed-by-person' ? 'person' : 'faultline';
  const at = START + ended * MINUTE;
  const end = { ...pull, ended: isMerged ? 'merged' : 'closed', endedAt: at, edited, closedBy };
  const said: Said[] = [{ minute: ended + 2, kind: 'pull-request', said: end }];
  if (!isMerged) return said;
  const outcome = course === 'did-not-hold' ? 'still-failing' : 'resolved';
  const recover = over === null ? null : (over - ended) * MINUTE;
  const times = { detect: null, propose: null, merge: null, recover };
  const decided = (over ?? ended) + 30;
  said.push({ minute: decided, kind: 'verification', said: { ...pull, outcome, times, mergedAt: at } });
  if (course === 'taken-back')
    said.push({ minute: decided + 60, kind: 'pull-request', said: { ...pull, takenBack: true, by: null } });
  return said;
}

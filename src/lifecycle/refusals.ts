import { createHash } from 'node:crypto';
import type { HostError } from '../github/host-error.ts';
import { HOUR } from '../kubernetes/durations.ts';
import type { Proposal } from '../model/proposal.ts';
import { utc } from '../kubernetes/times.ts';
import type { Store } from '../store/store.ts';
import { prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { editHash } from './description.ts';
import type { Run } from './run.ts';

/**
 * What GitHub refused for one branch: a ruleset, a permission, push protection. It is not asked again before the back-off ends, unless
 * the edit or the configuration is another one, or a person asks with `/rca retry`.
 */
interface Refusal {
  /** Hash of what was refused. */
  readonly what: string;
  /** GitHub's, on one line. */
  readonly words: string;
  readonly times: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

type Where = Pick<Run, 'host' | 'store' | 'config' | 'now'>;

/** Words of rules and permissions. In other words GitHub also refuses what goes through a moment later. */
const RULE =
  /rule violations|protected branch|restrict|not accessible|not permitted|not allowed|disabled|secret|push protection|read-only|signature|must (?:have|match|not)|den(?:y|ied)|blocked|policy/i;
/** Milliseconds after the first refusal; four times as long after each further one, and a day at most. */
const BACK_OFF = HOUR / 4;
const LONGEST = 24 * HOUR;
/** So often GitHub may refuse in the same words that name no rule before it counts as a refusal. */
const PASSING = 2;

/** Whether the same call would be refused again, rather than come through another time. */
export function isRefusal({ transient, status, said }: HostError): boolean {
  return !transient && said !== null && status !== null;
}

/** Why the proposal waits; null where nothing is known to refuse it. */
export async function refusedFor(where: Where, branch: string, proposal: Proposal): Promise<Prose | null> {
  const known = await read(where, branch);
  if (known === null || known.what !== whatOf(where, proposal) || where.now >= known.until) return null;
  return why(known);
}

/** Remembers a refusal. Answers with how it is told. */
export function noteRefusal(
  where: Where,
  branch: string,
  proposal: Proposal,
  error: HostError,
): Promise<Prose> {
  const what = whatOf(where, proposal);
  const words = (error.said ?? error.message).replace(/\s+/g, ' ').trim().slice(0, 500);
  return where.store.transaction(async (store) => {
    const known = await read({ ...where, store }, branch);
    const times = known?.what === what && known.words === words ? known.times + 1 : 1;
    const isPassing = times <= PASSING && error.status !== 403 && !RULE.test(words);
    const until = where.now + (isPassing ? 0 : Math.min(BACK_OFF * 4 ** (times - 1), LONGEST));
    const refusal: Refusal = { what, words, times, until };
    await store.cursors.set(keyOf(where.host.repository, branch), JSON.stringify(refusal));
    return why(refusal);
  });
}

export function forgetRefusal(
  store: Pick<Store, 'cursors'>,
  repository: string,
  branch: string,
): Promise<void> {
  return store.cursors.remove(keyOf(repository, branch));
}

function why({ words, until }: Refusal): Prose {
  return prose`GitHub refuses it: ${sentenceOf(words.replace(/\.$/, ''))}; tried again after ${utc(until)}, or with ${'/rca retry'}`;
}

function keyOf(repository: string, branch: string): string {
  return `refused ${repository.toLowerCase()} ${branch}`;
}

function whatOf({ config }: Where, proposal: Proposal): string {
  return createHash('sha256')
    .update(JSON.stringify([editHash(proposal), proposal.base, proposal.decision.action, config]))
    .digest('hex')
    .slice(0, 16);
}

async function read({ host, store }: Where, branch: string): Promise<Refusal | null> {
  const known = await store.cursors.get(keyOf(host.repository, branch));
  return known === null ? null : (JSON.parse(known) as Refusal);
}

import { DAY } from '../kubernetes/durations.ts';
import type { Mode } from '../config/schema.ts';
import type { LocateResult } from '../model/located.ts';
import { confidenceOf, type Finding, type Guard } from '../model/finding.ts';
import { joinProse, ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import type { Action, Decision } from '../model/decision.ts';
import { freezeAt } from './freeze.ts';
import { ceilingFor, isLower, type Ceiling, type PolicyQuestion } from './policy.ts';

/** Merging without a person asks for this much where the policy names no number. */
const AUTO_FIX_CONFIDENCE = 0.9;

/** An automatic change that is younger and has not helped is not to be followed by another one. */
const LAST_CHANGE_AGE = 7 * DAY;

export interface DecisionInput extends Omit<PolicyQuestion, 'object' | 'rule' | 'foresees'> {
  readonly finding: Finding;
  /** What became of the changes that the finding wants; null when it wants none. */
  readonly located: LocateResult | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly counters: Counters;
  /** Whether the repository requires at least one check before a merge. */
  readonly requiredChecks: 'required' | 'none' | 'unknown';
  /** When Faultline last changed one of these fields, milliseconds since the epoch; null when it never did, as far as is known. */
  readonly lastAutomaticChange: number | null;
}

/** Pull requests of Faultline in this repository, those of this run included. */
export interface Counters {
  readonly open: number;
  readonly inLastHour: number;
  /** Those about failures that are still to come. */
  readonly foreseenInLastDay: number;
}

/**
 * What happens with a finding (contract §5.5). Nothing here raises what the rule concluded: what git and the edit allow,
 * the policy, the guards, the limits and the calendar each can only lower it.
 */
export function decide(input: DecisionInput): Decision {
  const { finding, located } = input;
  const ceiling = ceilingFor({
    ...input,
    object: finding.object,
    rule: finding.rule,
    foresees: finding.foresees === true,
  });
  const decision = decisionUnder(ceiling);

  if (ceiling.mode === 'off')
    return decision('monitor', prose`${ceiling.source} switches Faultline off here`);
  if (finding.verdict === 'decline' || finding.verdict === 'monitor')
    return decision(finding.verdict, finding.reason);
  const declined = declinedBecause(finding, located);
  if (declined) return decision('decline', declined);
  if (ceiling.mode === 'monitor')
    return decision('monitor', prose`${ceiling.source} allows no more than monitoring`);
  const freeze = finding.foresees ? freezeAt(input.config.freeze, input.now) : null;
  if (freeze)
    return decision(
      'monitor',
      prose`nothing fails yet, and a freeze is on from ${freeze.from} to ${freeze.to} (${freeze.timezone})`,
    );

  const concern = needsPerson(input);
  if (concern) return escalation(input, concern, decision);
  const mode = confidentMode(input, ceiling);
  if (mode === 'monitor')
    return decision('monitor', prose`${lowConfidence(input, ceiling)} that ${ceiling.source} asks for`);
  const full = limitReached(input);
  if (full) return decision('monitor', prose`the pull request waits: ${full}`);

  if (ceiling.mode !== 'auto-fix')
    return decision(
      'propose',
      withNotes(prose`${ceiling.source} allows pull requests, and a person merges`, notes(input)),
    );
  const obstacles = obstaclesToMerging(input, ceiling);
  if (obstacles.length === 0)
    return decision('auto-fix', prose`${ceiling.source} allows auto-merge, and nothing speaks against it`);
  return decision(
    'propose',
    prose`${ceiling.source} allows auto-merge, but a person merges: ${listed(obstacles)}`,
  );
}

type Decide = (action: Action, reason: Prose, draft?: boolean) => Decision;

function decisionUnder(ceiling: Ceiling): Decide {
  return (action, reason, draft = false) => ({ action, reason, draft, policy: ceiling.label });
}

/** What git already says wins over a rule that would escalate; any other refusal leaves the person their report. */
function declinedBecause(finding: Finding, located: LocateResult | null): Prose | null {
  if (located?.kind === 'declined') {
    const isSettled = located.code === 'already-so' || located.code === 'drift';
    return isSettled || finding.verdict === 'fix' ? sentenceOf(located.reason) : null;
  }
  return finding.verdict === 'fix' && located === null
    ? ownText('no change is known that would fix it')
    : null;
}

/** Why a person must think first; null when the rule and its guards leave the fix to policy. */
function needsPerson({ finding, now, lastAutomaticChange }: DecisionInput): Prose | null {
  if (finding.verdict === 'escalate') return finding.reason;
  const drafts = reasonsOf(finding, 'draft');
  if (drafts.length > 0) return listed(drafts);
  if (lastAutomaticChange === null || now - lastAutomaticChange >= LAST_CHANGE_AGE) return null;
  const days = Math.floor(Math.max(0, now - lastAutomaticChange) / DAY);
  return prose`Faultline changed this field ${days === 0 ? ownText('less than a day') : prose`${days} ${ownText(days === 1 ? 'day' : 'days')}`} ago, and it was not enough`;
}

/** A draft when an exact edit exists and the limits admit it; a report in any case. */
function escalation(input: DecisionInput, concern: Prose, decision: Decide): Decision {
  const { located } = input;
  if (located === null) return decision('escalate', concern);
  if (located.kind === 'declined') return decision('escalate', listed([concern, sentenceOf(located.reason)]));
  if (located.proof.status === 'unproven')
    return decision('escalate', listed([concern, unproven(located.proof.reason)]));
  const full = limitReached(input);
  return full
    ? decision('escalate', prose`${concern}; the draft waits: ${full}`)
    : decision('escalate', concern, true);
}

/** The ceiling, or the mode below it for a finding that is not sure enough for it. */
function confidentMode({ finding }: DecisionInput, ceiling: Ceiling): Mode {
  if (confidenceOf(finding.confidence) >= neededConfidence(ceiling)) return ceiling.mode;
  return isLower(ceiling.mode, 'auto-fix') ? 'monitor' : 'propose';
}

function neededConfidence({ mode, minConfidence }: Ceiling): number {
  return minConfidence ?? (mode === 'auto-fix' ? AUTO_FIX_CONFIDENCE : 0);
}

function lowConfidence({ finding }: DecisionInput, ceiling: Ceiling): Prose {
  return prose`the confidence of ${confidenceOf(finding.confidence)} is below the ${neededConfidence(ceiling)}`;
}

function limitReached({ config: { limits, proactive }, counters, finding }: DecisionInput): Prose | null {
  if (finding.foresees && counters.foreseenInLastDay >= proactive.perDay) {
    return prose`${counters.foreseenInLastDay} about failures to come were opened in the last 24 hours, and proactive.perDay is ${proactive.perDay}`;
  }
  if (counters.open >= limits.openPullRequests) {
    return prose`${counters.open} are open, and limits.openPullRequests is ${limits.openPullRequests}`;
  }
  if (counters.inLastHour >= limits.perHour) {
    return prose`${counters.inLastHour} were opened in the last hour, and limits.perHour is ${limits.perHour}`;
  }
  return null;
}

/** Everything that must hold before something is merged without a person and does not. */
function obstaclesToMerging(input: DecisionInput, ceiling: Ceiling): readonly Prose[] {
  const { finding, requiredChecks } = input;
  const obstacles = [...notes(input), ...reasonsOf(finding, 'no-auto-merge')];
  if (confidenceOf(finding.confidence) < neededConfidence(ceiling))
    obstacles.push(prose`${lowConfidence(input, ceiling)} needed`);
  if (finding.foresees) obstacles.push(ownText('nothing fails yet'));
  if (requiredChecks === 'none') obstacles.push(ownText('the repository requires no check before a merge'));
  if (requiredChecks === 'unknown')
    obstacles.push(ownText('whether the repository requires a check before a merge is not known here'));
  return obstacles;
}

/** What whoever merges should know. */
function notes({ located, config, now }: DecisionInput): readonly Prose[] {
  const found: Prose[] = [];
  if (located?.kind === 'located' && located.proof.status === 'unproven')
    found.push(unproven(located.proof.reason));
  const likely = located?.kind === 'located' && located.changes.some(({ site }) => site.likely !== undefined);
  if (likely) found.push(ownText('the line is the likely one, not a certain one'));
  const freeze = freezeAt(config.freeze, now);
  if (freeze) found.push(prose`a freeze is on from ${freeze.from} to ${freeze.to} (${freeze.timezone})`);
  return found;
}

function unproven(reason: string | null): Prose {
  return reason === null
    ? ownText('the change is not proven')
    : prose`the change is not proven, because ${sentenceOf(reason)}`;
}

function reasonsOf(finding: Finding, kind: Guard['kind']): readonly Prose[] {
  return finding.guards.filter((guard) => guard.kind === kind).map(({ reason }) => reason);
}

function withNotes(sentence: Prose, additions: readonly Prose[]): Prose {
  return additions.length === 0 ? sentence : prose`${sentence}; ${listed(additions)}`;
}

function listed(reasons: readonly Prose[]): Prose {
  return joinProse(reasons.map(withoutFullStop), '; ');
}

function withoutFullStop({ parts, values }: Prose): Prose {
  return { parts: [...parts.slice(0, -1), parts.at(-1)!.replace(/\.$/, '')], values };
}

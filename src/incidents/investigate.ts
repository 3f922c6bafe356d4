import type { Finding } from '../model/finding.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import { Ask, type Asking } from '../model/ask.ts';
import type { Need } from '../model/need.ts';
import type { ChangesBefore } from '../model/changed-before.ts';
import type { Detected } from '../rules/define-rule.ts';
import { Answers, type Investigator } from './answers.ts';
import { FollowedCluster } from './followed-cluster.ts';
import { KeptWork } from './kept-work.ts';

/** A rule asks, reads the answers, and may ask again; more often than this is a bug of the rule. */
const MOST_ROUNDS = 12;

/** What investigations found out before, while it holds. */
export class KeptInvestigations {
  readonly findings: KeptWork<Detected, Finding | null>;
  /** By the fault and what is asked about it. */
  readonly changes: KeptWork<string, ChangesBefore | null>;
  #memoryFactor = Number.NaN;

  constructor(cluster: FollowedCluster) {
    this.findings = new KeptWork(cluster);
    this.changes = new KeptWork(cluster);
  }

  /** All that was found out depends on it. */
  setMemoryFactor(factor: number): void {
    if (factor !== this.#memoryFactor) this.clear();
    this.#memoryFactor = factor;
  }

  nextAt(): number {
    return Math.min(this.findings.nextAt(), this.changes.nextAt());
  }

  forgetUnasked(): void {
    this.findings.forgetUnasked();
    this.changes.forgetUnasked();
  }

  clear(): void {
    this.findings.clear();
    this.changes.clear();
  }
}

/** Lets rules work out symptoms: they ask, are answered, and conclude. */
export class Investigations {
  readonly ask: Ask;
  readonly #now: number;
  readonly #answers: Answers;
  readonly #kept: KeptInvestigations;

  constructor(
    investigator: Investigator,
    answers = new Answers(investigator),
    kept = new KeptInvestigations(new FollowedCluster(investigator.cluster, { isFollowed: false })),
  ) {
    const { cluster, memoryFactor } = investigator;
    this.ask = new Ask({ memoryFactor });
    this.#now = cluster.now;
    this.#answers = answers;
    this.#kept = kept;
    kept.setMemoryFactor(memoryFactor);
  }

  /** Asks again what decides whether earlier findings about these symptoms still hold, so many questions at a time. */
  async askAgain(detected: readonly Detected[], atATime: number): Promise<void> {
    const needs = new Map<string, Need>();
    for (const one of detected)
      for (const { key, need } of this.#kept.findings.needsOf(one)) needs.set(key, need);
    await inParallel([...needs], atATime, ([key, need]) => this.#answers.answer(need, key));
  }

  /** What was found out before, where that still holds and what decides it was asked again; undefined: it has to be investigated. */
  known(detected: Detected): Finding | null | undefined {
    const known = this.#kept.findings.known(detected, this.#now, (key) => this.#answers.settled(key));
    if (known === null) return undefined;
    const { result, at } = known;
    return result && at !== this.#now ? asOfNow(result, detected, at) : result;
  }

  /**
   * Null when the rule finds that the symptom is none of its own.
   *
   * @throws {Error} when the rule goes on asking
   */
  investigate(detected: Detected): Promise<Finding | null> {
    const who = `rule ${detected.symptom.rule}`;
    return this.#kept.findings.result(
      detected,
      this.#work(() => detected.investigate(this.ask), who),
    );
  }

  /** Lets anybody ask what changed before a failure. @throws {Error} when `who` goes on asking */
  async changes(
    key: string,
    start: () => Asking<ChangesBefore | null>,
    who: string,
  ): Promise<ChangesBefore | null> {
    const { changes } = this.#kept;
    const needs = [...changes.needsOf(key)];
    await Promise.all(needs.map((one) => this.#answers.answer(one.need, one.key)));
    const known = changes.known(key, this.#now, (need) => this.#answers.settled(need));
    return known ? known.result : changes.result(key, this.#work(start, who));
  }

  /** What a rule concludes when nothing can be found out: for a symptom that another finding explains, which is worth no request. */
  conclude({ symptom, investigate }: Detected): Finding | null {
    const asking = investigate(this.ask);
    let step = asking.next([]);
    for (let round = 0; !step.done; round += 1) {
      stopAfter(round, `rule ${symptom.rule}`);
      step = asking.next(step.value.map(() => null));
    }
    return step.value;
  }

  #work<Result>(start: () => Asking<Result>, who: string) {
    return {
      start,
      now: this.#now,
      answer: (need: Need, key: string) => this.#answers.answer(need, key),
      onRound: (round: number) => stopAfter(round, who),
    };
  }
}

/** A finding that was worked out earlier, with the times that are always those of now. */
function asOfNow(finding: Finding, { symptom, isDated }: Detected, at: number): Finding {
  const { lastSeen } = symptom;
  const firstSeen = isDated || finding.firstSeen !== at ? finding.firstSeen : symptom.firstSeen;
  const isSame = lastSeen === finding.lastSeen && firstSeen === finding.firstSeen;
  return isSame ? finding : { ...finding, firstSeen, lastSeen };
}

function stopAfter(round: number, who: string): void {
  if (round === MOST_ROUNDS) throw new Error(`${who} asked ${MOST_ROUNDS} times and came to no end`);
}

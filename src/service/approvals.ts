import type { Approval } from '../chatops/actions.ts';
import { freezeAt } from '../decisions/freeze.ts';
import type { PullRequest } from '../github/host.ts';
import { hasPassed } from '../github/required-checks.ts';
import { bringsTheEdit } from '../lifecycle/branches.ts';
import { ownPullRequest, type Own } from '../lifecycle/own.ts';
import type { ProposalRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import type { RepositoryScans } from './repository-scans.ts';

export interface ApprovalParts {
  readonly scans: RepositoryScans;
  readonly store: Pick<Store, 'proposals' | 'markers' | 'audit' | 'transaction'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Approvals by `/rca approve`. Each is bound to one commit of one pull request; pushing a new one ends it. */
export class Approvals {
  readonly #parts: ApprovalParts;

  constructor(parts: ApprovalParts) {
    this.#parts = parts;
  }

  get #host() {
    return this.#parts.scans.host;
  }

  /** Lets GitHub merge a pull request at this head, once what the repository asks for is there. */
  async give(number: number, head: string, by: string): Promise<Approval> {
    const own = await ownPullRequest(number, { host: this.#host, store: this.#parts.store });
    if (!own?.marker || own.pull.state !== 'open')
      return { kind: 'refused', why: ownText('it is not an open pull request of Faultline') };
    const { pull, marker } = own;
    if (pull.head !== head) return { kind: 'moved-on' };
    const obstacle = await this.#obstacleTo(own);
    if (obstacle) return { kind: 'refused', why: obstacle };
    const requiredChecks = await this.#host.requiredChecks(pull.base);
    const answer = await this.#host.enableAutoMerge(number, head);
    if (answer === 'enabled') {
      await this.#note(pull, { head, by }, { approvedBy: by, key: marker.key });
      return { kind: 'enabled' };
    }
    if (answer !== 'clean') return { kind: 'refused', why: saidBy(answer.refused) };
    if (requiredChecks.length === 0)
      return {
        kind: 'refused',
        why: ownText(
          'the branch requires no check before a merge, so GitHub has nothing to wait for: merge it yourself',
        ),
      };
    const checks = await this.#host.checks(head);
    await this.#note(pull, { head, by, waits: true }, { approvedBy: by, key: marker.key });
    if (!hasPassed(requiredChecks, checks)) return { kind: 'waits-for-check' };
    const merged = await this.#host.merge(number, head);
    if (merged === 'moved-on') return { kind: 'moved-on' };
    return 'refused' in merged ? { kind: 'refused', why: saidBy(merged.refused) } : { kind: 'merged' };
  }

  /**
   * Tries approvals again that wait for a first check, and ends those whose branch has another head by now, whoever wrote it.
   */
  async settle(): Promise<void> {
    const { store } = this.#parts;
    const open = await store.proposals.list({ repository: this.#host.repository, states: ['open'] });
    for (const { approved, pullRequest } of open) {
      const pull = approved && pullRequest !== null ? await this.#host.pullRequest(pullRequest) : null;
      if (!approved || pull?.state !== 'open') continue;
      if (pull.head !== approved.head) await this.#takeBack(pull);
      else if (approved.waits) await this.give(pull.number, approved.head, approved.by);
      else if (!pull.autoMerge) {
        const queue = await this.#host.queueState(pull.number);
        if (queue === 'queued') continue;
        await this.#end(
          pull,
          queue === 'no-queue' ? 'auto-merge was disabled on GitHub' : 'it is no longer in the merge queue',
        );
      }
    }
  }

  async #obstacleTo({ marker, pull }: Own): Promise<Prose | null> {
    const { scans, now } = this.#parts;
    const seen = await scans.resultsOf(marker?.fingerprints ?? []);
    const freeze = freezeAt(scans.config.freeze, now());
    if (freeze) return prose`a freeze is on from ${freeze.from} to ${freeze.to} (${freeze.timezone})`;
    if (marker?.head !== pull.head) return ownText('the branch is not as Faultline wrote it');
    const proposal = seen.find(({ proposal: one }) => one?.key === marker.key)?.proposal;
    if (!proposal) return ownText('the failure has stopped, so nothing is merged for it');
    if (proposal.located.proof.status !== 'proven') return ownText('the change is not proven');
    return (await bringsTheEdit(this.#host, pull.number, proposal, pull.head))
      ? null
      : ownText('its branch brings more than what was proven, or something else');
  }

  /** Once: a person may let GitHub merge it afterwards. */
  async #takeBack(pull: PullRequest): Promise<void> {
    await this.#host.disableAutoMerge(pull.number);
    await this.#end(pull, 'the branch has moved on');
  }

  #end(pull: PullRequest, why: string): Promise<void> {
    return this.#note(pull, null, { approvalEnded: why });
  }

  /** Records an approval, or the end of one; the same one again changes nothing. */
  #note(pull: PullRequest, approved: ProposalRecord['approved'], facts: object): Promise<void> {
    const { store, now } = this.#parts;
    const { repository } = this.#host;
    return store.transaction(async ({ proposals, audit }) => {
      const before = (await proposals.byBranch(repository, pull.branch))?.approved ?? null;
      if (JSON.stringify(before) === JSON.stringify(approved)) return;
      await proposals.change(
        repository,
        pull.branch,
        (known) => known && { ...known, approved, updatedAt: now() },
      );
      await audit.append('merge', { number: pull.number, head: pull.head, ...facts }, now());
    });
  }
}

function saidBy(refusal: string): Prose {
  return prose`GitHub says: ${sentenceOf(refusal.replace(/\.$/, ''))}; it can still be merged by hand`;
}

import type { Given, Subject } from '../chatops/actions.ts';
import { forgetRefusal } from '../lifecycle/refusals.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import type { Replaced } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { plainText, type Untrusted } from '../untrusted/prose.ts';
import type { ActParts } from './act.ts';

/** Snoozed and ignored incidents. */
export class Silences {
  readonly #parts: Pick<ActParts, 'scans' | 'store' | 'now'>;

  constructor(parts: Pick<ActParts, 'scans' | 'store' | 'now'>) {
    this.#parts = parts;
  }

  get #host() {
    return this.#parts.scans.host;
  }

  /** Ends every silence of a subject's incidents, and forgets what GitHub refused for them. */
  end({ fingerprints }: Subject): Promise<void> {
    return this.#parts.store.transaction(async (store) => {
      for (const fingerprint of fingerprints) {
        await store.snoozes.end(fingerprint);
        await store.ignores.end(fingerprint);
        for (const { repository, branch } of await store.proposals.byFingerprint(fingerprint))
          await forgetRefusal(store, repository, branch);
      }
      for (const command of await store.commands.list(this.#host.repository))
        if (command.kind !== 'set' && command.fingerprints.some((one) => fingerprints.includes(one)))
          await store.commands.save({ ...command, isTakenBack: true });
    });
  }

  async snooze(
    subject: Subject,
    until: number,
    by: string,
    reason: Untrusted | null,
    given: Given,
  ): Promise<void> {
    const { store, now } = this.#parts;
    const why = reason === null ? null : plainText(reason);
    await store.transaction(async (part) => {
      await this.#noteSilence(part, 'snooze', subject, by, given);
      for (const fingerprint of subject.fingerprints)
        await part.snoozes.set({ fingerprint, until, by, reason: why, at: now() });
    });
  }

  /** What it takes the place of is kept, so that it can be taken back. */
  async #noteSilence(
    store: Store,
    kind: 'snooze' | 'ignore',
    { fingerprints }: Subject,
    by: string,
    given: Given,
  ): Promise<void> {
    const { repository } = this.#host;
    const known = await store.commands.list(repository, given.thread);
    if (known.some(({ id }) => id === given.id)) return;
    const replaced: Replaced[] = [];
    for (const fingerprint of fingerprints)
      replaced.push({
        snooze: kind === 'snooze' ? await store.snoozes.active(fingerprint, this.#parts.now()) : null,
        ignore: kind === 'ignore' ? await store.ignores.get(fingerprint) : null,
      });
    await store.commands.save({
      ...given,
      repository,
      by,
      kind,
      fingerprints,
      field: null,
      value: null,
      replaced,
      isTakenBack: false,
    });
  }

  async ignore(subject: Subject, by: string, reason: Untrusted, given: Given): Promise<void> {
    const { store, now } = this.#parts;
    const kinds = new Map(
      (await this.#parts.scans.resultsOf(subject.fingerprints)).map(({ incident }) => [
        incident.fingerprint,
        evidenceKinds(incident.finding),
      ]),
    );
    await store.transaction(async (part) => {
      await this.#noteSilence(part, 'ignore', subject, by, given);
      for (const fingerprint of subject.fingerprints) {
        const known = kinds.get(fingerprint) ?? (await part.incidents.get(fingerprint))?.evidenceKinds;
        await part.ignores.set({
          fingerprint,
          by,
          reason: plainText(reason),
          at: now(),
          evidenceKinds: known ?? [],
        });
      }
    });
  }
}

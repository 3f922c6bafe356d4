import type { Own } from './own.ts';
import { anchorOf, noteAnchor, type Run } from './run.ts';
import { statusComment } from './status-comment.ts';
import { findStatus } from './status-line.ts';
import { NOTHING_YET, withEvent, type Event, type KeptStatus, type Merging, type Status } from './status.ts';

/** The status comment of one pull request, during one run: read once, written when what it says changes. */
export class StatusKeeper implements KeptStatus {
  readonly #run: Run;
  readonly #own: Own;
  #comment: { readonly id: number } | null;
  #status: Status;

  private constructor(run: Run, own: Own, found: ReturnType<typeof findStatus>) {
    this.#run = run;
    this.#own = own;
    this.#comment = found;
    this.#status = found?.status ?? NOTHING_YET;
  }

  static async of(run: Run, own: Own): Promise<KeptStatus> {
    const { number } = own.pull;
    const known = run.statuses.get(number);
    if (known) return known;
    const keeper = new StatusKeeper(run, own, await foundStatus(run, own));
    run.statuses.set(number, keeper);
    return keeper;
  }

  get status(): Status {
    return this.#status;
  }

  get comment(): number | null {
    return this.#comment?.id ?? null;
  }

  async say(first: Event, merging: Merging | null = this.#status.merging): Promise<void> {
    await this.sayAll([first], merging);
  }

  async sayAll(events: readonly Event[], merging: Merging | null = this.#status.merging): Promise<void> {
    const told = events.reduce((status, event) => withEvent(status, event, this.#run.now), this.#status);
    await this.become({ ...told, merging });
  }

  async become(status: Status): Promise<void> {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    const { host } = this.#run;
    const { pull, marker } = this.#own;
    const audit = await anchorOf(this.#run);
    const { mergedAt, number, url } = pull;
    const remote = { slug: host.repository, url: url.replace(/\/pull\/\d+$/, '') };
    const body = statusComment({ status, mergedAt, quiet: marker?.quiet ?? 0, remote, audit });
    if (this.#comment) await host.updateComment(this.#comment.id, body);
    else {
      await noteComment(this.#run, this.#own, BEING_MADE);
      this.#comment = await host.comment(number, body);
      await noteComment(this.#run, this.#own, this.#comment.id);
    }
    this.#status = status;
    await noteAnchor(this.#run, number, audit);
  }
}

/** Stands for a comment that is about to be made: whether it was, only GitHub tells. */
const BEING_MADE = 0;

/** By its id, where it is known; else among the comments, unless the record says that none was ever made. */
async function foundStatus(run: Run, own: Own): Promise<ReturnType<typeof findStatus>> {
  const { host, store } = run;
  const { pull } = own;
  const known = await store.proposals.byBranch(host.repository, pull.branch);
  const isThis = known?.pullRequest === pull.number;
  if (isThis && known.statusComment === null) return null;
  if (isThis && known.statusComment !== null && known.statusComment !== BEING_MADE) {
    const comment = await host.commentById(known.statusComment);
    const found = comment && findStatus([comment], host.login);
    if (found) return found;
  }
  const found = findStatus(await host.comments(pull.number), host.login);
  await noteComment(run, own, found?.id ?? null);
  return found;
}

/** Remembers the comment of a pull request of which anything is remembered. */
function noteComment({ host, store, now }: Run, { pull }: Own, statusComment: number | null): Promise<void> {
  return store.proposals.change(host.repository, pull.branch, (known) =>
    known?.pullRequest === pull.number ? { ...known, statusComment, updatedAt: now } : null,
  );
}

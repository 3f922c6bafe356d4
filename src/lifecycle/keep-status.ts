import type { Own } from './own.ts';
import { anchorOf, noteAnchor, type Run } from './run.ts';
import { statusComment } from './status-comment.ts';
import { findStatus, NOTHING_YET, withEvent, type Event, type Merging, type Status } from './status.ts';

/** The status comment of one pull request, during one run: read once, written when what it says changes. */
export class StatusKeeper {
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

  static async of(run: Run, own: Own): Promise<StatusKeeper> {
    const { number } = own.pull;
    const known = run.statuses.get(number);
    if (known) return known;
    const comments = await run.host.comments(number);
    const keeper = new StatusKeeper(run, own, findStatus(comments, run.host.login));
    run.statuses.set(number, keeper);
    return keeper;
  }

  get status(): Status {
    return this.#status;
  }

  /** Id of the comment; null while there is none. */
  get comment(): number | null {
    return this.#comment?.id ?? null;
  }

  /** Says what happened, unless that is what the comment says already; with what is done about merging, where that changed. */
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
    const audit = anchorOf(this.#run);
    const { mergedAt, number, url } = pull;
    const remote = { slug: host.repository, url: url.replace(/\/pull\/\d+$/, '') };
    const body = statusComment({ status, mergedAt, quiet: marker?.quiet ?? 0, remote, audit });
    if (this.#comment) await host.updateComment(this.#comment.id, body);
    else this.#comment = await host.comment(number, body);
    this.#status = status;
    noteAnchor(this.#run, number, audit);
  }
}

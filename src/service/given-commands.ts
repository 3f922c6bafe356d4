import { valuesIn } from '../chatops/given-values.ts';
import type { Host } from '../github/host.ts';
import { ownAmong } from '../lifecycle/own.ts';
import type { ValueAsked } from '../decisions/set-values.ts';
import type { CommandRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** The commands of one thread as they would be with another one, or without one. */
export type CommandsChange = (commands: readonly CommandRecord[], thread: number) => readonly CommandRecord[];

type Kept = Pick<Store, 'commands' | 'cursors' | 'markers' | 'transaction'>;

/**
 * The commands that people gave in one repository. The store knows them; of a pull request that it knows nothing of, because it was lost
 * or never there, the people's own comments tell, once.
 */
export class GivenCommands {
  readonly #host: Host;
  readonly #store: Kept;

  constructor(host: Host, store: Kept) {
    this.#host = host;
    this.#store = store;
  }

  async in(thread: number): Promise<readonly CommandRecord[]> {
    const { repository } = this.#host;
    const { commands, cursors, markers } = this.#store;
    const key = `commands ${repository.toLowerCase()}#${thread}`;
    // Where the store has the marker that Faultline wrote, it was there from the beginning, and has every command.
    const isRead = (await cursors.get(key)) !== null || (await markers.of(repository, [thread])).size > 0;
    if (!isRead) {
      const given = await valuesIn(this.#host, thread);
      await this.#store.transaction(async (store) => {
        // What was carried out while the comments were read is known better.
        const known = new Set((await store.commands.list(repository, thread)).map(({ id }) => id));
        for (const { id, writtenAt, by, field, value } of given)
          if (!known.has(id))
            await store.commands.save({
              repository,
              thread,
              id,
              writtenAt,
              by,
              kind: 'set',
              fingerprints: [],
              field,
              value,
              replaced: [],
              isTakenBack: false,
            });
        await store.cursors.set(key, 'read');
      });
    }
    return commands.list(repository, thread);
  }
}

/** Values that people asked for in open pull requests, in the order in which they did. What descriptions say about them is not believed. */
export async function askedIn(
  host: Host,
  store: Pick<Store, 'markers'>,
  given: GivenCommands,
  change: CommandsChange = (commands) => commands,
): Promise<readonly ValueAsked[]> {
  const own = await ownAmong(await host.ownPullRequests(), { host, store });
  const asked: ValueAsked[] = [];
  for (const { pull, marker, digits, reverts } of own) {
    if (pull.state !== 'open' || reverts !== null || marker === null) continue;
    const commands = change(await given.in(pull.number), pull.number);
    for (const { kind, field, value, isTakenBack } of commands)
      if (kind === 'set' && !isTakenBack && field !== null)
        asked.push({ fingerprints: marker.fingerprints, key: digits, field, value });
  }
  return asked;
}

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { IncomingComment } from '../../../src/chatops/respond.ts';
import type { Installations } from '../../../src/github/installations.ts';
import type { Clock } from '../../../src/github/limits.ts';
import { openStore } from '../../../src/store/sqlite.ts';
import type { OpenStore, Store } from '../../../src/store/store.ts';
import type { Exported, Person, StandIn, StandInRepository } from '../../github/stand-in/interface.ts';
import { startGitHub } from '../../github/stand-in/start.ts';
import { commented } from '../conversation.ts';
import { deployment, recordedCluster } from '../made-service.ts';
import { installationsOf, recordedIn, serviceOn, type ServedOnStandIn } from '../on-stand-in.ts';

export const SLUG = 'acme/infra';

/** A moment of the story, to begin at as often as one likes, until its world ends. */
export interface Moment {
  readonly github: Exported;
  /** The cluster, the store and the mirrors. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly said: readonly IncomingComment[];
}

/** GitHub with one repository, a recorded cluster, and what Faultline has on its disk. */
export class World {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly ana: Person;
  readonly folder: string;
  /** Orders that were given in comments, as GitHub tells of them. */
  readonly said: IncomingComment[];
  readonly #moments: string[] = [];

  private constructor(
    github: StandIn,
    folder: string,
    files: Readonly<Record<string, string>>,
    said: readonly IncomingComment[] = [],
  ) {
    this.github = github;
    this.folder = folder;
    this.said = [...said];
    this.repository = github.repository(SLUG, { files });
    this.ana = github.person('ana', 'write');
  }

  /** @param files beside `apps/cart.yaml` */
  static async begin(files: Readonly<Record<string, string>>, now: number): Promise<World> {
    const github = await startGitHub({ now });
    return new World(github, madeFolder(), { 'apps/cart.yaml': deployment('512Mi'), ...files });
  }

  /** @param now milliseconds since the epoch */
  static async at({ github: from, folder, at, said }: Moment, now = at): Promise<World> {
    const github = await startGitHub({ from, now });
    const copy = madeFolder();
    cpSync(folder, copy, { recursive: true });
    return new World(github, copy, {}, said);
  }

  /** The world as it is now. Nothing may be open in it. */
  moment(): Moment {
    const folder = madeFolder();
    this.#moments.push(folder);
    cpSync(this.folder, folder, { recursive: true });
    return { github: this.github.export(), folder, at: this.github.clock.now(), said: this.said };
  }

  pass(minutes: number): void {
    this.github.clock.advance(minutes * 60_000);
  }

  /** Ana writes a comment on the pull request that was opened first. */
  say(body: string): void {
    const thread = this.said.at(-1)?.thread ?? this.repository.pulls()[0]!.number;
    this.said.push(commented(this.github, thread, this.ana, body));
  }

  async end(): Promise<void> {
    await this.github.close();
    for (const folder of [this.folder, ...this.#moments]) rmSync(folder, { recursive: true, force: true });
  }

  /** Records the cluster again: with this memory limit, and so many kills. */
  record(memory: string, kills: number, files: Readonly<Record<string, string>> = {}): void {
    const all = {
      'snapshot.yaml':
        'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n',
      'cluster/shop.yaml': recordedCluster(memory, kills, '2026-03-01T09:55:00Z'),
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      const file = join(this.folder, 'snapshot', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** What Faultline remembers is lost. */
  loseStore(): void {
    rmSync(join(this.folder, 'state'), { recursive: true, force: true });
  }
}

function madeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'faultline-story-')));
}

/** One process of Faultline, as far as that can be without a process. */
export class Life {
  readonly service: ServedOnStandIn;
  readonly store: Store;
  readonly world: World;
  readonly #close: () => Promise<void>;
  readonly #installations: Installations;
  #closed: Promise<void> | null = null;

  static async begin(world: World): Promise<Life> {
    return new Life(world, await openStore(join(world.folder, 'state/faultline.db')));
  }

  private constructor(world: World, store: OpenStore) {
    this.world = world;
    const { github, folder } = world;
    const clock: Clock = {
      now: github.clock.now,
      // A dead process waits for nothing and does nothing more.
      sleep: (milliseconds) => (this.#closed === null ? this.#pass(milliseconds) : new Promise(() => {})),
    };
    this.#installations = installationsOf(github, clock);
    this.store = store;
    this.#close = () => store.close();
    this.service = serviceOn(github, {
      store: this.store,
      clusters: [recordedIn(join(folder, 'snapshot'))],
      mirrors: join(folder, 'state/mirrors'),
    });
  }

  async #pass(milliseconds: number): Promise<void> {
    this.world.github.clock.advance(milliseconds);
  }

  /** As `faultline serve` begins: it finds out where it is installed. */
  async start(): Promise<void> {
    for (const found of await this.#installations.list())
      this.service.add(await this.#installations.hostFor(found));
  }

  /** Greets where that was not done, hears of all comments (again), and looks. */
  async goOn(): Promise<void> {
    const { said } = this.world;
    await this.service.onboard(SLUG).catch(() => undefined);
    for (const comment of said) await this.service.comment(SLUG, comment).catch(() => undefined);
    await this.service.scan('prod');
  }

  end(): Promise<void> {
    void this.service.queue.stop();
    this.#closed ??= this.#close();
    return this.#closed;
  }
}

import { join } from 'node:path';
import type { ConfigError } from '../config/checked-yaml.ts';
import type { CeilingEntry, Config } from '../config/schema.ts';
import { NO_ORGANISATION, type Organisation } from '../config/organisation.ts';
import { loadConfig } from '../config/load-config.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { noteUse } from '../git/mirror-folder.ts';
import { openMirror, type Mirror } from '../git/mirror.ts';
import type { Repository } from '../git/repository.ts';
import type { Host } from '../github/host.ts';
import type { ImageSource } from '../model/registry-image.ts';
import { openRegistries } from '../registry/open-registries.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { RepositoryContent } from './repository-content.ts';

/** A repository as it is at one moment: the head of its default branch, and what that says about Faultline. */
export interface Checkout {
  readonly repository: Repository;
  readonly revision: Revision;
  readonly renderers: Renderers;
  readonly images: ImageSource;
  readonly config: Config;
  readonly configErrors: readonly ConfigError[];
  /** The files that say what applies, valid or not: the repository's own, what it extends, the organisation's defaults. */
  readonly configFiles: readonly string[];
  readonly content: RepositoryContent;
}

/** What others than the repository say about it. */
export interface CentralPolicy {
  /** As it can be reached now. */
  readonly organisation: () => Organisation;
  readonly ceiling?: readonly CeilingEntry[];
}

interface Opened {
  readonly head: string;
  /** What was read of the organisation's files. */
  readonly central: ReadonlyMap<string, string | null>;
  readonly isReachable: boolean;
  readonly checkout: Checkout;
}

/** One repository's content, in a mirror that is brought up to date when somebody asks. */
export class Workspace {
  readonly #mirror: Mirror;
  readonly #defaultBranch: string;
  readonly #formerly: readonly string[];
  readonly #policy: CentralPolicy;
  #known: Opened | null = null;

  /** @param folder where mirrors are. @param now milliseconds since the epoch */
  constructor(
    host: Host,
    folder: string,
    now: () => number,
    policy: CentralPolicy = { organisation: () => NO_ORGANISATION },
  ) {
    this.#policy = policy;
    this.#defaultBranch = host.defaultBranch;
    this.#formerly = host.formerly ?? [];
    this.#mirror = openMirror({
      folder: join(folder, host.repository.toLowerCase().replace('/', '+')),
      access: (refused) => host.cloneAccess(refused),
      defaultBranch: host.defaultBranch,
      onUse: (home) => noteUse(home, now()),
    });
  }

  /**
   * The default branch as it is on GitHub now; null where it has no commit. What was read of a commit is kept until there is a newer one.
   *
   * @throws FetchError
   */
  async checkOut(): Promise<Checkout | null> {
    await this.#mirror.fetch();
    const found = await this.#mirror.at(this.#defaultBranch);
    if (!found?.head) return null;
    const formerly = this.#formerly;
    const repository = {
      ...found,
      head: found.head,
      remote: found.remote && formerly.length > 0 ? { ...found.remote, formerly } : found.remote,
    };
    const { sha } = repository.head;
    if (!this.#known || !(await this.#isAsBefore(this.#known, sha)))
      this.#known = await this.#open(repository, sha);
    return this.#known.checkout;
  }

  /** A branch as it was last fetched; null without it. */
  at(branch: string): Promise<Repository | null> {
    return this.#mirror.at(branch);
  }

  /** Where each branch pointed to when it was last fetched. */
  branches(): Promise<ReadonlyMap<string, string>> {
    return this.#mirror.branches();
  }

  /** With the head of a pull request, which may be in a fork. @throws FetchError */
  withPullRequest(number: number): Promise<Repository> {
    return this.#mirror.withPullRequest(number);
  }

  /** The files of the organisation may change without the repository. */
  async #isAsBefore({ head, central, isReachable }: Opened, sha: string): Promise<boolean> {
    const { file } = this.#policy.organisation();
    if (head !== sha || isReachable !== (file !== null)) return false;
    for (const [path, text] of central) if ((await file?.(path)) !== text) return false;
    return true;
  }

  async #open(repository: Repository, head: string): Promise<Opened> {
    const central = new Map<string, string | null>();
    const { owner, file } = this.#policy.organisation();
    const read = async (path: string): Promise<string | null> => {
      const text = await file!(path);
      central.set(path, text);
      return text;
    };
    const organisation = { owner, file: file && read };
    const checkout = await this.#checkoutAt(repository, head, organisation);
    return { head, central, isReachable: file !== null, checkout };
  }

  async #checkoutAt(repository: Repository, head: string, organisation: Organisation): Promise<Checkout> {
    const tree = await repository.treeAt(head);
    const { ceiling = [] } = this.#policy;
    const { config, errors, files } = await loadConfig(tree, { organisation, ceiling });
    const renderers = openRenderers(config.charts.pull);
    const images = await openRegistries(config.registries.ask);
    const releases = mappedReleases(config, repository);
    const revision = await Revision.of(tree, renderers, repository.remote, releases);
    const content = new RepositoryContent(this.#mirror, this.#defaultBranch, renderers, config);
    return {
      repository,
      revision,
      renderers,
      images,
      config,
      configErrors: errors,
      configFiles: files,
      content,
    };
  }
}

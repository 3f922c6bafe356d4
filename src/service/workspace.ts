import { join } from 'node:path';
import type { ConfigError } from '../config/checked-yaml.ts';
import type { Config } from '../config/schema.ts';
import { loadConfig } from '../config/load-config.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
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
  readonly content: RepositoryContent;
}

/** One repository's content, in a mirror that is brought up to date when somebody asks. */
export class Workspace {
  readonly #mirror: Mirror;
  readonly #defaultBranch: string;
  readonly #formerly: readonly string[];
  #known: { readonly head: string; readonly checkout: Checkout } | null = null;

  /** @param folder where mirrors are */
  constructor(host: Host, folder: string) {
    this.#defaultBranch = host.defaultBranch;
    this.#formerly = host.formerly ?? [];
    this.#mirror = openMirror({
      folder: join(folder, host.repository.toLowerCase().replace('/', '+')),
      access: (refused) => host.cloneAccess(refused),
      defaultBranch: host.defaultBranch,
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
    if (this.#known?.head !== sha) this.#known = { head: sha, checkout: await this.#open(repository, sha) };
    return this.#known.checkout;
  }

  async #open(repository: Repository, head: string): Promise<Checkout> {
    const tree = await repository.treeAt(head);
    const { config, errors } = await loadConfig(undefined, tree);
    const renderers = openRenderers(config.charts.pull);
    const images = await openRegistries(config.registries.ask);
    const releases = mappedReleases(config, repository);
    const revision = await Revision.of(tree, renderers, repository.remote, releases);
    const content = new RepositoryContent(this.#mirror, this.#defaultBranch, renderers, config);
    return { repository, revision, renderers, images, config, configErrors: errors, content };
  }
}

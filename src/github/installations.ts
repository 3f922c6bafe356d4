import { allPages, PAGE } from './context.ts';
import { orNull } from './errors.ts';
import type { Host } from './host.ts';
import { limitsOf, type Clock } from './limits.ts';
import { hostOf } from './octokit-host.ts';
import type { AppClient } from './tokens.ts';

/** A repository that the App is installed in. */
export interface Installed {
  readonly installation: number;
  readonly owner: string;
  readonly repo: string;
  readonly defaultBranch: string;
}

/** Everything that the App may see, and the hosts for it. */
export class Installations {
  readonly #client: AppClient;
  readonly #clock: Clock;
  #login: Promise<string> | null = null;

  constructor(client: AppClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** `faultline[bot]` */
  login(): Promise<string> {
    const { octokit } = this.#client;
    const calls = limitsOf(octokit, this.#clock).calls('');
    this.#login ??= calls
      .read(() => octokit.rest.apps.getAuthenticated())
      .then((app) => `${app?.slug ?? ''}[bot]`);
    return this.#login;
  }

  /** @throws {HostError} */
  async list(): Promise<readonly Installed[]> {
    const { octokit } = this.#client;
    const calls = limitsOf(octokit, this.#clock).calls('');
    const installations = await allPages((page) =>
      calls.read(() => octokit.rest.apps.listInstallations({ per_page: PAGE, page })),
    );
    const active = installations.filter(({ suspended_at }) => suspended_at === null);
    const found = await Promise.all(active.map(({ id }) => this.in(id)));
    return found.flat();
  }

  /** The repositories of one installation; none where it is gone. */
  async in(installation: number): Promise<readonly Installed[]> {
    const octokit = this.#client.installation(installation);
    const calls = limitsOf(octokit, this.#clock).calls('');
    const repositories = await orNull(
      allPages(async (page) => {
        const found = await calls.read(() =>
          octokit.rest.apps.listReposAccessibleToInstallation({ per_page: PAGE, page }),
        );
        return found.repositories;
      }),
    );
    return (repositories ?? [])
      .filter(({ archived }) => archived !== true)
      .map(({ owner, name, default_branch }) => ({
        installation,
        owner: owner.login,
        repo: name,
        defaultBranch: default_branch,
      }));
  }

  async hostFor({ installation, owner, repo, defaultBranch }: Installed): Promise<Host> {
    const login = await this.login();
    const octokit = this.#client.installation(installation);
    return hostOf(octokit, { owner, repo, login, defaultBranch, clock: this.#clock });
  }
}

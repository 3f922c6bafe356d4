import type { Octokit } from '@octokit/rest';
import { missingPermissions } from './app-permissions.ts';
import { allPages, NO_MEMORY, PAGE, type Memory } from './context.ts';
import { hostErrorOf, orNull } from './errors.ts';
import { HostError } from './host-error.ts';
import type { Host } from './host.ts';
import { limitsOf, type Clock } from './limits.ts';
import { hostOf } from './octokit-host.ts';
import type { AppClient } from './tokens.ts';
import { withinTime } from '../concurrency/time-limit.ts';

/** A repository that the App is installed in, as GitHub lists it now. */
export interface Installed {
  readonly installation: number;
  /** Stays what it is when the repository is renamed or transferred. */
  readonly id: number;
  readonly owner: string;
  readonly repo: string;
  readonly defaultBranch: string;
  /** `disabled`: by GitHub itself. */
  readonly state: 'active' | 'archived' | 'disabled';
  readonly hasIssues: boolean;
  readonly hasPullRequests: boolean;
  /** Whether the installation may write check runs. */
  readonly hasChecks: boolean;
  /** Permissions that Faultline cannot do without and the installation does not have, as `contents: write`. */
  readonly missing: readonly string[];
}

/** An installation that could not be asked, or is suspended. */
export interface Broken {
  readonly installation: number;
  /** Login of the organisation or person. */
  readonly account: string;
  /** GitHub's words, or what kept it from answering. */
  readonly why: string;
}

export interface Listing {
  readonly found: readonly Installed[];
  readonly broken: readonly Broken[];
}

type ListedRepository = Awaited<
  ReturnType<Octokit['rest']['apps']['listReposAccessibleToInstallation']>
>['data']['repositories'][number];
type ListedInstallation = Awaited<ReturnType<Octokit['rest']['apps']['listInstallations']>>['data'][number];

/** So many installations are asked at the same time. */
const AT_ONCE = 8;
/** How long one installation may keep the others waiting, in milliseconds. */
const PATIENCE = 45_000;

/** Everything that the App may see, and the hosts for it. */
export class Installations {
  readonly #client: AppClient;
  readonly #clock: Clock;
  readonly #memory: Memory;
  #login: Promise<string> | null = null;

  constructor(client: AppClient, clock: Clock, memory: Memory = NO_MEMORY) {
    this.#client = client;
    this.#clock = clock;
    this.#memory = memory;
  }

  /** `faultline[bot]` */
  login(): Promise<string> {
    const { octokit } = this.#client;
    const calls = limitsOf(octokit, this.#clock).calls('');
    this.#login ??= calls
      .read(() => octokit.rest.apps.getAuthenticated())
      .then((app) => `${app?.slug ?? ''}[bot]`)
      .catch((error: unknown) => {
        // The next one asks again.
        this.#login = null;
        throw error;
      });
    return this.#login;
  }

  /** The repositories of all installations that answer, without archived ones. @throws {HostError} */
  async list(): Promise<readonly Installed[]> {
    return (await this.listEach()).found.filter(({ state }) => state === 'active');
  }

  /** Lists installation by installation: one that fails is named, and hides none of the others. @throws {HostError} when the App cannot be asked */
  async listEach(): Promise<Listing> {
    const { octokit } = this.#client;
    const calls = limitsOf(octokit, this.#clock).calls('');
    const installations = await allPages((page) =>
      calls.read(() => octokit.rest.apps.listInstallations({ per_page: PAGE, page })),
    );
    const found = new Map<number, readonly Installed[]>();
    const broken: Broken[] = [];
    const waiting = [...installations];
    const next = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const { id } = one;
        const fail = (why: string): void =>
          void broken.push({ installation: id, account: accountOf(one!), why });
        if (one.suspended_at !== null) {
          fail('This installation has been suspended');
          continue;
        }
        try {
          const granted = grantedIn(one.permissions);
          const what = `listing the repositories of ${accountOf(one)}`;
          found.set(id, await withinTime(this.in(id, granted), PATIENCE, what));
        } catch (error) {
          fail(error instanceof HostError ? (error.said ?? error.message) : hostErrorOf(error).message);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    return { found: installations.flatMap(({ id }) => found.get(id) ?? []), broken };
  }

  /** The repositories of one installation; none where it is gone. */
  async in(installation: number, granted: Granted = ALL): Promise<readonly Installed[]> {
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
    return (repositories ?? []).map((repository) => installedIn(installation, repository, granted));
  }

  async hostFor({ installation, id, owner, repo, defaultBranch }: Installed): Promise<Host> {
    const login = await this.login();
    const octokit = this.#client.installation(installation);
    const memory: Memory = {
      get: (key) => this.#memory.get(`${key} of ${id}`),
      set: (key, value) => this.#memory.set(`${key} of ${id}`, value),
    };
    const name = `${owner}/${repo}`;
    const known = ((await memory.get('names')) ?? '').split(' ').filter((one) => one !== '');
    const names = known.includes(name) ? known : [...known, name];
    if (names.length > known.length) await memory.set('names', names.join(' '));
    const formerly = names.length > 1 ? names : [];
    return hostOf(octokit, { owner, repo, login, defaultBranch, formerly, clock: this.#clock, memory });
  }
}

function installedIn(installation: number, repository: ListedRepository, granted: Granted): Installed {
  const { id, owner, name, default_branch, archived, disabled, has_issues } = repository;
  // Not every GitHub tells.
  const hasPullRequests = (repository as { readonly has_pull_requests?: boolean }).has_pull_requests;
  return {
    installation,
    id,
    owner: owner.login,
    repo: name,
    defaultBranch: default_branch,
    state: archived ? 'archived' : disabled ? 'disabled' : 'active',
    hasIssues: has_issues ?? true,
    hasPullRequests: hasPullRequests ?? true,
    ...granted,
  };
}

function accountOf({ id, account }: ListedInstallation): string {
  if (account === null) return `installation ${id}`;
  return 'login' in account ? account.login : String((account as { slug?: string }).slug);
}

/** What an installation may do. */
type Granted = Pick<Installed, 'missing' | 'hasChecks'>;

const ALL: Granted = { missing: [], hasChecks: true };

function grantedIn(permissions: Readonly<Record<string, unknown>>): Granted {
  const missing = missingPermissions(permissions);
  return {
    missing: missing.filter(({ needed }) => needed).map(({ name, level }) => `${name}: ${level}`),
    hasChecks: !missing.some(({ name }) => name === 'checks'),
  };
}

import type { DeliveryRoom } from './webhooks/deliveries.ts';
import type { Account, Installation, Repository, State } from './state.ts';

/** The stand-in from within: what is known, what time it is, and who is told. */
export interface GitHub {
  readonly state: State;
  /** `http://127.0.0.1:4711` */
  readonly url: string;
  readonly lateMergeability: boolean;
  /** What a server of its version has, as the minor of 3.x; null: github.com, which has all. */
  readonly enterprise: number | null;
  /** Lists give no entry beyond this one. */
  readonly listLimit: number;
  readonly secrets: { readonly privateKey: string; readonly webhookSecret: string };
  readonly room: DeliveryRoom;
  now(): number;
  /** Tells the App's webhook. The facts replace those of the example payload. */
  emit(event: string, action: string | null, repository: Repository, facts: Facts): void;
}

export type Facts = Readonly<Record<string, unknown>>;

/** Who does something: a login, and whether through the App under test. */
export interface Doer {
  readonly login: string;
  readonly viaApp: boolean;
}

export function newId(github: GitHub): number {
  github.state.lastId += 1;
  return github.state.lastId;
}

export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

export function apiUrl(github: GitHub, path: string): string {
  return `${github.url}/api/v3${path}`;
}

export function slugOf(repository: Repository): string {
  return `${repository.owner}/${repository.name}`;
}

/** Of the repository, below the API. */
export function repositoryUrl(github: GitHub, repository: Repository, path = ''): string {
  return apiUrl(github, `/repos/${slugOf(repository)}${path}`);
}

/** Of the repository, for people. */
export function pageUrl(github: GitHub, repository: Repository, path = ''): string {
  return `${github.url}/${slugOf(repository)}${path}`;
}

export function accountOf(github: GitHub, login: string): Account | null {
  return github.state.accounts.get(login.toLowerCase()) ?? null;
}

export function madeAccount(
  github: GitHub,
  login: string,
  type: Account['type'] = login.endsWith('[bot]') ? 'Bot' : 'User',
): Account {
  const known = accountOf(github, login);
  if (known !== null) return known;
  const id = newId(github);
  const account: Account = {
    id,
    login,
    type,
    emails: [noReply(id, login), ...(type === 'User' ? [mailOf(login)] : [])],
  };
  github.state.accounts.set(login.toLowerCase(), account);
  return account;
}

/** What somebody's own git has as `user.email`. */
export function mailOf(login: string): string {
  return `${login}@example.com`;
}

export function noReply(id: number, login: string): string {
  return `${id}+${login}@${NOREPLY_HOST}`;
}

/** On an Enterprise Server these addresses are below its own host. */
export const NOREPLY_HOST = 'users.noreply.127.0.0.1';

export function accountByMail(github: GitHub, email: string): Account | null {
  const wanted = email.toLowerCase();
  return (
    [...github.state.accounts.values()].find((account) =>
      account.emails.some((mail) => mail.toLowerCase() === wanted),
    ) ?? null
  );
}

export function repositoryBySlug(github: GitHub, owner: string, name: string): Repository | null {
  return github.state.repositories.get(`${owner}/${name}`.toLowerCase()) ?? null;
}

export function repositoryById(github: GitHub, id: number): Repository {
  const found = [...github.state.repositories.values()].find((repository) => repository.id === id);
  if (found === undefined) throw new Error(`no repository has the id ${id}`);
  return found;
}

export function installationOf(github: GitHub, repository: Repository): Installation | null {
  if (!repository.settings.installed) return null;
  const owner = repository.owner.toLowerCase();
  return [...github.state.installations.values()].find((one) => one.account.toLowerCase() === owner) ?? null;
}

export function botLogin(github: GitHub): string {
  return `${github.state.app.slug}[bot]`;
}

/** Whether this GitHub has what came with Enterprise Server 3.`since`. */
export function has({ enterprise }: GitHub, since: number): boolean {
  return enterprise === null || enterprise >= since;
}

import { accountOf, apiUrl, madeAccount, timeText, type GitHub } from '../github.ts';
import type { Account } from '../state.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A login is an account: those that nobody made are made when they are first named. */
export function userJson(github: GitHub, login: string): Json {
  return accountJson(github, madeAccount(github, login));
}

export function optionalUserJson(github: GitHub, login: string | null): Json | null {
  return login === null ? null : userJson(github, login);
}

function accountJson(github: GitHub, account: Account): Json {
  const path = apiUrl(github, `/users/${encodeURIComponent(account.login)}`);
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${github.url}/avatars/u/${account.id}`,
    gravatar_id: '',
    url: path,
    html_url: `${github.url}/${account.type === 'Bot' ? `apps/${account.login.replace('[bot]', '')}` : account.login}`,
    followers_url: `${path}/followers`,
    following_url: `${path}/following{/other_user}`,
    gists_url: `${path}/gists{/gist_id}`,
    starred_url: `${path}/starred{/owner}{/repo}`,
    subscriptions_url: `${path}/subscriptions`,
    organizations_url: `${path}/orgs`,
    repos_url: `${path}/repos`,
    events_url: `${path}/events{/privacy}`,
    received_events_url: `${path}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** As `GET /users/{username}` and `GET /user` answer. */
export function profileJson(github: GitHub, login: string): Json | null {
  const account = accountOf(github, login);
  if (account === null) return null;
  return {
    ...accountJson(github, account),
    name: account.login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: timeText(0),
    updated_at: timeText(github.now()),
  };
}

/** Ids as GraphQL uses them: `PR_kw12`. */
export function nodeId(kind: string, id: number | string): string {
  return `${kind}_kw${id}`;
}

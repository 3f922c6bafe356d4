import { hostErrorOf, isRefused } from './errors.ts';
import type { AppClient } from './tokens.ts';

export type Permissions = Readonly<Record<string, string>>;

/** What GitHub knows of the App itself. */
export interface Registration {
  readonly slug: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  /** Address of its settings; below it, `/permissions` and `/advanced`. */
  readonly settings: string;
  /** Version of the GitHub Enterprise Server, such as `3.11.4`; null on github.com. */
  readonly enterprise: string | null;
  /** Address of the page that installs it in more repositories. */
  readonly install: string;
}

/** What one organisation or person has granted. */
export interface Grant {
  readonly account: string;
  readonly permissions: Permissions;
  readonly isSuspended: boolean;
  /** Address of the installation's settings. */
  readonly settings: string;
}

export interface Webhook {
  /** Where GitHub delivers to; null where no address is set. */
  readonly url: string | null;
  readonly checksCertificate: boolean;
  /** The newest delivery; null where there has been none. */
  readonly last: Delivered | null;
}

export interface Delivered {
  readonly event: string;
  /** RFC 3339. */
  readonly at: string;
  /** `OK`, or GitHub's words for what went wrong. */
  readonly status: string;
  /** Of the answer; 0 where there was none. */
  readonly code: number;
}

/** @throws {HostError} when GitHub refuses the App's key, or does not answer */
export async function readRegistration({ octokit }: AppClient): Promise<Registration> {
  const { data, headers } = await octokit.rest.apps.getAuthenticated().catch(rethrown);
  if (data === null) throw new Error('GitHub does not say which App this is');
  const { owner, slug = '', html_url: page, permissions, events } = data;
  const login = 'login' in owner ? owner.login : null;
  const isOrganisation = 'type' in owner && owner.type === 'Organization';
  const place = isOrganisation ? `/organizations/${login}/settings/apps` : '/settings/apps';
  return {
    slug,
    permissions: granted(permissions),
    events,
    settings: `${new URL(page).origin}${place}/${slug}`,
    install: `${page}/installations/new`,
    enterprise: versionIn(headers),
  };
}

/** `enterprise-server@3.11.4`; no other GitHub says so. */
function versionIn(headers: object): string | null {
  const said = (headers as Readonly<Record<string, unknown>>)['x-github-enterprise-version'];
  return /^enterprise-server@(\d+(?:\.\d+)*)/.exec(String(said))?.[1] ?? null;
}

/** @throws {HostError} */
export async function readGrants({ octokit }: AppClient): Promise<readonly Grant[]> {
  const { data } = await octokit.rest.apps.listInstallations({ per_page: 100 }).catch(rethrown);
  return data.map(({ id, account, permissions, suspended_at, html_url: settings }) => ({
    account: account !== null && 'login' in account ? account.login : `installation ${id}`,
    permissions: granted(permissions),
    isSuspended: suspended_at !== null,
    settings,
  }));
}

/** @throws {HostError} */
export async function readWebhook({ octokit }: AppClient): Promise<Webhook> {
  // GitHub answers 404 where the App has no webhook.
  const absent = (thrown: unknown): null => {
    const error = hostErrorOf(thrown);
    if (isRefused(error, 404)) return null;
    throw error;
  };
  const [config, deliveries] = await Promise.all([
    octokit.rest.apps.getWebhookConfigForApp().catch(absent),
    octokit.rest.apps.listWebhookDeliveries({ per_page: 1 }).catch(absent),
  ]);
  const [newest] = deliveries?.data ?? [];
  return {
    url: config?.data.url || null,
    checksCertificate: String(config?.data.insecure_ssl ?? '0') === '0',
    last: newest
      ? { event: newest.event, at: newest.delivered_at, status: newest.status, code: newest.status_code }
      : null,
  };
}

function granted(permissions: object): Permissions {
  return Object.fromEntries(
    Object.entries(permissions).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

function rethrown(error: unknown): never {
  throw hostErrorOf(error);
}

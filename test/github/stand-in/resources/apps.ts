import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Attempt } from '../webhooks/deliveries.ts';
import { has, installationOf, repositoryBySlug, slugOf, timeText, botLogin, type GitHub } from '../github.ts';
import { grants } from '../http/authenticate.ts';
import { countedPage, page } from '../http/paging.ts';
import { type Answer, anyRoute, notFound, ok, Refusal, type Call, type Routes } from '../http/route.ts';
import { appJson, installationJson } from '../shapes/apps.ts';
import { repositoryJson } from '../shapes/repositories.ts';
import type { Installation, Permissions, Repository, Token } from '../state.ts';

/** How long an installation token lives. */
const lifetime = 60 * 60 * 1000;

interface WantedToken {
  readonly repositories?: readonly string[];
  readonly repository_ids?: readonly number[];
  readonly permissions?: Permissions;
}

export const appRoutes: Routes = {
  'GET /app': anyRoute((call) => {
    asApp(call);
    return ok({ ...appJson(call.github, 'app'), installations_count: call.github.state.installations.size });
  }),

  // The last step of making an App from a manifest, as Probot's set-up page does; any code will do.
  'POST /app-manifests/{code}/conversions': anyRoute(({ github }) => ({
    status: 201,
    body: {
      ...appJson(github, 'app'),
      client_secret: 'a client secret',
      webhook_secret: github.secrets.webhookSecret,
      pem: github.secrets.privateKey,
    },
  })),

  'GET /app/hook/config': anyRoute((call) => {
    asApp(call);
    return ok({ content_type: 'json', insecure_ssl: '0', secret: '********' });
  }),

  'GET /app/hook/deliveries': anyRoute((call) => {
    asApp(call);
    return deliveriesOf(call);
  }),

  'POST /app/hook/deliveries/{delivery_id}/attempts': anyRoute((call) => {
    asApp(call);
    const { room } = call.github;
    const found = keptAttempts(call.github).find(({ id }) => id === Number(call.params['delivery_id']));
    if (found === undefined) throw notFound();
    room.again(found);
    return { status: 202, body: {} };
  }),

  'GET /app/installations': anyRoute((call) => {
    asApp(call);
    return page(call, [...call.github.state.installations.values()], (one) =>
      installationJson(call.github, one),
    );
  }),

  'GET /app/installations/{installation_id}': anyRoute((call) => {
    asApp(call);
    return ok(installationJson(call.github, installationOfCall(call)));
  }),

  'POST /app/installations/{installation_id}/access_tokens': anyRoute((call) => {
    asApp(call);
    const { github } = call;
    const installation = installationOfCall(call);
    if (installation.suspendedAt !== null) throw new Refusal(403, 'This installation has been suspended');
    const granted = installation.permissions ?? github.state.app.permissions;
    const wanted = call.body as WantedToken;
    const all = repositoriesOf(github, installation);
    const chosen =
      wanted.repositories === undefined && wanted.repository_ids === undefined
        ? null
        : chosenFrom(all, wanted);
    const permissions = wanted.permissions ?? granted;
    for (const [name, level] of Object.entries(permissions)) {
      if (!grants(granted, `${name}:${level}`)) {
        throw new Refusal(422, 'The permissions requested are not granted to this installation.');
      }
    }
    const token = madeToken(github, installation, chosen, permissions);
    return {
      status: 201,
      body: {
        token: token.value,
        expires_at: timeText(token.expiresAt ?? 0),
        permissions,
        repository_selection: 'selected',
        ...(chosen === null ? {} : { repositories: chosen.map((one) => repositoryJson(github, one)) }),
      },
    };
  }),

  'GET /installation/repositories': anyRoute((call) => {
    const { github, actor } = call;
    if (actor.kind !== 'token' || actor.token.installation === null) {
      throw new Refusal(
        403,
        'You must authenticate with an installation access token in order to list repositories for an installation.',
      );
    }
    const { installation, repositories } = actor.token;
    const found = [...github.state.repositories.values()].filter(
      (one) => installationOf(github, one)?.id === installation && (repositories?.includes(one.id) ?? true),
    );
    return countedPage(call, 'repositories', found, (one) => repositoryJson(github, one), {
      repository_selection: 'selected',
    });
  }),

  'GET /repos/{owner}/{repo}/installation': anyRoute((call) => {
    asApp(call);
    const repository = repositoryBySlug(call.github, call.params['owner'] ?? '', call.params['repo'] ?? '');
    const installation = repository === null ? null : installationOf(call.github, repository);
    if (installation === null) throw notFound();
    return ok(installationJson(call.github, installation));
  }),

  'GET /orgs/{org}/installation': anyRoute((call) => ok(ofAccount(call, call.params['org'] ?? ''))),
  'GET /users/{username}/installation': anyRoute((call) =>
    ok(ofAccount(call, call.params['username'] ?? '')),
  ),
};

/** Of Enterprise Server 3.x. */
const DELIVERY_STATUS = 17;
/** GitHub forgets deliveries after three days. */
const deliveriesKept = 3 * 24 * 60 * 60 * 1000;

function keptAttempts(github: GitHub): readonly Attempt[] {
  return github.room.attempts.filter(({ at }) => github.now() - at < deliveriesKept);
}

/** Newest first, in pages that a cursor leads to. */
function deliveriesOf({ github, query, url }: Call): Answer {
  // Older servers take no notice of it.
  const status = has(github, DELIVERY_STATUS) ? query['status'] : undefined;
  const { cursor } = query;
  const size = Number(query['per_page'] ?? 30);
  const isFine = (one: Attempt): boolean => one.status >= 200 && one.status < 400;
  const listed = keptAttempts(github)
    .filter((one) => status === undefined || isFine(one) === (status === 'success'))
    .filter(({ id }) => cursor === undefined || id < Number(cursor.slice(1)))
    .toReversed();
  const shown = listed.slice(0, size);
  const next = new URL(url);
  next.searchParams.set('cursor', `v${shown.at(-1)?.id ?? 0}`);
  return ok(shown.map(deliveryJson), listed.length > size ? { link: `<${next.href}>; rel="next"` } : {});
}

function deliveryJson({ id, letter, at, status, isRedelivery }: Attempt): unknown {
  const numberOf = (of: unknown): number | null => (of as { id?: number } | undefined)?.id ?? null;
  return {
    id,
    guid: letter.id,
    delivered_at: timeText(at),
    redelivery: isRedelivery,
    duration: 0.03,
    status: status === 0 ? 'failed to connect to host' : (STATUS_CODES[status] ?? ''),
    status_code: status,
    event: letter.event,
    action: letter.action,
    installation_id: numberOf(letter.payload['installation']),
    repository_id: numberOf(letter.payload['repository']),
    throttled_at: null,
  };
}

function asApp({ actor }: Call): void {
  if (actor.kind === 'anonymous') throw new Refusal(401, 'A JSON web token could not be decoded');
  if (actor.kind === 'token') throw new Refusal(401, 'A JSON web token could not be decoded');
}

function ofAccount(call: Call, login: string): unknown {
  asApp(call);
  const found = [...call.github.state.installations.values()].find(
    (one) => one.account.toLowerCase() === login.toLowerCase(),
  );
  if (found === undefined) throw notFound();
  return installationJson(call.github, found);
}

function installationOfCall({ github, params }: Call): Installation {
  const installation = github.state.installations.get(Number(params['installation_id']));
  if (installation === undefined) throw notFound();
  return installation;
}

function repositoriesOf(github: GitHub, installation: Installation): readonly Repository[] {
  return [...github.state.repositories.values()].filter(
    (one) => installationOf(github, one)?.id === installation.id,
  );
}

function chosenFrom(
  all: readonly Repository[],
  { repositories = [], repository_ids: ids = [] }: WantedToken,
): readonly Repository[] {
  const byName = repositories.map((name) =>
    all.find((one) => one.name.toLowerCase() === name.toLowerCase() || slugOf(one) === name),
  );
  const found = [...byName, ...ids.map((id) => all.find((one) => one.id === id))];
  if (found.includes(undefined)) {
    throw new Refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return found.filter((one) => one !== undefined);
}

export function madeToken(
  github: GitHub,
  installation: Installation,
  chosen: readonly Repository[] | null,
  permissions: Permissions,
): Token {
  const token: Token = {
    value: `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, '0')}`,
    login: botLogin(github),
    kind: 'installation',
    installation: installation.id,
    repositories: chosen?.map(({ id }) => id) ?? null,
    permissions,
    expiresAt: github.now() + lifetime,
    revoked: false,
  };
  github.state.tokens.set(token.value, token);
  return token;
}

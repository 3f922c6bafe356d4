import { APP_EVENTS, missingPermissions } from '../github/app-permissions.ts';
import { isTooOldEnterprise, LEAST_ENTERPRISE, WITHOUT_RULES } from '../github/enterprise.ts';
import type { Grant, Permissions, Registration, Webhook } from '../github/registration.ts';
import { type Check, failed, type Finding, ok, warning } from './check.ts';

/** What is asked of GitHub. Each method throws where GitHub refuses the credentials or does not answer. */
export interface AskedGitHub {
  registration(): Promise<Registration>;
  grants(): Promise<readonly Grant[]>;
  webhook(): Promise<Webhook>;
}

const PERMISSIONS = 'GitHub permissions';
const WEBHOOKS = 'webhooks';
const ENTERPRISE = 'GitHub Enterprise Server';

/** What the App and each installation may do, compared with app.yml, with the page that grants what is missing. */
export function permissionsCheck(github: Pick<AskedGitHub, 'registration' | 'grants'>): Check {
  return {
    what: PERMISSIONS,
    run: async () => {
      const { slug, permissions, events, settings, install } = await github.registration();
      const lacking = lackingIn(`the App ${slug}`, permissions, `${settings}/permissions`);
      const deaf = APP_EVENTS.filter((event) => !events.includes(event));
      const grants = await github.grants();
      const problems = [
        ...lacking,
        ...(deaf.length === 0
          ? []
          : [
              warning(
                PERMISSIONS,
                `the App ${slug} is not told of ${deaf.join(', ')}`,
                `subscribe to them: ${settings}/permissions`,
              ),
            ]),
        ...(grants.length === 0
          ? [failed(PERMISSIONS, 'the App is installed nowhere', `install it: ${install}`)]
          : []),
        ...grants.flatMap(problemsOf),
      ];
      if (problems.length > 0) return problems;
      return [
        ok(PERMISSIONS, `${slug} has all of app.yml, in ${grants.map(({ account }) => account).join(', ')}`),
      ];
    },
  };
}

function problemsOf({ account, permissions, isSuspended, settings }: Grant): readonly Finding[] {
  if (isSuspended)
    return [failed(PERMISSIONS, `the installation of ${account} is suspended`, `unsuspend it: ${settings}`)];
  return lackingIn(`the installation of ${account}`, permissions, `${settings}/permissions/update`);
}

/** @param page where the missing permissions are granted */
function lackingIn(who: string, permissions: Permissions, page: string): readonly Finding[] {
  return missingPermissions(permissions).map(({ name, level, needed }) => {
    const say = needed ? failed : warning;
    return say(PERMISSIONS, `${who} lacks ${name}: ${level}`, `grant it: ${page}`);
  });
}

/** Whether a GitHub Enterprise Server is new enough; silent on github.com. */
export function enterpriseCheck(github: Pick<AskedGitHub, 'registration'>): Check {
  return {
    what: ENTERPRISE,
    run: async () => {
      const { enterprise } = await github.registration();
      if (enterprise === null) return [];
      if (!isTooOldEnterprise(enterprise)) return [ok(ENTERPRISE, enterprise)];
      return [
        failed(ENTERPRISE, `${enterprise} ${WITHOUT_RULES}`, `upgrade it to ${LEAST_ENTERPRISE} or newer`),
      ];
    },
  };
}

/** Whether GitHub reaches this process, as far as its last delivery tells. */
export function webhookCheck(github: Pick<AskedGitHub, 'registration' | 'webhook'>): Check {
  return {
    what: WEBHOOKS,
    run: async () => {
      const [{ settings }, { url, checksCertificate, last }] = await Promise.all([
        github.registration(),
        github.webhook(),
      ]);
      if (url === null)
        return [failed(WEBHOOKS, 'the App has no webhook address', `set it and tick Active: ${settings}`)];
      const insecure = checksCertificate
        ? []
        : [
            warning(
              WEBHOOKS,
              'GitHub does not verify the certificate',
              `enable SSL verification: ${settings}`,
            ),
          ];
      if (last === null)
        return [
          ...insecure,
          warning(WEBHOOKS, `GitHub has delivered nothing to ${url} yet`, `tick Active: ${settings}`),
        ];
      const { event, at, status, code } = last;
      if (code >= 200 && code < 300)
        return [...insecure, ok(WEBHOOKS, `${url} answered ${code} to the last delivery, ${event} at ${at}`)];
      const answer = code === 0 ? `failed: ${status}` : `was answered ${code} (${status})`;
      return [
        ...insecure,
        failed(
          WEBHOOKS,
          `the last delivery to ${url}, ${event} at ${at}, ${answer}`,
          `make ${url} reach this process, and redeliver: ${settings}/advanced`,
        ),
      ];
    },
  };
}

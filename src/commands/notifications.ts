import { randomUUID } from 'node:crypto';
import { nearestOf } from '../errors/nearest.ts';
import { InputError } from '../errors/input-error.ts';
import type { Json } from '../kubernetes/objects.ts';
import type { Delivery } from '../notifications/message.ts';
import { testMessage } from '../notifications/test-message.ts';
import { printedJson } from '../output/printed-json.ts';
import type { RouteSettings } from '../service/notification-settings.ts';
import { notifierFor } from '../service/open-notifications.ts';
import { loadSettings } from '../service/settings.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';
import { padded } from '../untrusted/display-width.ts';
import { messageOf } from '../errors/error-message.ts';
import { loadEnvFile } from './serve.ts';

export interface NotificationsTestOptions {
  readonly settings: string;
  readonly route?: string;
  readonly output: 'text' | 'json';
}

interface Tried {
  readonly route: string;
  readonly service: RouteSettings['service'];
  /** `failed`: it was not taken, and may be later. `unknown`: it may have arrived. */
  readonly result: 'delivered' | 'refused' | 'failed' | 'unknown';
  readonly problem: string | null;
}

const SERVICES: Readonly<Record<RouteSettings['service'], string>> = {
  'slack-webhook': 'Slack webhook',
  'slack-bot': 'Slack bot',
  teams: 'Teams workflow',
  webhook: 'webhook',
};

/** `faultline notifications test`: one message to each route of the settings, now, quiet hours or not. Exit status 1 where one did not arrive. */
export async function notificationsTestCommand(options: NotificationsTestOptions): Promise<void> {
  loadEnvFile();
  const { routes } = await loadSettings(options.settings, process.env);
  const tried = await Promise.all(meant(routes, options).map(tryRoute));
  process.stdout.write(options.output === 'json' ? printedJson(triedJson(tried)) : triedText(tried));
  if (tried.some(({ result }) => result !== 'delivered')) process.exitCode = 1;
}

/** @throws {InputError} where there is no such route, or none at all */
function meant(
  routes: readonly RouteSettings[],
  { settings, route }: NotificationsTestOptions,
): readonly RouteSettings[] {
  if (routes.length === 0)
    throw new InputError(
      `${settings}: notifications.routes names no route, so that nobody is told: docs/notifications.md has an example`,
    );
  if (route === undefined) return routes;
  const named = routes.filter(({ name }) => name === route);
  if (named.length > 0) return named;
  const known = routes.map(({ name }) => name);
  throw new InputError(`--route ${route}: ${settings} has no route of this name${nearestOf(route, known)}`);
}

async function tryRoute(route: RouteSettings): Promise<Tried> {
  const parts = { environment: process.env, fetch: globalThis.fetch, now: Date.now };
  const { name, service } = route;
  const delivery = await Promise.resolve(
    notifierFor(route.recipient, parts).notify(testMessage(route, randomUUID())),
  )
    // A secret that is not there.
    .catch((error: unknown): Delivery => ({ kind: 'later', problem: messageOf(error), after: null }));
  if (delivery.kind === 'delivered') return { route: name, service, result: 'delivered', problem: null };
  const result = delivery.kind === 'later' ? 'failed' : delivery.kind;
  return { route: name, service, result, problem: plainText(untrusted(delivery.problem)) };
}

function triedJson(tried: readonly Tried[]): Json {
  return {
    version: 1,
    routes: tried.map(({ route, service, result, problem }) => ({ route, service, result, problem })),
  };
}

function triedText(tried: readonly Tried[]): string {
  const widest = Math.max(...tried.map(({ route }) => route.length));
  return tried
    .map(({ route, service, result, problem }) => {
      const said = problem === null ? '' : `: ${problem}`;
      return `${result.padEnd(9)}  ${padded(route, widest)}  ${SERVICES[service]}${said}\n`;
    })
    .join('');
}

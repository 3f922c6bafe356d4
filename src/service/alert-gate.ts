import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { hasLogin, hasToken, isSame, isSignedByFlux, isSignedByPagerDuty } from '../alerts/authentication.ts';
import { deduplicationKeyOf, isEvent, routingKeyOf } from '../alerts/pagerduty.ts';
import { readAlerts } from '../alerts/read-alerts.ts';
import { readGiven, type Given } from '../cluster/prometheus-connection.ts';
import { messageOf } from '../errors/error-message.ts';
import { ALERT_SOURCES, type AlertSource } from '../model/received-alert.ts';
import type { AlertIntake, TakenAlert } from './alert-intake.ts';
import type { AlertCredentials, AlertSettings } from './alert-settings.ts';
import { bodyGate, refuse, type BodyLimits, type Refusal } from './body-gate.ts';
import type { Log } from './log.ts';

export interface AlertGate {
  /** Read for each request: reloading the settings replaces them. */
  readonly settings: () => AlertSettings | null;
  readonly intake: () => Pick<AlertIntake, 'take'>;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly limits?: BodyLimits;
}

/** The largest group of Alertmanager that anybody sends is a few hundred alerts of a kilobyte each. */
const LIMITS: BodyLimits = { one: 5_000_000, all: 20_000_000, milliseconds: 10_000 };

const PATH = '/alerts';

/**
 * Takes alerts at `/alerts/<source>` and hands every other request on to `next`. No body is read of a source without its credentials. The
 * answer says what became of each alert, once all that were taken are on the disk.
 */
export function alertGate(parts: AlertGate, next: RequestListener): RequestListener {
  const gate = bodyGate(parts.limits ?? LIMITS);
  /** Sources whose refusal was logged, until they are let in. */
  const refused = new Set<string>();
  return (request, response) => {
    const { pathname, searchParams } = addressOf(request);
    if (pathname !== PATH && !pathname.startsWith(`${PATH}/`)) return next(request, response);
    const name = pathname.slice(PATH.length + 1);
    pass(request, response, name, searchParams.get('cluster')).catch((error: unknown) => {
      parts.log.error({ source: name.slice(0, 40), problem: messageOf(error) }, 'alerts were not taken');
      refuse(request, response, { status: 500, error: 'it failed; the log says why' });
    });
  };

  async function pass(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    cluster: string | null,
  ): Promise<void> {
    const source = ALERT_SOURCES.find((one) => one === name);
    const credentials = source && parts.settings()?.[source];
    if (source === undefined || credentials === undefined)
      return refuse(request, response, unknownSource(source));
    if (request.method !== 'POST') return refuse(request, response, { status: 405, error: 'expected POST' });
    if (!/^\s*application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      return refuse(request, response, { status: 415, error: 'expected application/json' });
    const isKnown = await isFrom(source, credentials, request);
    if (!isKnown && !maySign(request, credentials)) return unauthorized(request, response, source);

    const body = await gate.read(request, response);
    if ('error' in body) return refuse(request, response, body);
    const payload = parsed(body);
    if (!isKnown && !(await hasSigned(source, credentials, request, body, payload.value)))
      return unauthorized(request, response, source);
    refused.delete(source);
    if (!payload.isJson) return refuse(request, response, { status: 400, error: 'the body is not JSON' });
    const taken = await parts.intake().take(readAlerts(source, payload.value), cluster);
    answer(response, taken, source === 'pagerduty' && isEvent(payload.value) ? payload.value : null);
  }

  function unauthorized(request: IncomingMessage, response: ServerResponse, source: AlertSource): void {
    if (!refused.has(source)) parts.log.warn({ source }, 'alerts without valid credentials were refused');
    refused.add(source);
    refuse(request, response, { status: 401, error: `credentials of ${source} are missing or wrong` });
  }

  /** An empty secret would let everybody in. */
  async function secretOf(source: AlertSource, given: Given): Promise<string> {
    const value = await readGiven(given, parts.environment);
    if (value === '') throw new Error(`a secret of alerts.${source} is empty`);
    return value;
  }

  /** By its headers alone. */
  async function isFrom(
    source: AlertSource,
    { bearer, basic }: AlertCredentials,
    { headers }: IncomingMessage,
  ): Promise<boolean> {
    if (headers.authorization === undefined) return false;
    if (bearer && hasToken(headers, await secretOf(source, bearer))) return true;
    return Boolean(basic && hasLogin(headers, basic.user, await secretOf(source, basic.password)));
  }

  async function hasSigned(
    source: AlertSource,
    { hmac, routingKey }: AlertCredentials,
    { headers }: IncomingMessage,
    body: Buffer,
    payload: unknown,
  ): Promise<boolean> {
    const isSigned = source === 'flux' ? isSignedByFlux : isSignedByPagerDuty;
    if (hmac && isSigned(headers, body, await secretOf(source, hmac))) return true;
    const key = routingKey && routingKeyOf(payload);
    return Boolean(key && isSame(key, await secretOf(source, routingKey)));
  }
}

function addressOf({ url }: IncomingMessage): Pick<URL, 'pathname' | 'searchParams'> {
  const address = `http://faultline${url ?? '/'}`;
  return URL.canParse(address) ? new URL(address) : new URL('http://faultline/');
}

function unknownSource(source: AlertSource | undefined): Refusal {
  return source === undefined
    ? { status: 404, error: `expected ${PATH}/ with one of ${ALERT_SOURCES.join(', ')}` }
    : { status: 404, error: `the settings have no alerts.${source}` };
}

/** Whether the body is worth reading for what only it can show: a signature, or a key in it. */
function maySign({ headers }: IncomingMessage, { hmac, routingKey }: AlertCredentials): boolean {
  if (hmac && (headers['x-signature'] ?? headers['x-pagerduty-signature']) !== undefined) return true;
  return routingKey !== undefined;
}

function parsed(body: Buffer): { readonly isJson: boolean; readonly value: unknown } {
  try {
    return { isJson: true, value: JSON.parse(body.toString('utf8')) };
  } catch {
    return { isJson: false, value: null };
  }
}

/** @param event of PagerDuty, whose senders expect the answers of its Events API; null for all others */
function answer(response: ServerResponse, taken: readonly TakenAlert[], event: unknown): void {
  const wrong = taken.filter(({ status }) => status === 'refused').map(({ message }) => message ?? '');
  const status = wrong.length > 0 ? (event === null ? 422 : 400) : event === null ? 200 : 202;
  const told =
    event === null
      ? {}
      : wrong.length > 0
        ? { status: 'invalid event', message: 'Event object is invalid', errors: wrong }
        : { status: 'success', message: 'Event processed', dedup_key: deduplicationKeyOf(event) };
  const body = JSON.stringify({
    ...told,
    ...(wrong.length > 0 && { error: wrong.join('; ') }),
    alerts: taken,
  });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

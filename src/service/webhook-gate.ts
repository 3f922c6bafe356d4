import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bodyGate, refuse, type BodyLimits } from './body-gate.ts';
import type { Log } from './log.ts';
import { oddityOf } from './webhook-payloads.ts';

/** Filters requests before they reach the server for webhooks. */
export interface WebhookGate {
  readonly secret: string;
  readonly log: Log;
  readonly limits?: BodyLimits;
}

const NEEDED = ['x-github-event', 'x-github-delivery', 'x-hub-signature-256'];

/**
 * Hands on to `next` what can be a webhook. Refused before the body is read: other methods, other content types, no signature, too large a
 * body. A signed payload of an odd shape is logged with its delivery and answered 422. An answer that something failed gives no reason.
 */
export function webhookGate({ secret, log, limits }: WebhookGate, next: RequestListener): RequestListener {
  const gate = bodyGate(limits);
  return (request, response) => void pass(request, response);

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers } = request;
    keepReasonsBack(response);
    if (method === 'GET' || method === 'HEAD') {
      if (hasBody(request)) return refuse(request, response, { status: 400, error: 'no body is expected' });
      return next(request, response);
    }
    if (method !== 'POST') return refuse(request, response, { status: 405, error: 'expected POST' });
    if (!/^\s*application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? ''))
      return refuse(request, response, { status: 415, error: 'expected application/json' });
    const missing = NEEDED.filter((header) => typeof headers[header] !== 'string');
    if (missing.length > 0)
      return refuse(request, response, { status: 400, error: `headers are missing: ${missing.join(', ')}` });

    const body = await gate.read(request, response);
    if ('error' in body) return refuse(request, response, body);
    const answer = isSigned(body, String(headers['x-hub-signature-256']), secret)
      ? answerInstead(String(headers['x-github-event']), body)
      : null;
    if (answer !== null) {
      const facts = { delivery: String(headers['x-github-delivery']).slice(0, 100), part: answer.part };
      log.warn(facts, answer.message);
      return refuse(request, response, { status: answer.status, error: answer.message });
    }
    // Where Probot finds a body that was read already.
    Object.assign(request, { body: body.toString('utf8') });
    next(request, response);
  }
}

interface Answer {
  readonly status: number;
  readonly message: string;
  /** Names of fields, never what is in them. */
  readonly part: string;
}

/** For a delivery that is signed and that nobody behind could handle. */
function answerInstead(event: string, body: Buffer): Answer | null {
  if (!/^[a-z_]{1,100}$/.test(event) || event in {})
    return { status: 202, message: 'ignored an unknown event', part: 'x-github-event' };
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString('utf8'));
  } catch {
    return { status: 400, message: 'a webhook is not JSON', part: 'the payload' };
  }
  const part = oddityOf(event, payload);
  return part === null ? null : { status: 422, message: 'a webhook is not of the shape of its event', part };
}

function isSigned(body: Buffer, signature: string, secret: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** The log says what failed; whoever sent the webhook learns only that something did. */
export function keepReasonsBack(response: ServerResponse): void {
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  const text = JSON.stringify({ error: 'it failed; the log says why' });
  response.writeHead = ((status: number, ...rest: unknown[]): ServerResponse =>
    status === 500
      ? writeHead(500, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      : writeHead(status, ...rest)) as ServerResponse['writeHead'];
  response.end = ((...given: unknown[]): ServerResponse =>
    response.headersSent && response.statusCode === 500 ? end(text) : end(...given)) as ServerResponse['end'];
}

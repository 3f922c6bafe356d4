import { createHash, createHmac } from 'node:crypto';
import type { Delivery, Message, Notifier } from './message.ts';
import { later, post, problemOf, type PostOptions } from './post.ts';

export interface WebhookOptions extends PostOptions {
  readonly url: () => Promise<string>;
  readonly secret: () => Promise<string>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Any program: JSON, signed as https://www.standardwebhooks.com has it. `webhook-id` is the same in every attempt, so that a receiver that
 * remembers it takes each message once; a message that may have arrived is therefore sent again.
 */
export class Webhook implements Notifier {
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  async notify({ id, facts }: Message): Promise<Delivery> {
    const { url, secret, now } = this.#options;
    const body = JSON.stringify({ version: 1, id: idOf(id), ...facts });
    const timestamp = Math.floor(now() / 1000);
    const headers = {
      'webhook-id': idOf(id),
      'idempotency-key': idOf(id),
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(await secret(), idOf(id), timestamp, body),
    };
    const answer = await post({ url: await url(), headers, body }, this.#options);
    if ('kind' in answer) return answer.kind === 'unknown' ? later(answer.problem) : answer;
    const problem = problemOf(answer, now());
    if (problem?.kind === 'unknown') return later(problem.problem);
    return problem ?? { kind: 'delivered', place: null };
  }
}

/** `v1,` and base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`. A secret that begins with `whsec_` is base64 behind that. */
export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** No name of a route or cluster in a header. */
function idOf(id: string): string {
  return `msg_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}

import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { wrongWithWebhook } from '../http/conformity.ts';
import type { Delivery, Webhooks } from '../interface.ts';

/** One attempt to hand over a webhook, as GitHub lists them. */
export interface Attempt {
  readonly id: number;
  readonly letter: Delivery;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** 0 without an answer. */
  readonly status: number;
  readonly isRedelivery: boolean;
}

export interface DeliveryRoom {
  readonly webhooks: Webhooks;
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
  /** Sends what an attempt sent once more. */
  again(attempt: Attempt): void;
  to: string | null;
  /** Something happened: sent at once, unless it is held. */
  post(event: string, payload: Readonly<Record<string, unknown>>): void;
}

type Mutable = { -readonly [Key in keyof Delivery]: Delivery[Key] };

interface Letter extends Mutable {
  readonly text: string;
  readonly signature: string | null;
}

const patience = 10_000;

export function newDeliveryRoom(
  secret: string,
  appId: number,
  host: () => string,
  violations: string[],
  now: () => number = Date.now,
): DeliveryRoom {
  const letters: Letter[] = [];
  const attempts: Attempt[] = [];
  const underway = new Set<Promise<void>>();
  let held: Letter[] | null = null;

  const written = (
    event: string,
    payload: object,
    id: string,
    signature: string | null | undefined,
  ): Letter => {
    const text = JSON.stringify(payload);
    const action = (payload as { readonly action?: unknown }).action;
    const letter: Letter = {
      id,
      event,
      action: typeof action === 'string' ? action : null,
      // As it was when it was sent: later changes do not reach it.
      payload: JSON.parse(text) as Record<string, unknown>,
      status: null,
      attempts: 0,
      text,
      signature: signature === undefined ? signed(secret, text) : signature,
    };
    letters.push(letter);
    return letter;
  };
  const send = (letter: Letter, isRedelivery = false): Promise<void> => {
    const { to } = room;
    if (to === null) return Promise.resolve();
    const sending = carry(to, letter, appId, host()).then((status) => {
      letter.status = status;
      letter.attempts += 1;
      attempts.push({ id: attempts.length + 1, letter, at: now(), status, isRedelivery });
    });
    underway.add(sending);
    return sending.finally(() => underway.delete(sending));
  };

  const room: DeliveryRoom = {
    to: null,
    attempts,
    again({ letter }) {
      void send(letter as Letter, true);
    },
    post(event, payload) {
      const letter = written(event, payload, randomUUID(), undefined);
      const wrong = wrongWithWebhook(event, letter.action, letter.payload);
      violations.push(...wrong.map((one) => `webhook ${event} ${letter.action ?? ''}: ${one}`));
      if (held !== null) held.push(letter);
      else void send(letter);
    },
    webhooks: {
      deliveries: letters,
      hold() {
        held ??= [];
      },
      async release(order = (all) => all) {
        const kept = held ?? [];
        held = null;
        // Each after the last one was answered: the order is the test's.
        for (const { id } of order(kept)) {
          const letter = letters.find((one) => one.id === id);
          if (letter !== undefined) await send(letter);
        }
      },
      async redeliver(id) {
        const letter = letters.find((one) => one.id === id);
        if (letter === undefined) throw new Error(`no delivery ${id}`);
        await send(letter);
        return letter;
      },
      async send(event, payload, options = {}) {
        const letter = written(event, payload, options.id ?? randomUUID(), options.signature);
        await send(letter);
        return letter;
      },
      async settled() {
        while (underway.size > 0) await Promise.allSettled(underway);
      },
    },
  };
  return room;
}

export function signed(secret: string, text: string): string {
  return `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
}

/** The receiver's status; 0 without an answer. */
function carry(to: string, letter: Letter, appId: number, host: string): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(to, {
      method: 'POST',
      agent: false,
      timeout: patience,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(letter.text),
        'user-agent': 'GitHub-Hookshot/stand-in',
        'x-github-delivery': letter.id,
        'x-github-event': letter.event,
        'x-github-hook-id': '1',
        'x-github-hook-installation-target-id': String(appId),
        'x-github-hook-installation-target-type': 'integration',
        'x-github-enterprise-host': host,
        ...(letter.signature === null ? {} : { 'x-hub-signature-256': letter.signature }),
      },
    });
    outgoing.on('response', (response) => {
      response.resume();
      response.on('close', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(0));
    outgoing.end(letter.text);
  });
}

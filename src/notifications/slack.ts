import { toSlack, toSlackText } from '../writers/slack.ts';
import type { Block } from '../model/block.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Delivery, Message, Notifier } from './message.ts';
import { later, post, problemOf, type PostOptions } from './post.ts';

export interface SlackOptions extends PostOptions {
  /** Read for each message, since it may rotate. */
  readonly secret: () => Promise<string>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What both ways of posting say. Slack makes links of nothing, and shows no previews. */
function said(title: Prose, blocks: readonly Block[]) {
  return {
    text: toSlackText(title),
    blocks: toSlack(blocks),
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** An incoming webhook: it can post, and neither change a message nor answer in its thread. The secret is its address. */
export class SlackWebhook implements Notifier {
  readonly #options: SlackOptions;

  constructor(options: SlackOptions) {
    this.#options = options;
  }

  async notify({ title, blocks }: Message): Promise<Delivery> {
    const { secret, now } = this.#options;
    const body = JSON.stringify(said(title, blocks));
    const answer = await post({ url: await secret(), headers: {}, body }, this.#options);
    if ('kind' in answer) return answer;
    return problemOf(answer, now()) ?? { kind: 'delivered', place: null };
  }
}

/** Errors of Slack's API about this message rather than about access or the moment. */
const REFUSED = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'invalid_arguments',
  'invalid_json',
  'json_not_object',
]);
/** The message that was to be changed is not there any more, or not ours. */
const LOST = new Set(['message_not_found', 'thread_not_found', 'cant_update_message', 'edit_window_closed']);

/** An app with a bot token: one message for an incident, which is kept up to date, and what is new in its thread. */
export class SlackBot implements Notifier {
  readonly #options: SlackOptions & { readonly channel: string; readonly api: string };

  constructor(options: SlackOptions & { readonly channel: string; readonly api: string }) {
    this.#options = options;
  }

  async notify(message: Message): Promise<Delivery> {
    const { title, blocks, news, thread } = message;
    if (thread === null) return this.#first(message);
    const { channel, message: ts } = thread;
    // Changing it twice comes to the same, so the news go last.
    const updated = await this.#call('chat.update', { channel, ts, ...said(title, blocks) });
    if (updated.kind === 'lost') return this.#first(message);
    if (updated.kind === 'unknown') return later(updated.problem);
    if (updated.kind !== 'delivered') return updated;
    const posted = await this.#call('chat.postMessage', { channel, thread_ts: ts, ...said(title, news) });
    if (posted.kind === 'lost') return { kind: 'delivered', place: thread };
    return posted.kind === 'delivered' ? { ...posted, place: thread } : posted;
  }

  async #first({ title, blocks }: Message): Promise<Delivery> {
    const { channel } = this.#options;
    const posted = await this.#call('chat.postMessage', { channel, ...said(title, blocks) });
    return posted.kind === 'lost' ? later('the channel takes no message') : posted;
  }

  async #call(
    method: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<Delivery | { readonly kind: 'lost' }> {
    const { api, secret, now } = this.#options;
    const headers = {
      authorization: `Bearer ${await secret()}`,
      'content-type': 'application/json; charset=utf-8',
    };
    const answer = await post(
      { url: `${api}/${method}`, headers, body: JSON.stringify(parameters) },
      this.#options,
    );
    if ('kind' in answer) return answer;
    const problem = problemOf(answer, now());
    if (problem !== null) return problem;
    const { ok, error, channel, ts } = fieldsOf(answer.text);
    if (ok === true)
      return {
        kind: 'delivered',
        place: typeof channel === 'string' && typeof ts === 'string' ? { channel, message: ts } : null,
      };
    const code = typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : 'no answer of Slack';
    if (LOST.has(code)) return { kind: 'lost' };
    return REFUSED.has(code) ? { kind: 'refused', problem: code } : later(code);
  }
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

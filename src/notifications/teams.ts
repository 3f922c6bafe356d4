import { toAdaptiveCard } from '../writers/adaptive-card.ts';
import type { Delivery, Message, Notifier } from './message.ts';
import { post, problemOf, type PostOptions } from './post.ts';

export interface TeamsOptions extends PostOptions {
  /** The address of the workflow, which is its secret. */
  readonly secret: () => Promise<string>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A workflow of Power Automate that posts what it gets ("Post to a channel when a webhook request is received"):
 * https://support.microsoft.com/en-us/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
 */
export class TeamsWorkflow implements Notifier {
  readonly #options: TeamsOptions;

  constructor(options: TeamsOptions) {
    this.#options = options;
  }

  async notify({ blocks }: Message): Promise<Delivery> {
    const { secret, now } = this.#options;
    const card = {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: toAdaptiveCard(blocks),
    };
    const body = JSON.stringify({ type: 'message', attachments: [card] });
    const answer = await post({ url: await secret(), headers: {}, body }, this.#options);
    if ('kind' in answer) return answer;
    return problemOf(answer, now()) ?? { kind: 'delivered', place: null };
  }
}

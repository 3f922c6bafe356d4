import type { Block } from '../model/block.ts';
import type { Prose } from '../untrusted/prose.ts';

/** One message to people or to a program. */
export interface Message {
  /** The same in every attempt to send it, and in no other message. */
  readonly id: string;
  /** One line, which stands for the message where only a line is shown. */
  readonly title: Prose;
  readonly blocks: readonly Block[];
  /** What is new, for where the earlier messages about the incident stand above. */
  readonly news: readonly Block[];
  /** The same for programs, as JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Where the first message about the incident stands; null where there is none that can be changed. */
  readonly thread: Place | null;
}

export interface Place {
  readonly channel: string;
  /** Slack's `ts`. */
  readonly message: string;
}

/** What came of an attempt. Problems name no secret: addresses of webhooks are some. */
export type Delivery =
  /** `place`: where it stands, if later messages can go there. */
  | { readonly kind: 'delivered'; readonly place: Place | null }
  /** It was not delivered, and may be later. `after`: milliseconds that the service asks to wait; null where it does not say. */
  | { readonly kind: 'later'; readonly problem: string; readonly after: number | null }
  /** The service will never take this message. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** It may have been delivered. */
  | { readonly kind: 'unknown'; readonly problem: string };

export interface Notifier {
  notify(message: Message): Promise<Delivery>;
}

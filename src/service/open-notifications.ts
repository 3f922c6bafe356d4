import { readGiven, type Given } from '../cluster/prometheus-connection.ts';
import type { Notifier } from '../notifications/message.ts';
import { Notifications } from '../notifications/notifications.ts';
import { SlackBot, SlackWebhook } from '../notifications/slack.ts';
import { TeamsWorkflow } from '../notifications/teams.ts';
import { Webhook } from '../notifications/webhook.ts';
import type { Observer } from '../observation/observer.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';
import type { Recipient, RouteSettings } from './notification-settings.ts';

interface Parts {
  readonly store: Store;
  readonly log: Log;
  readonly observer: Pick<Observer, 'notified'>;
  readonly environment: NodeJS.ProcessEnv;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The messages of these routes; null where there are none. */
export function openNotifications(routes: readonly RouteSettings[], parts: Parts): Notifications | null {
  if (routes.length === 0) return null;
  const { store, log, observer, now, random } = parts;
  const recipients = new Map(routes.map(({ name, recipient }) => [name, recipient]));
  return new Notifications({
    routes,
    notifierOf: ({ name }) => notifierFor(recipients.get(name)!, parts),
    store,
    now,
    random,
    onSent: ({ name, service }, outcome, { message, problem }) => {
      observer.notified(service, outcome);
      const facts = { route: name, service, message, problem };
      if (outcome === 'delivered') log.info(facts, 'notification sent');
      else if (outcome === 'retried') log.warn(facts, 'notification not sent; it is tried again');
      else log.error(facts, LOST[outcome]);
    },
  });
}

const LOST = {
  refused: 'notification refused; it is not tried again',
  'given-up': 'notification given up after a day',
  unknown: 'notification may have arrived; it is not sent again',
} as const;

/** What posts to a recipient. Its secrets are read for each message. */
export function notifierFor(
  recipient: Recipient,
  { environment, fetch, now }: Pick<Parts, 'environment' | 'fetch' | 'now'>,
): Notifier {
  const read = (given: Given) => (): Promise<string> => readGiven(given, environment);
  switch (recipient.service) {
    case 'slack-webhook':
      return new SlackWebhook({ secret: read(recipient.webhook), fetch, now });
    case 'slack-bot': {
      const { token, channel, api } = recipient;
      return new SlackBot({ secret: read(token), channel, api, fetch, now });
    }
    case 'teams':
      return new TeamsWorkflow({ secret: read(recipient.webhook), fetch, now });
    case 'webhook':
      return new Webhook({ url: read(recipient.url), secret: read(recipient.secret), fetch, now });
  }
}

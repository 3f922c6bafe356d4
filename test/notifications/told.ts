import { onTestFinished } from 'vitest';
import type { Notifier } from '../../src/notifications/message.ts';
import { Notifications, type Sent } from '../../src/notifications/notifications.ts';
import type { Route } from '../../src/notifications/route.ts';
import { SlackBot, SlackWebhook } from '../../src/notifications/slack.ts';
import { TeamsWorkflow } from '../../src/notifications/teams.ts';
import { Webhook } from '../../src/notifications/webhook.ts';
import type { DecisionMade, IncidentOpened, PullRequestOpened } from '../../src/store/entries.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { startChat, type ChatServer } from './chat-server.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** A Wednesday, noon in UTC. */
export const NOON = Date.parse('2026-07-29T12:00:00Z');
export const CART = 'a1b2c3d4e5f60718';

const cart = { kind: 'Deployment', namespace: 'shop', name: 'cart' };

export function openedEntry(change: Partial<IncidentOpened> = {}): IncidentOpened {
  return {
    change: 'opened',
    fingerprint: CART,
    cluster: 'prod-eu',
    rule: 'image-pull',
    cause: 'tag-not-found',
    object: cart,
    culprit: cart,
    team: null,
    foreseen: false,
    firstSeen: NOON - MINUTE,
    summary: 'Container `server` of `Deployment shop/cart` cannot pull its image.',
    ...change,
  };
}

export function decidedEntry(change: Partial<DecisionMade> = {}): DecisionMade {
  return {
    fingerprint: CART,
    cluster: 'prod-eu',
    action: 'propose',
    reason: 'the edit is proven',
    code: null,
    policy: 'policy.default',
    repository: 'acme/infra',
    site: { file: 'apps/cart/deployment.yaml', line: 21 },
    ...change,
  };
}

export function proposedEntry(change: Partial<PullRequestOpened> = {}): PullRequestOpened {
  const { change: _change, team: _team, ...incident } = openedEntry();
  return {
    opened: true,
    repository: 'acme/infra',
    number: 12,
    url: 'https://github.com/acme/infra/pull/12',
    title: 'fix(cart): restore image tag 2.14.3',
    fingerprints: [CART],
    site: { file: 'apps/cart/deployment.yaml', line: 21 },
    incident,
    ...change,
  };
}

/** Routes, the services behind them, and a store that outlives the process. */
export class Told {
  readonly chat: ChatServer;
  readonly store: Store;
  readonly sent: { route: string; sent: Sent; problem: string | null }[] = [];
  now = NOON;
  notifications: Notifications;
  readonly #routes: readonly Route[];
  #timeout = 30_000;

  private constructor(chat: ChatServer, store: Store, routes: readonly Route[]) {
    this.chat = chat;
    this.store = store;
    this.#routes = routes;
    this.notifications = this.#started();
  }

  static async with(route: Partial<Route> = {}, ...more: readonly Partial<Route>[]): Promise<Told> {
    const store = await openMemoryStore();
    onTestFinished(() => store.close());
    const told = new Told(await startChat(), store, [route, ...more].map(routeOf));
    // What was there before anybody asked to be told is not told.
    await told.notifications.fill();
    return told;
  }

  /** On a store that others write to. */
  static async onStore(store: Store): Promise<Told> {
    const told = new Told(await startChat(), store, [routeOf({})]);
    await told.notifications.fill();
    told.now = Date.now();
    return told;
  }

  /** How long an answer may take. */
  impatient(): void {
    this.#timeout = 50;
  }

  restart(): void {
    this.notifications = this.#started();
  }

  async say(
    kind: 'incident' | 'decision' | 'pull-request' | 'verification' | 'issue',
    ...said: readonly object[]
  ): Promise<void> {
    for (const one of said) await this.store.audit.append(kind, { ...one }, this.now);
  }

  /** An incident that gets its pull request at once. */
  async proposed(fingerprint = CART, number = 12): Promise<void> {
    await this.say('incident', openedEntry({ fingerprint }));
    await this.say('decision', decidedEntry({ fingerprint }));
    const { incident, ...rest } = proposedEntry({ fingerprints: [fingerprint], number });
    await this.say('pull-request', { ...rest, incident: { ...incident, fingerprint } });
  }

  /** What the queue would do now. Answers with when it would do more. */
  async run(minutes = 0, route = 'oncall'): Promise<number | null> {
    this.now += minutes * MINUTE;
    await this.notifications.fill();
    return this.notifications.deliver(route);
  }

  outbox(state: string): Promise<readonly unknown[]> {
    return this.store.outbox.open('oncall').then((all) => all.filter((one) => one.state === state));
  }

  #started(): Notifications {
    const { chat, store, sent } = this;
    return new Notifications({
      routes: this.#routes,
      notifierOf: (route) => this.#notifier(route, chat.url),
      store,
      now: () => this.now,
      random: () => 1,
      onSent: (route, result, { problem }) => sent.push({ route: route.name, sent: result, problem }),
    });
  }

  #notifier({ service }: Route, url: string): Notifier {
    const common = { fetch: globalThis.fetch, now: () => this.now, timeout: this.#timeout };
    const secret = async (): Promise<string> => `${url}/hook`;
    const options = {
      get timeout() {
        return common.timeout;
      },
      fetch: common.fetch,
      now: common.now,
    };
    switch (service) {
      case 'slack-webhook':
        return new SlackWebhook({ ...options, secret });
      case 'slack-bot':
        return new SlackBot({
          ...options,
          secret: async () => 'xoxb-1',
          channel: 'C012AB3CD',
          api: `${url}/api`,
        });
      case 'teams':
        return new TeamsWorkflow({ ...options, secret });
      case 'webhook':
        return new Webhook({ ...options, url: secret, secret: async () => 'whsec_c2VjcmV0' });
    }
  }
}

function routeOf(change: Partial<Route>): Route {
  return {
    name: 'oncall',
    service: 'webhook',
    namespaces: null,
    clusters: null,
    severities: ['critical', 'warning'],
    outcomes: ['found', 'escalated', 'proposed', 'merged', 'resolved', 'failed', 'recovered'],
    followUps: true,
    quiet: null,
    digest: null,
    ...change,
  };
}

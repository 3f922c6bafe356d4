import { z } from 'zod';
import type { Given } from '../cluster/prometheus-connection.ts';
import type { Severity, StoryOutcome } from '../model/story.ts';
import { minuteOf, type Route } from '../notifications/route.ts';
import { placedIn, secretSchema } from './prometheus-settings.ts';

/** Where a route's messages go. Addresses of webhooks are secrets. */
export type Recipient =
  | { readonly service: 'slack-webhook'; readonly webhook: Given }
  | { readonly service: 'slack-bot'; readonly token: Given; readonly channel: string; readonly api: string }
  | { readonly service: 'teams'; readonly webhook: Given }
  | { readonly service: 'webhook'; readonly url: Given; readonly secret: Given };

export interface RouteSettings extends Route {
  readonly recipient: Recipient;
}

const TIME = 'a time such as 07:30';
const time = z
  .string({ error: TIME })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: TIME })
  .transform(minuteOf);
const timezone = z
  .string({ error: 'a time zone such as Europe/Berlin' })
  .refine(isTimeZone, { error: 'a time zone such as Europe/Berlin' })
  .default('UTC');
const SEVERITIES: readonly Severity[] = ['critical', 'warning'];
const OUTCOMES: readonly StoryOutcome[] = [
  'found',
  'monitored',
  'declined',
  'escalated',
  'proposed',
  'merged',
  'closed',
  'resolved',
  'failed',
  'recovered',
];
/** What is told where nobody says otherwise: what somebody may have to do something about, and how that ended. */
const USUAL: readonly StoryOutcome[] = OUTCOMES.filter(
  (outcome) => !['monitored', 'declined', 'closed'].includes(outcome),
);
const severities = z.array(z.enum(SEVERITIES, { error: `one of ${SEVERITIES.join(', ')}` })).min(1);
const names = z.array(z.string().min(1)).min(1);
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const route = z
  .strictObject({
    slack: z
      .strictObject({
        webhook: secretSchema.optional(),
        token: secretSchema.optional(),
        channel: z
          .string()
          .regex(/^[A-Z0-9]{3,20}$/, { error: 'the id of a channel, such as C012AB3CD' })
          .optional(),
        api: z.url({ protocol: /^https?$/ }).optional(),
      })
      .refine(
        ({ webhook, token, channel }) => (webhook === undefined ? token && channel : !token && !channel),
        {
          error: 'either webhook, or token and channel',
        },
      )
      .optional(),
    teams: z.strictObject({ webhook: secretSchema }).optional(),
    webhook: z.strictObject({ url: secretSchema, secret: secretSchema }).optional(),
    namespaces: names.optional(),
    clusters: names.optional(),
    severities: severities.default([...SEVERITIES]),
    outcomes: z.array(z.enum(OUTCOMES, { error: `one of ${OUTCOMES.join(', ')}` })).default([...USUAL]),
    followUps: z.boolean({ error: 'true or false' }).optional(),
    quiet: z.strictObject({ from: time, to: time, timezone, except: severities.default([]) }).optional(),
    digest: z
      .strictObject({
        every: z.enum(['day', 'week'], { error: 'day or week' }),
        on: z.enum(WEEKDAYS, { error: `one of ${WEEKDAYS.join(', ')}` }).optional(),
        at: time.default(9 * 60),
        timezone,
      })
      .refine(({ every, on }) => every === 'week' || on === undefined, { error: 'no on beside every: day' })
      .optional(),
  })
  .refine(({ slack, teams, webhook }) => [slack, teams, webhook].filter(Boolean).length === 1, {
    error: 'one of slack, teams and webhook',
  });

export const notificationsSchema = z.strictObject(
  {
    routes: z.record(
      z.string().regex(/^[\w.-]{1,60}$/, { error: 'a name of letters, digits, . - and _' }),
      route,
    ),
  },
  { error: 'a mapping with routes' },
);

/** @param folder what paths are relative to */
export function routesIn(
  given: z.infer<typeof notificationsSchema>,
  folder: string,
): readonly RouteSettings[] {
  return Object.entries(given.routes).map(([name, settings]) => {
    const recipient = recipientOf(settings, folder);
    const { namespaces, clusters, followUps, quiet, digest } = settings;
    return {
      name,
      service: recipient.service,
      recipient,
      namespaces: namespaces ?? null,
      clusters: clusters ?? null,
      severities: settings.severities,
      outcomes: settings.outcomes,
      followUps: followUps ?? (recipient.service === 'slack-bot' || recipient.service === 'webhook'),
      quiet: quiet ?? null,
      digest: digest
        ? {
            days: digest.every === 'week' ? 7 : 1,
            at: digest.at,
            weekday: digest.every === 'week' ? WEEKDAYS.indexOf(digest.on ?? 'monday') : null,
            timezone: digest.timezone,
          }
        : null,
    };
  });
}

function recipientOf({ slack, teams, webhook }: z.infer<typeof route>, folder: string): Recipient {
  if (slack?.webhook) return { service: 'slack-webhook', webhook: placedIn(slack.webhook, folder) };
  if (slack)
    return {
      service: 'slack-bot',
      token: placedIn(slack.token!, folder),
      channel: slack.channel!,
      api: (slack.api ?? 'https://slack.com/api').replace(/\/+$/, ''),
    };
  if (teams) return { service: 'teams', webhook: placedIn(teams.webhook, folder) };
  return {
    service: 'webhook',
    url: placedIn(webhook!.url, folder),
    secret: placedIn(webhook!.secret, folder),
  };
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

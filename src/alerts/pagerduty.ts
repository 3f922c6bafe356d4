import { z } from 'zod';
import type { AlertNames } from '../model/received-alert.ts';
import { alertOf, type Alert } from './alert.ts';
import { single, type Format } from './format.ts';
import { labelsInText, namesInLabels, namesInText } from './names.ts';

/**
 * An event as senders hand it to PagerDuty, with the routing key that tells who sends it. Alertmanager and others can be told to send it here.
 * Source: https://developer.pagerduty.com/docs/send-alert-event
 */
const event = z.object({
  routing_key: z.string(),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().nullish(),
  payload: z
    .object({
      summary: z.string(),
      source: z.string().nullish(),
      timestamp: z.string().nullish(),
      component: z.string().nullish(),
      custom_details: z.unknown(),
    })
    .nullish(),
});

/** What PagerDuty sends of its incidents. Source: https://developer.pagerduty.com/docs/webhooks-overview */
const webhook = z.object({
  event: z.object({
    event_type: z.string(),
    data: z.object({
      id: z.string().nullish(),
      title: z.string().nullish(),
      created_at: z.string().nullish(),
    }),
  }),
});

const FIRING = new Set(['incident.triggered', 'incident.reopened', 'incident.unacknowledged']);

const events = single(event, alertOfEvent);
const webhooks = single(webhook, alertOfWebhook);

export const pagerduty: Format = (payload) => (isEvent(payload) ? events : webhooks)(payload);

/** An event brings its key along; a webhook is signed instead. */
export function isEvent(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'routing_key' in payload;
}

/** The key that came with an event; null where there is none. */
export function routingKeyOf(payload: unknown): string | null {
  const { routing_key: key } = Object(payload) as Readonly<Record<string, unknown>>;
  return typeof key === 'string' ? key : null;
}

/** What an event is known by: PagerDuty makes one up where its sender gave none, and says it. */
export function deduplicationKeyOf(payload: unknown): string | null {
  const { dedup_key: key } = Object(payload) as Readonly<Record<string, unknown>>;
  return typeof key === 'string' && key !== '' ? key : null;
}

function alertOfEvent({ event_action: action, dedup_key: key, payload: told }: z.output<typeof event>) {
  if (action === 'acknowledge') return null;
  const summary = told?.summary ?? '';
  return alertOf({
    source: 'pagerduty',
    id: key || summary || 'event',
    status: action === 'trigger' ? 'firing' : 'resolved',
    title: summary || 'PagerDuty event',
    summary: null,
    startsAt: told?.timestamp,
    names: namesInDetails(told?.custom_details, `${summary}\n${told?.component ?? ''}`),
  });
}

function alertOfWebhook({ event: { event_type: type, data } }: z.output<typeof webhook>): Alert | null {
  const isFiring = FIRING.has(type);
  if (!isFiring && type !== 'incident.resolved') return null;
  const title = data.title ?? '';
  return alertOf({
    source: 'pagerduty',
    id: data.id || title || 'incident',
    status: isFiring ? 'firing' : 'resolved',
    title: title || 'PagerDuty incident',
    summary: null,
    startsAt: data.created_at,
    names: namesInDetails(null, title),
  });
}

/** Details that are labels, then labels that Alertmanager's template prints among them, then what the text names. */
function namesInDetails(details: unknown, text: string): AlertNames {
  const told = Object.entries(typeof details === 'object' && details !== null ? details : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const firing = told.find(([name]) => name === 'firing')?.[1] ?? '';
  const names = namesInLabels({ ...labelsInText(firing), ...Object.fromEntries(told) });
  return names.objects.length > 0 ? names : { ...names, objects: namesInText(text) };
}

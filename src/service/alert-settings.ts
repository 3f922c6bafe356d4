import { z } from 'zod';
import type { Given } from '../cluster/prometheus-connection.ts';
import { ALERT_SOURCES, type AlertSource } from '../model/received-alert.ts';
import { placedIn, secretSchema } from './prometheus-settings.ts';

/** How a source shows that it is the one: each way that is set is enough. Secrets are read again for each request. */
export interface AlertCredentials {
  readonly bearer?: Given | undefined;
  readonly basic?: { readonly user: string; readonly password: Given } | undefined;
  /** What Flux and PagerDuty sign the body with. */
  readonly hmac?: Given | undefined;
  /** What an event for PagerDuty's Events API has as `routing_key`. */
  readonly routingKey?: Given | undefined;
}

/** Sources that are not there may send nothing. */
export type AlertSettings = Readonly<Partial<Record<AlertSource, AlertCredentials>>>;

const bearer = secretSchema.optional();
const basic = z.strictObject({ user: z.string().min(1), password: secretSchema }).optional();
const hmac = secretSchema.optional();

/** A source without credentials could be anybody. */
function ofSource<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(' or ');
  return z
    .strictObject(shape, { error: `a mapping with ${keys}` })
    .refine((given) => Object.keys(given).length > 0, { error: `a mapping with ${keys}` })
    .optional();
}

export const alertsSchema = z.strictObject(
  {
    alertmanager: ofSource({ bearer, basic }),
    grafana: ofSource({ bearer, basic }),
    argocd: ofSource({ bearer, basic }),
    flux: ofSource({ hmac, bearer }),
    pagerduty: ofSource({ hmac, routingKey: secretSchema.optional() }),
  },
  { error: `a mapping of ${ALERT_SOURCES.join(', ')} to their credentials` },
);

/** @param folder what paths are relative to */
export function alertSettingsIn(given: z.infer<typeof alertsSchema>, folder: string): AlertSettings | null {
  const sources = Object.entries(given).flatMap(([source, credentials]) =>
    credentials === undefined ? [] : [[source, placed(credentials, folder)] as const],
  );
  return sources.length === 0 ? null : Object.fromEntries(sources);
}

function placed(credentials: AlertCredentials, folder: string): AlertCredentials {
  const { bearer: token, basic: login, hmac: key, routingKey } = credentials;
  return {
    ...(token && { bearer: placedIn(token, folder) }),
    ...(login && { basic: { user: login.user, password: placedIn(login.password, folder) } }),
    ...(key && { hmac: placedIn(key, folder) }),
    ...(routingKey && { routingKey: placedIn(routingKey, folder) }),
  };
}

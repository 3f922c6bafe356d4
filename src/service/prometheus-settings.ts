import { resolve } from 'node:path';
import { z } from 'zod';
import type { Given, PrometheusConnection } from '../cluster/prometheus-connection.ts';
import { duration } from './duration-setting.ts';

const ADDRESS = { protocol: /^https?$/, error: 'an address that starts with http:// or https://' };
const PATH = z.string({ error: 'the path of a file' }).min(1);

export const secretSchema = z.union(
  [z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }), z.strictObject({ file: z.string().min(1) })],
  { error: '{env: NAME} or {file: path}: secrets are not written into the settings' },
);

const connection = z
  .strictObject({
    url: z.url(ADDRESS),
    bearer: secretSchema.optional(),
    basic: z.strictObject({ user: z.string().min(1), password: secretSchema }).optional(),
    tenant: z.string().min(1).optional(),
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.union([z.string(), secretSchema])).optional(),
    tls: z
      .strictObject({
        ca: PATH.optional(),
        cert: PATH.optional(),
        key: PATH.optional(),
        serverName: z.string().min(1).optional(),
      })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
        error: 'cert and key together',
      })
      .optional(),
    labels: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).optional(),
    queries: z
      .record(z.string().regex(/^[A-Za-z_:][\w:]*$/), z.string({ error: 'a query in PromQL' }).trim().min(1))
      .optional(),
    parameters: z.record(z.string().min(1), z.string({ error: 'a text' })).optional(),
    limits: z
      .strictObject({
        timeout: duration.optional(),
        scan: duration.optional(),
        requests: z.int().min(1).max(100_000).optional(),
        sideBySide: z.int().min(1).max(64).optional(),
      })
      .optional(),
  })
  .refine(({ bearer, basic }) => bearer === undefined || basic === undefined, {
    error: 'either bearer or basic',
  });

/** An address, or how it is reached. */
export const prometheusSchema = z.preprocess(
  (given) => (typeof given === 'string' ? { url: given } : given),
  connection,
);

/** @param folder what paths are relative to */
export function connectionIn(given: z.infer<typeof prometheusSchema>, folder: string): PrometheusConnection {
  const { url, bearer, basic, tenant, headers, tls, labels, queries, parameters, limits = {} } = given;
  const bounds = Object.entries(limits).filter(([, value]) => value !== undefined);
  const placed = (value: Given): Given => placedIn(value, folder);
  return {
    url,
    ...(bearer && { bearer: placed(bearer) }),
    ...(basic && { basic: { user: basic.user, password: placed(basic.password) } }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(headers && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, placed(value)])),
    }),
    ...(tls && {
      tls: {
        ...(tls.ca === undefined ? {} : { ca: resolve(folder, tls.ca) }),
        ...(tls.cert === undefined ? {} : { cert: resolve(folder, tls.cert) }),
        ...(tls.key === undefined ? {} : { key: resolve(folder, tls.key) }),
        ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      },
    }),
    ...(labels && { labels }),
    ...(queries && { queries }),
    ...(parameters && { parameters }),
    ...(bounds.length > 0 && { limits: Object.fromEntries(bounds) }),
  };
}

/** A file's path is relative to the folder. */
export function placedIn(value: Given, folder: string): Given {
  return typeof value === 'object' && 'file' in value ? { file: resolve(folder, value.file) } : value;
}

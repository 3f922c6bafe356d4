import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { ceilingSchema, placedCeiling } from '../config/ceiling.ts';
import type { CeilingEntry } from '../config/schema.ts';
import { describeConfigError, parseChecked, type Written } from '../config/checked-yaml.ts';
import { notificationsSchema, routesIn, type RouteSettings } from './notification-settings.ts';
import { alertSettingsIn, alertsSchema, type AlertSettings } from './alert-settings.ts';
import { DURATION, duration } from './duration-setting.ts';
import { explanationIn, explanationSchema } from './explanation-settings.ts';
import type { ExplanationSettings } from '../explanation/endpoint.ts';
import { connectionIn, prometheusSchema } from './prometheus-settings.ts';
import type { PrometheusConnection } from '../cluster/prometheus-connection.ts';
import { WRITE_PAUSE } from '../github/limits.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { InputError } from '../errors/input-error.ts';

/**
 * The settings of one `faultline serve`: which clusters it scans, and for which repositories. Each repository's `.github/faultline.yml` says
 * what may be proposed there; the environment says how to reach GitHub, as for every Probot app.
 */
export interface Settings {
  readonly clusters: readonly ClusterSettings[];
  /** Milliseconds between two scans of a cluster. */
  readonly interval: number;
  /** Milliseconds between two polls of GitHub; null where webhooks arrive. */
  readonly polling: number | null;
  /** Milliseconds from one write to GitHub to the next. */
  readonly writePause: number;
  /** `required`: a repository without a configuration is offered one, and nothing else is opened there. */
  readonly onboarding: 'required' | 'none';
  /** Who may send alerts; null where nobody may. */
  readonly alerts: AlertSettings | null;
  /** The language model that explains errors of applications; null where none is asked. */
  readonly explanation: ExplanationSettings | null;
  /** The most that any configuration may allow. */
  readonly ceiling: readonly CeilingEntry[];
  /** Who is told of incidents, and of which. */
  readonly routes: readonly RouteSettings[];
  /** Where the store and the mirrors of repositories are. */
  readonly folder: string;
  /** Bytes on disk that the mirrors may take together; null for any. */
  readonly mostMirrored: number | null;
  /** `faultline-service.yml:7`, where the file sets what is at a path; null where the default holds. */
  readonly placeOf: (path: readonly string[]) => string | null;
}

export interface ClusterSettings {
  readonly name: string;
  /** What alerts call it beside; left out: nothing else. */
  readonly aliases?: readonly string[];
  readonly source:
    | {
        readonly kind: 'live';
        readonly context: string;
        readonly prometheus: PrometheusConnection | null;
        /** Where kinds are watched that may not be watched everywhere. */
        readonly namespaces?: readonly string[];
      }
    | { readonly kind: 'recorded'; readonly path: string };
  /** Those that deploy to the cluster, as `owner/name`; null for all that the App is installed in. */
  readonly repositories: readonly string[] | null;
}

/** A first start has no webhook that reaches it. Where nothing has changed, asking does not count against the rate limit. */
const POLLING = 60_000;

const SIZE = 'a size such as 20Gi';
/** Less would be used up by one repository. */
const LEAST_SIZE = 2 ** 20;

const size = z
  .union([z.string(), z.number()], { error: SIZE })
  .transform((text) => parseQuantity(text) ?? 0)
  .refine((bytes) => bytes >= LEAST_SIZE, { error: `${SIZE}, of 1Mi or more` });

const MAPPING = { error: 'a mapping of keys to values' };
const REPOSITORY = 'owner/name';
const NAME = 'a name';
const NAMESPACE = 'the name of a namespace';

const cluster = z
  .strictObject(
    {
      context: z.string({ error: 'the name of a kubeconfig context' }).min(1).optional(),
      snapshot: z.string({ error: 'the path of a recorded cluster' }).min(1).optional(),
      prometheus: prometheusSchema.optional(),
      namespaces: z
        .array(
          z.string({ error: NAMESPACE }).regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: NAMESPACE }),
          {
            error: 'a list of namespaces',
          },
        )
        .min(1, { error: 'a list of namespaces' })
        .optional(),
      aliases: z
        .array(z.string({ error: NAME }).min(1, { error: NAME }), { error: 'a list of names' })
        .optional(),
      repositories: z
        .array(z.string({ error: REPOSITORY }).regex(/^[\w.-]+\/[\w.-]+$/, { error: REPOSITORY }), {
          error: 'a list of repositories',
        })
        .optional(),
    },
    MAPPING,
  )
  .refine(({ context, snapshot }) => (context === undefined) !== (snapshot === undefined), {
    error: 'either context or snapshot',
  })
  .refine(({ prometheus, snapshot }) => prometheus === undefined || snapshot === undefined, {
    path: ['prometheus'],
    error: 'no prometheus beside snapshot, which brings its own metrics',
  })
  .refine(({ namespaces, snapshot }) => namespaces === undefined || snapshot === undefined, {
    path: ['namespaces'],
    error: 'no namespaces beside snapshot, which has those that were recorded',
  });

export const settingsSchema = z.strictObject(
  {
    clusters: z.record(z.string(), cluster, MAPPING),
    interval: duration.default(60_000),
    polling: z.union([duration, z.literal('off')], { error: `${DURATION}, or off` }).default(POLLING),
    writePause: z.union([duration, z.literal('off')], { error: `${DURATION}, or off` }).default(WRITE_PAUSE),
    onboarding: z.enum(['required', 'none'], { error: 'required or none' }).default('required'),
    alerts: alertsSchema.optional(),
    ceiling: ceilingSchema.default([]),
    notifications: notificationsSchema.optional(),
    explanation: explanationSchema.optional(),
    folder: z.string({ error: 'the path of a folder' }).min(1).optional(),
    mirrors: z.strictObject({ maxBytes: size.optional() }, MAPPING).optional(),
  },
  MAPPING,
);

/** @throws {InputError} with each error's line; paths are relative to the file. */
export function parseSettings(text: string, file: string, environment: NodeJS.ProcessEnv): Settings {
  const checked = parseChecked(settingsSchema, text, file);
  if (checked.value === null) throw new InputError(checked.errors.map(describeConfigError).join('\n'));
  const { value, written } = checked;
  const here = dirname(resolve(file));
  return {
    clusters: Object.entries(value.clusters).map(
      ([name, { context, snapshot, prometheus, namespaces, repositories, aliases }]) => ({
        name,
        ...(aliases && { aliases }),
        source:
          snapshot === undefined
            ? {
                kind: 'live',
                context: context!,
                prometheus: prometheus === undefined ? null : connectionIn(prometheus, here),
                ...(namespaces && { namespaces }),
              }
            : { kind: 'recorded', path: resolve(here, snapshot) },
        repositories: repositories ?? null,
      }),
    ),
    interval: value.interval,
    onboarding: value.onboarding,
    alerts: value.alerts === undefined ? null : alertSettingsIn(value.alerts, here),
    explanation: value.explanation === undefined ? null : explanationIn(value.explanation),
    ceiling: placedCeiling(value.ceiling, file, written),
    routes: value.notifications === undefined ? [] : routesIn(value.notifications, here),
    polling: value.polling === 'off' ? null : value.polling,
    writePause: value.writePause === 'off' ? 0 : value.writePause,
    mostMirrored: value.mirrors?.maxBytes ?? null,
    folder: value.folder === undefined ? defaultFolder(environment) : resolve(here, value.folder),
    placeOf: (path) => placeIn(written, path, file),
  };
}

/** A text in place of a mapping, as an address in place of how it is reached, says all that the mapping would. */
function placeIn(written: Written, path: readonly string[], file: string): string | null {
  let value = written.value;
  for (const [depth, key] of path.entries()) {
    if (!isRecord(value)) return depth === 0 ? null : `${file}:${written.placeOf(path.slice(0, depth)).line}`;
    if (!Object.hasOwn(value, key)) return null;
    value = value[key];
  }
  return `${file}:${written.placeOf(path).line}`;
}

/** @throws {InputError} where there is no such file, or it names no cluster */
export async function loadSettings(file: string, environment: NodeJS.ProcessEnv): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InputError(
      `--settings ${file}: cannot be read. It names the clusters to scan: docs/running.md has an example`,
      { cause },
    );
  });
  const settings = parseSettings(text, file, environment);
  if (settings.clusters.length === 0) throw new InputError(`${file}: clusters names no cluster`);
  return settings;
}

/** `$XDG_STATE_HOME/faultline`, where `faultline audit` reads too. */
function defaultFolder(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'faultline');
}

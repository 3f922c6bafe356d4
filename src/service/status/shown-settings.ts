import type { Config } from '../../config/schema.ts';
import { isRecord } from '../../kubernetes/objects.ts';
import type { ShownSetting } from '../../status-page/views.ts';
import type { RouteSettings } from '../notification-settings.ts';
import type { ClusterSettings, Settings } from '../settings.ts';

/** Settings whose texts are no secrets, whatever they are. The text of any other is hidden. */
const OPEN = new Set([
  'aliases',
  'at',
  'ceiling',
  'channel',
  'clusters',
  'context',
  'every',
  'except',
  'folder',
  'from',
  'labels',
  'mode',
  'model',
  'namespaces',
  'on',
  'onboarding',
  'outcomes',
  'queries',
  'repositories',
  'severities',
  'snapshot',
  'tenant',
  'timezone',
  'to',
  'tokenVariable',
  'user',
]);

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** In milliseconds. */
const DURATIONS = new Set(['interval', 'polling', 'scan', 'timeout', 'writePause']);

/** The settings of the process, named as the file names them, with the line that says each. A secret is told by where it is read from. */
export function serviceSettings(settings: Settings): readonly ShownSetting[] {
  return Object.entries(asWritten(settings))
    .flatMap(([key, value]) => flat(value, [key]))
    .map(({ path, value }) => ({
      name: path.join('.'),
      value,
      origin: settings.placeOf(path) ?? 'built-in default',
    }));
}

function asWritten(settings: Settings): Readonly<Record<string, unknown>> {
  const { clusters, interval, polling, writePause, onboarding, folder, mostMirrored } = settings;
  const { routes, alerts, explanation, ceiling } = settings;
  return {
    clusters: Object.fromEntries(clusters.map((cluster) => [cluster.name, clusterAsWritten(cluster)])),
    interval,
    polling,
    writePause,
    onboarding,
    ceiling,
    alerts,
    notifications:
      routes.length === 0
        ? null
        : { routes: Object.fromEntries(routes.map((route) => [route.name, routeAsWritten(route)])) },
    explanation,
    folder,
    mirrors: { maxBytes: mostMirrored },
  };
}

function clusterAsWritten({ source, aliases, repositories }: ClusterSettings): Told {
  if (source.kind === 'recorded') return { snapshot: source.path, aliases, repositories };
  const { context, prometheus, namespaces } = source;
  return { context, prometheus, namespaces, aliases, repositories };
}

function routeAsWritten(route: RouteSettings): Told {
  const { recipient, namespaces, clusters, severities, outcomes, followUps, quiet, digest } = route;
  const { service, ...to } = recipient;
  return {
    [service.startsWith('slack') ? 'slack' : service]: to,
    namespaces,
    clusters,
    severities,
    outcomes,
    followUps,
    quiet: quiet && { ...quiet, from: clockText(quiet.from), to: clockText(quiet.to) },
    digest: digest && {
      every: digest.days === 7 ? 'week' : 'day',
      on: digest.weekday === null ? undefined : WEEKDAYS[digest.weekday],
      at: clockText(digest.at),
      timezone: digest.timezone,
    },
  };
}

/** Minutes since midnight. */
function clockText(minutes: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** What it means that nothing is set. */
const NOTHING: Readonly<Record<string, string>> = {
  clusters: 'all',
  maxBytes: 'any size',
  namespaces: 'all',
  polling: 'off',
  repositories: 'all',
};

type Told = Readonly<Record<string, unknown>>;

interface Flat {
  readonly path: readonly string[];
  readonly value: string;
}

/** @param key the last name on the way that is a setting, not a name that somebody chose */
function flat(value: unknown, path: readonly string[], key = path.at(-1)!): readonly Flat[] {
  const one = (text: string): readonly Flat[] => [{ path, value: text }];
  if (value === undefined) return [];
  if (value === null) return one(NOTHING[key] ?? 'none');
  if (typeof value === 'number') return one(DURATIONS.has(key) ? durationText(value) : String(value));
  if (typeof value === 'boolean') return one(String(value));
  if (typeof value === 'string') return one(textOf(value, key));
  if (Array.isArray(value)) return one(listText(value, key));
  if (!isRecord(value)) return [];
  const [only, ...rest] = Object.entries(value);
  if (only !== undefined && rest.length === 0 && (only[0] === 'env' || only[0] === 'file'))
    return one(
      only[0] === 'env' ? `from the variable ${String(only[1])}` : `from the file ${String(only[1])}`,
    );
  return Object.entries(value).flatMap(([name, inner]) =>
    flat(inner, [...path, name], settingOf(name, path)),
  );
}

/** Mappings whose keys somebody chose: what stands below one of them is another setting again. */
function settingOf(name: string, path: readonly string[]): string {
  const above = path.at(-1)!;
  return above === 'labels' || above === 'queries' ? above : name;
}

function textOf(value: string, key: string): string {
  if (OPEN.has(key)) return value;
  if ((key !== 'url' && key !== 'api') || !URL.canParse(value)) return '***';
  // What is behind the host may be a secret too.
  const { protocol, host, pathname } = new URL(value);
  return `${protocol}//${host}${pathname === '/' ? '' : '/…'}`;
}

function listText(values: readonly unknown[], key: string): string {
  if (values.length === 0) return 'none';
  return values
    .map((one) =>
      typeof one === 'string'
        ? textOf(one, key)
        : isRecord(one) && key === 'ceiling'
          ? inOneLine({ ...one, place: undefined })
          : '…',
    )
    .join(', ');
}

function durationText(milliseconds: number): string {
  if (milliseconds === 0) return 'off';
  if (milliseconds % 60_000 === 0) return `${milliseconds / 60_000} min`;
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** The configuration of one repository, setting by setting, with the line that says it. @param isValid false where errors left only monitoring */
export function configurationSettings(config: Config, isValid: boolean): readonly ShownSetting[] {
  const { places, ceiling = [], extends: _extends, ...settings } = config;
  const own = Object.entries(settings).flatMap(([key, value]) => written(value, key));
  return [
    ...own.map(({ name, value }) => {
      const place = places?.get(name) ?? places?.get(`${name}[0]`) ?? null;
      const isForced = !isValid && name.startsWith('policy');
      const origin = isForced
        ? 'errors in the configuration'
        : place === null
          ? 'built-in default'
          : `${place.file}:${place.line}`;
      return { name, value, origin };
    }),
    ...ceiling.map(({ place, ...entry }, index) => ({
      name: `ceiling[${index}]`,
      value: inOneLine(entry),
      origin: `settings of the service, line ${place.line}`,
    })),
  ];
}

/** Mappings that one line of a file says as a whole. */
const WHOLE = /^(?:policy\.default|clusters\.[^.]+|.*\[\d+\])$/;

type Named = Pick<ShownSetting, 'name' | 'value'>;

/** A mapping setting by setting, a list of mappings item by item. */
function written(value: unknown, name: string): readonly Named[] {
  if (value === undefined) return [];
  const isOfMappings = Array.isArray(value) && value.some(isRecord);
  if (isOfMappings) return value.flatMap((item, index) => written(item, `${name}[${index}]`));
  if (isRecord(value) && Object.keys(value).length > 0 && !WHOLE.test(name))
    return Object.entries(value).flatMap(([key, inner]) => written(inner, `${name}.${key}`));
  return [{ name, value: inOneLine(value) }];
}

function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `[${value.map(inOneLine).join(', ')}]`;
  if (!isRecord(value)) return String(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return entries.length === 0
    ? 'none'
    : `{${entries.map(([key, inner]) => `${key}: ${inOneLine(inner)}`).join(', ')}}`;
}

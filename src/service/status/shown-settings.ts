import type { Config } from '../../config/schema.ts';
import { isRecord } from '../../kubernetes/objects.ts';
import type { ShownSetting } from '../../status-page/views.ts';
import type { Settings } from '../settings.ts';

/** Settings whose texts are no secrets, whatever they are. The text of any other is hidden. */
const OPEN = new Set([
  'aliases',
  'ceiling',
  'clusters',
  'context',
  'folder',
  'kind',
  'labels',
  'mode',
  'name',
  'namespaces',
  'onboarding',
  'path',
  'polling',
  'queries',
  'repositories',
  'tenant',
  'user',
]);

/** In milliseconds. */
const DURATIONS = new Set(['interval', 'polling', 'writePause']);

/** The settings of the process. A secret is told by where it is read from. */
export function serviceSettings(settings: Settings): readonly ShownSetting[] {
  const { clusters, ...others } = settings;
  return [
    ...Object.entries(others).flatMap(([key, value]) => flat(value, [key])),
    ...clusters.flatMap(({ name, ...cluster }) =>
      Object.entries(cluster).flatMap(([key, value]) => flat(value, ['clusters', name, key], key)),
    ),
  ].map((one) => ({ ...one, origin: '' }));
}

/** What it means that nothing is set. */
const NOTHING: Readonly<Record<string, string>> = { polling: 'off', repositories: 'all' };

type Flat = Pick<ShownSetting, 'name' | 'value'>;

/** @param key the last name on the way that is a setting, not a name that somebody chose */
function flat(value: unknown, path: readonly string[], key = path.at(-1)!): readonly Flat[] {
  const one = (text: string): readonly Flat[] => [{ name: path.join('.'), value: text }];
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
    flat(inner, [...path, name], isNaming(key) ? key : name),
  );
}

/** Mappings whose keys somebody chose. */
function isNaming(key: string): boolean {
  return key === 'labels' || key === 'queries';
}

function textOf(value: string, key: string): string {
  if (OPEN.has(key)) return value;
  if (key !== 'url' || !URL.canParse(value)) return '***';
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

/** A mapping setting by setting, a list of mappings item by item. */
function written(value: unknown, name: string): readonly Flat[] {
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

import { failures as allFailures } from '../config/failures.ts';
import type { Place } from '../config/schema.ts';
import type { Explained, ExplainedCluster, ExplainedMode } from '../decisions/explained.ts';
import type { Ceiling } from '../decisions/policy.ts';
import type { Json } from '../kubernetes/objects.ts';
import { displayWidth, padded } from '../untrusted/display-width.ts';
import { joinProse, ownText, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';

/** What `config explain` found, beside what the files say. */
export interface ExplainedObject extends Explained {
  /** Where the annotation stands in git, by whose it is: `workload`, `namespace`; left out where no line is known. */
  readonly annotations: Readonly<Partial<Record<'workload' | 'namespace', Place>>>;
  /** What could not be found out. */
  readonly notes: readonly string[];
}

export function explainedJson(explained: ExplainedObject): Json {
  const { object, clusters, settings, freezes, errors, notes } = explained;
  return {
    version: 1,
    object: { kind: object.kind, namespace: object.namespace, name: object.name },
    clusters: clusters.map(({ cluster, modes }) => ({
      cluster,
      modes: modes.map(({ failures, mode, minConfidence, limits }) => ({
        failures: [...failures],
        mode,
        minConfidence,
        limits: limits.map((limit) => ({
          what: limit.label.replace(/ \(mode: [a-z-]+\)$/, ''),
          mode: limit.mode,
          place: placeJson(placeOf(limit, explained)),
        })),
      })),
    })),
    settings: settings.map(({ path, value, place }) => ({ path, value, place: placeJson(place) })),
    freezes: freezes.map(({ from, to, timezone, isOn, place }) => ({
      from,
      to,
      timezone,
      isOn,
      place: placeJson(place),
    })),
    errors: errors.map(({ file, line, column, message }) => ({
      file,
      line,
      column,
      message: plainText(untrusted(message)),
    })),
    notes: notes.map((note) => plainText(untrusted(note))),
  };
}

/** The same for people: for each mode the lines that limit it, the one that decides first. */
export function explainedText(explained: ExplainedObject): string {
  const { object, clusters, settings, freezes, errors, notes } = explained;
  const where = object.namespace === null ? prose`` : prose` in namespace ${object.namespace}`;
  const rows: Row[] = [
    ...clusters.flatMap((one) => clusterRows(one, explained)),
    [],
    [ownText('settings')],
    ...settings.map(({ path, value, place }): Row => [prose`  ${path}: ${String(value)}`, placeText(place)]),
    [],
    [freezes.length === 0 ? ownText('freeze: none') : ownText('freeze')],
    ...freezes.map(({ from, to, timezone, isOn, place }): Row => [
      prose`  ${ownText(isOn ? 'on' : 'off')}, from ${from} to ${to} (${timezone})`,
      placeText(place),
    ]),
  ];
  const problems = errors.map(
    ({ file, line, column, message }) => prose`error: ${`${file}:${line}:${column}`}: ${message}`,
  );
  const end = [...problems, ...notes.map((note) => prose`note: ${note}`)];
  return [
    plainText(prose`${`${object.kind}/${object.name}`}${where}`),
    ...aligned(rows),
    ...(end.length === 0 ? [] : ['', ...end.map(plainText)]),
    '',
  ].join('\n');
}

type Row = readonly Prose[];

function clusterRows({ cluster, modes }: ExplainedCluster, explained: ExplainedObject): readonly Row[] {
  const where = cluster === null ? prose`` : prose` in cluster ${cluster}`;
  return modes.flatMap((mode, index) => [
    [],
    [
      prose`${ownText(mode.mode)}${confidence(mode)}${where}, for ${failuresText(mode.failures, index, modes.length)}`,
    ],
    ...mode.limits.map((limit, at): Row => [
      prose`  ${ownText(at === 0 ? 'decides' : 'also   ')}  ${limit.source}: ${ownText(limit.mode)}`,
      limit.annotated !== null && placeOf(limit, explained) === null
        ? ownText('in the cluster; no line of this repository is known')
        : placeText(placeOf(limit, explained)),
    ]),
  ]);
}

function confidence({ minConfidence }: ExplainedMode): Prose {
  return minConfidence === null ? prose`` : prose` from a confidence of ${minConfidence}`;
}

/** More are counted. */
const MOST_NAMED = 6;

function failuresText(ids: readonly string[], index: number, groups: number): Prose {
  if (groups === 1 && ids.length === allFailures.length) return ownText('all failures');
  if (index === 0 && ids.length > MOST_NAMED) return ownText('all failures that are not named below');
  const named = joinProse(
    ids.slice(0, MOST_NAMED).map((id) => prose`${id}`),
    ', ',
  );
  return ids.length > MOST_NAMED ? prose`${named} and ${ids.length - MOST_NAMED} more` : named;
}

function placeOf({ annotated, place }: Ceiling, { annotations }: ExplainedObject): Place | null {
  return annotated === null ? place : (annotations[annotated] ?? null);
}

function placeText(place: Place | null): Prose {
  return place === null ? ownText('built in') : prose`${`${place.file}:${place.line}`}`;
}

function placeJson(place: Place | null): Json {
  return place && { file: place.file, line: place.line, column: place.column, path: place.path };
}

/** The second column begins in one place. */
function aligned(rows: readonly Row[]): readonly string[] {
  const texts = rows.map((row) => row.map(plainText));
  const width = Math.max(
    0,
    ...texts.filter(({ length }) => length > 1).map(([first]) => displayWidth(first!)),
  );
  return texts.map(([first = '', second]) =>
    second === undefined ? first : `${padded(first, width)}  ${second}`,
  );
}

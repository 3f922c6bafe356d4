/**
 * `helm` of an Argo CD source (https://argo-cd.readthedocs.io/en/stable/user-guide/helm/).
 *
 * The chart's own values come first, then `valueFiles` in their order, `valuesObject` or else `values`, and `parameters`. Argo CD
 * calls `helm template` with them, which lets every `--set` win over every file and every `--set-string` over every `--set`.
 */
import { decode } from '../../edits/edit.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import { isRecord, type Json } from '../../kubernetes/objects.ts';
import { realPath } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Reading, Source, Written } from './argo-reading.ts';
import { placeIn, valueFiles } from './argo-value-files.ts';
import { versionsOf } from './argo-versions.ts';
import { expanded } from './build-variables.ts';
import { isEmpty, literally, mappingIn, recordOf, recordsOf, repositoryPath, textOf } from './fields.ts';
import type { ChartContent, ValuesInput } from './plan.ts';

export function helmContent(
  source: Source,
  chart: ChartContent['chart'],
  namespace: string | null,
  reading: Reading,
): ChartContent {
  const { obstacles } = reading;
  const at = `${source.name}.helm`;
  const options = recordOf(source.fields['helm'], at, obstacles);
  const text = (field: string): string | null => textOf(options[field], `${at}.${field}`, obstacles);
  const release = {
    name: text('releaseName') ?? reading.application.metadata.name,
    namespace: text('namespace') ?? namespace ?? 'default',
  };
  const { files, unknown } = valueFiles(source, options, chart, reading);
  const place = placeIn(source, reading.written);
  const values = [
    ...files,
    ...inlineValues(options, at, chart, place, reading),
    ...parameters(options, at, place, reading),
    ...fileParameters(options, at, chart, reading),
  ];
  const versions = versionsOf(options, at, obstacles);
  return {
    kind: 'chart',
    chart,
    release,
    values,
    ...versions,
    ...(unknown.length > 0 ? { unknownValues: unknown } : {}),
  };
}

/**
 * `valuesObject` counts alone where there is one, an empty one too. A chart of the repository that is given neither can take
 * values for this Application alone.
 */
function inlineValues(
  options: Readonly<Record<string, unknown>>,
  at: string,
  chart: ChartContent['chart'],
  place: Written,
  { obstacles }: Reading,
): readonly ValuesInput[] {
  const { valuesObject } = options;
  if (valuesObject !== undefined && valuesObject !== null) {
    const values = recordOf(valuesObject, `${at}.valuesObject`, obstacles) as Readonly<Record<string, Json>>;
    return layersOf(values, ['helm', 'valuesObject'], place);
  }
  const text = textOf(options['values'], `${at}.values`, obstacles);
  const room = text === null && chart.kind === 'folder' ? place(['helm', 'valuesObject']) : null;
  if (room !== null) return [{ kind: 'inline', values: {}, at: room }];
  if (text === null) return [];
  const values = mappingIn(text);
  if (values === null) {
    obstacles.push(`${at}.values, which is not a mapping`);
    return [];
  }
  return [{ kind: 'inline', values, at: place(['helm', 'values']) }];
}

/** Values that stand in the declaring object, and apart from them those that it does not say in these words. */
function layersOf(
  values: Readonly<Record<string, Json>>,
  at: ConcretePath,
  place: Written,
): readonly ValuesInput[] {
  const whole = place(at);
  if (whole !== null || isEmpty(values)) return [{ kind: 'inline', values, at: whole }];
  let base: ConcretePath | null = null;
  const [here, elsewhere] = parted(values, at);
  const layers: readonly ValuesInput[] = [
    { kind: 'inline', values: elsewhere, at: null },
    { kind: 'inline', values: here, at: base },
  ];
  return layers.filter((layer) => layer.kind !== 'inline' || Object.keys(layer.values).length > 0);

  function parted(
    mapping: Readonly<Record<string, Json>>,
    path: ConcretePath,
  ): readonly [Record<string, Json>, Record<string, Json>] {
    const [stated, others]: [[string, Json][], [string, Json][]] = [[], []];
    for (const [key, value] of Object.entries(mapping)) {
      const below = [...path, key];
      const found = place(below);
      if (found !== null) {
        base = found.slice(0, found.length - (below.length - at.length));
        stated.push([key, value]);
      } else if (isRecord(value) && !isEmpty(value)) {
        const [inner, rest] = parted(value as Readonly<Record<string, Json>>, below);
        if (Object.keys(inner).length > 0) stated.push([key, inner]);
        if (Object.keys(rest).length > 0) others.push([key, rest]);
      } else others.push([key, value]);
    }
    return [Object.fromEntries(stated), Object.fromEntries(others)];
  }
}

function parameters(
  options: Readonly<Record<string, unknown>>,
  at: string,
  place: Written,
  { obstacles, variables }: Reading,
): readonly ValuesInput[] {
  const sets = new Map<string, Extract<ValuesInput, { kind: 'set' }>>();
  for (const [index, parameter] of recordsOf(
    options['parameters'],
    `${at}.parameters`,
    obstacles,
  ).entries()) {
    const here = `${at}.parameters[${index}]`;
    const name = textOf(parameter['name'], `${here}.name`, obstacles);
    if (name === null) obstacles.push(`${here} without a name`);
    const written = textOf(parameter['value'], `${here}.value`, obstacles) ?? '';
    const asString = parameter['forceString'] === true;
    const value = listEscaped(expanded(written, variables, `${here}.value`, obstacles));
    const stands = written.includes('$') ? null : place(['helm', 'parameters', index, 'value']);
    // Of one name, the last of each sort counts.
    const key = JSON.stringify([asString, name]);
    sets.delete(key);
    sets.set(key, { kind: 'set', name: name ?? '', value, asString, at: stands });
  }
  const all = [...sets.values()];
  return [...all.filter(({ asString }) => !asString), ...all.filter(({ asString }) => asString)];
}

/** The longest argument of a program, less some for escaping. */
const LONGEST_PARAMETER = 50_000;

/** Files that are handed on as parameters: manifests are in the tree already, other texts have to be loaded. */
export function parameterFiles({ fields }: Source, tree: Tree): readonly string[] {
  const options = recordOf(fields['helm'], 'helm', []);
  return recordsOf(options['fileParameters'], 'fileParameters', []).flatMap(({ path }) => {
    const written = typeof path === 'string' ? repositoryPath(path, String(fields['path'] ?? '.')) : null;
    const file = written === null ? null : realPath(tree, written);
    return file !== null && tree.entry(file)?.kind === 'file' ? [file] : [];
  });
}

/** `--set-file`: the text of a file beside the chart, which wins over all other parameters. */
function fileParameters(
  options: Readonly<Record<string, unknown>>,
  at: string,
  chart: ChartContent['chart'],
  { tree, obstacles, variables }: Reading,
): readonly ValuesInput[] {
  return recordsOf(options['fileParameters'], `${at}.fileParameters`, obstacles).flatMap(
    (parameter, index) => {
      const here = `${at}.fileParameters[${index}]`;
      const name = textOf(parameter['name'], `${here}.name`, obstacles);
      const written = textOf(parameter['path'], `${here}.path`, obstacles);
      const path = written === null ? null : expanded(written, variables, `${here}.path`, obstacles);
      const isBeside = path !== null && chart.kind === 'folder' && !/^\$|^[a-z][a-z0-9+.-]*:/i.test(path);
      const inTree = isBeside ? repositoryPath(path, chart.path) : null;
      const file = inTree === null ? null : realPath(tree, inTree);
      const content = file !== null && tree.entry(file)?.kind === 'file' ? tree.read(file) : undefined;
      const text = content && decode(content);
      if (
        name === null ||
        file === null ||
        typeof text !== 'string' ||
        text.length > LONGEST_PARAMETER ||
        text.includes('\0')
      ) {
        obstacles.push(here);
        return [];
      }
      return [{ kind: 'set', name, value: literally(text), asString: true, at: null, file }];
    },
  );
}

/** Helm takes a value apart at commas; Argo CD means that for lists in braces only. */
function listEscaped(value: string): string {
  return value.startsWith('{') && value.endsWith('}') ? value : value.replace(/(?<!\\),/g, '\\,');
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PlainTools } from './plain-tools.ts';
import { listOf, mappingOf, type Mapping } from './recipe.ts';
import { isMapping, valuesIn, valueAt, type RenderedThing, type Value } from './rendered.ts';
import type { RepositoryCopy } from './repository-copy.ts';

/*
 * The Applications of an ApplicationSet, made without the product's own templates: Go templates are filled in by Helm itself,
 * the older `{{name}}` form by replacing text.
 */

/** The Applications, or why they are not known. */
export async function elementsOf(
  set: RenderedThing,
  copy: RepositoryCopy,
  tools: PlainTools,
): Promise<readonly RenderedThing[] | string> {
  const spec = mappingOf(valueAt(set.value, ['spec']));
  const isGo = spec['goTemplate'] === true;
  const parameters: Mapping[] = [];
  for (const generator of listOf(spec['generators']).map(mappingOf)) {
    const made = parametersOf(generator, copy, isGo);
    if (typeof made === 'string') return made;
    parameters.push(...made);
  }
  if (spec['templatePatch'] !== undefined) return 'templatePatch';
  const template = mappingOf(spec['template']);
  const filled = isGo
    ? await filledByHelm(template, parameters, tools)
    : parameters.map((one) => filledByName(template, flat(one)) as Mapping);
  if (typeof filled === 'string') return filled;
  return filled.flatMap((value): RenderedThing[] => {
    const name = valueAt(value, ['metadata', 'name']);
    if (typeof name !== 'string') return [];
    const namespace = set.namespace;
    return [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace, name, value }];
  });
}

function parametersOf(generator: Mapping, copy: RepositoryCopy, isGo: boolean): readonly Mapping[] | string {
  const { selector, ...kinds } = generator;
  if (selector !== undefined) return 'selector of a generator';
  const [kind] = Object.keys(kinds);
  const body = mappingOf(kind === undefined ? undefined : generator[kind]);
  if (kind !== undefined && isMapping(body['template'])) return 'template of a generator';
  switch (kind) {
    case 'list':
      return typeof body['elementsYaml'] === 'string'
        ? 'elementsYaml'
        : listOf(body['elements']).map(mappingOf);
    case 'git':
      return gitParameters(body, copy, isGo);
    case 'matrix': {
      const [first, second] = listOf(body['generators']).map((one) =>
        parametersOf(mappingOf(one), copy, isGo),
      );
      if (typeof first === 'string') return first;
      if (typeof second === 'string') return second;
      if (JSON.stringify(body).includes('{{')) return 'matrix that fills one generator into the other';
      return (first ?? []).flatMap((one) => (second ?? []).map((other) => ({ ...one, ...other })));
    }
    default:
      return `${kind ?? 'no'} generator`;
  }
}

function gitParameters(body: Mapping, copy: RepositoryCopy, isGo: boolean): readonly Mapping[] | string {
  if (JSON.stringify(body).includes('{{')) return 'templates in a generator';
  const values = mappingOf(body['values']);
  const more: Mapping = Object.keys(values).length === 0 ? {} : { values };
  const [directories, files] = ['directories', 'files'].map((key) => listOf(body[key]).map(mappingOf));
  if (directories!.length > 0) {
    const all = [...new Set(copy.files.flatMap((file) => foldersAbove(file)))].sort();
    return chosen(all, directories!)
      .filter((path) => !/(^|\/)\./.test(path))
      .map((path) => ({ ...pathParameters(path, path, isGo), ...more }));
  }
  return chosen(copy.files, files!).flatMap((file) =>
    (valuesIn(copy.read(file)) ?? [])
      .flatMap((value) => (Array.isArray(value) ? (value as readonly Value[]) : [value]))
      .map((value) => ({ ...mappingOf(value), ...pathParameters(dirname(file), file, isGo), ...more })),
  );
}

function chosen(paths: readonly string[], rules: readonly Mapping[]): readonly string[] {
  const matching = (isOut: boolean): readonly RegExp[] =>
    rules
      .filter(({ exclude }) => (exclude === true) === isOut)
      .map(({ path }) =>
        patternOf(
          String(path)
            .replace(/^\.?\//, '')
            .replace(/\/$/, ''),
        ),
      );
  const [kept, left] = [matching(false), matching(true)];
  return paths.filter((path) => kept.some((one) => one.test(path)) && !left.some((one) => one.test(path)));
}

function patternOf(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|\*|\?|[.+^${}()|[\]\\]/g, (part) =>
    part.startsWith('**') ? '(?:.*)' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : `\\${part}`,
  );
  return new RegExp(`^${source}$`);
}

function pathParameters(folder: string, file: string, isGo: boolean): Mapping {
  const segments = folder.split('/');
  const normal = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9-]/g, '-')
      .replace(/^-+|-+$/g, '');
  const named = {
    basename: basename(folder),
    basenameNormalized: normal(basename(folder)),
    ...(file === folder ? {} : { filename: basename(file), filenameNormalized: normal(basename(file)) }),
  };
  if (isGo) return { path: { path: folder, segments, ...named } };
  return {
    path: folder,
    ...Object.fromEntries(Object.entries(named).map(([key, value]) => [`path.${key}`, value])),
    ...Object.fromEntries(segments.map((segment, index) => [`path[${index}]`, segment])),
  };
}

function foldersAbove(file: string): readonly string[] {
  const segments = dirname(file).split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/')).filter((path) => path !== '.');
}

/** Nested keys with dots between them, as the older form names them. */
function flat(value: Mapping, prefix = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]): [string, string][] =>
      isMapping(item) ? Object.entries(flat(item, `${prefix}${key}.`)) : [[`${prefix}${key}`, String(item)]],
    ),
  );
}

function filledByName(value: Value, parameters: Readonly<Record<string, string>>): Value {
  if (typeof value === 'string')
    return value.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (whole, name: string) => parameters[name] ?? whole);
  if (Array.isArray(value)) return value.map((item: Value) => filledByName(item, parameters));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      String(filledByName(key, parameters)),
      filledByName(item, parameters),
    ]),
  );
}

/** Every text of the template is filled in by a chart of its own; Helm has the functions that Argo CD has, but for one. */
async function filledByHelm(
  template: Mapping,
  parameters: readonly Mapping[],
  tools: PlainTools,
): Promise<readonly Mapping[] | string> {
  const texts: string[] = [];
  collect(template, texts);
  const items = texts.map((text) => {
    const usable = text.replace(/\bnormalize\b/g, 'include "normalized"');
    return `{{ tpl ${JSON.stringify(usable)} . | toJson }}`;
  });
  const folder = mkdtempSync(join(tmpdir(), 'faultline-corpus-set-'));
  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: set\nversion: 1.0.0\n');
    writeFileSync(join(folder, 'values.yaml'), JSON.stringify({ elements: parameters }));
    writeFileSync(
      join(folder, 'templates', 'filled.yaml'),
      `{{- define "normalized" }}{{ . | lower | replace "_" "-" | replace "." "-" }}{{ end -}}
apiVersion: v1
kind: Filled
metadata: {name: filled}
elements:
{{- range .Values.elements }}
- [${items.join(', ')}]
{{- end }}
`,
    );
    const output = await tools.template(folder, { name: 'set', namespace: 'default' }, []);
    const [filled] = output.kind === 'failed' ? [] : (valuesIn(output.text) ?? []);
    if (filled === undefined) return 'template that Helm does not fill in';
    return listOf(valueAt(filled, ['elements'])).map((element) => {
      const left = listOf(element).map(String);
      return replacedTexts(template, () => left.shift() ?? '') as Mapping;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function collect(value: Value, texts: string[]): void {
  if (typeof value === 'string') texts.push(value);
  else if (Array.isArray(value)) for (const item of value as readonly Value[]) collect(item, texts);
  else if (isMapping(value)) for (const item of Object.values(value)) collect(item, texts);
}

function replacedTexts(value: Value, next: () => string): Value {
  if (typeof value === 'string') return next();
  if (Array.isArray(value)) return value.map((item: Value) => replacedTexts(item, next));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replacedTexts(item, next)]));
}

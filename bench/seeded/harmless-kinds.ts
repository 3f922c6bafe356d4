import { type Breakage, type Ground, type Kind, scalarWritten, workloadsIn } from './breakage.ts';
import { joined } from './reference-kinds.ts';
import { podSpecPathOf, referencesIn } from './references.ts';
import {
  before,
  type Json,
  lineOfValue,
  type Path,
  type Source,
  valueAt,
  withScalar,
  written,
} from './sources.ts';

function harmless(name: string, candidates: (ground: Ground) => readonly (() => Breakage | null)[]): Kind {
  return { name: `${name} (harmless)`, finds: null, candidates };
}

function changed(what: string, files: Breakage['files']): Breakage {
  return { what, files, right: () => [], shows: (rendered) => rendered !== null };
}

function lineBefore(
  name: string,
  of: (ground: Ground) => readonly Source[],
  path: Path,
  lines: readonly string[],
): Kind {
  return harmless(name, (ground) =>
    of(ground).map((source) => () => {
      const result = before(source, path, lines);
      return result && changed(`${source.file}: ${lines.join(' ')}`, { [source.file]: result.text });
    }),
  );
}

function containerPaths(source: Source): readonly Path[] {
  const at = [...podSpecPathOf(source.value)!, 'containers'];
  return [...(valueAt(source.value, at) ?? []).keys()].map((index) => [...at, index]);
}

function inContainers(
  name: string,
  make: (source: Source, path: Path, value: Json) => Breakage | null,
): Kind {
  return harmless(name, (ground) =>
    workloadsIn(ground).flatMap((source) =>
      containerPaths(source).map((path) => () => make(source, path, valueAt(source.value, path))),
    ),
  );
}

const always: Breakage['shows'] = (rendered) => rendered !== null;

/** A ConfigMap and all who read it get another name. */
function renamedTogether(): Kind {
  return harmless('ConfigMap renamed with all its readers', (ground) =>
    ground.manifests
      .filter(({ value }) => value.kind === 'ConfigMap')
      .map((source) => (): Breakage | null => {
        const { name } = source.value.metadata;
        const other = `${name}-two`;
        const places = ground.manifests.flatMap((one) => [
          ...(one.value.kind === 'ConfigMap' && one.value.metadata.name === name
            ? [{ one, path: ['metadata', 'name'] as Path }]
            : []),
          ...referencesIn(one.value)
            .filter((reference) => reference.kind === 'ConfigMap' && reference.name === name)
            .map(({ path }) => ({ one, path })),
        ]);
        if (places.length < 2) return null;
        const files: Record<string, string> = {};
        for (const [file, ones] of Map.groupBy(places, ({ one }) => one.file)) {
          const ordered = ones.toSorted(
            (a, b) => (lineOfValue(b.one, b.path) ?? 0) - (lineOfValue(a.one, a.path) ?? 0),
          );
          let text = ordered[0]!.one.text;
          for (const { one, path } of ordered) {
            const next = withScalar({ ...one, text }, path, other);
            if (next === null) return null;
            text = next;
          }
          files[file] = text;
        }
        return {
          ...changed(`ConfigMap ${name} becomes ${other} with its readers`, files),
          // The root has to hold the ConfigMap too: one that another root renders would keep its name.
          shows: (rendered) =>
            rendered !== null &&
            rendered.some((one) => one.kind === 'ConfigMap' && one.metadata.name === other) &&
            !JSON.stringify(rendered).includes(`"${name}"`),
        };
      }),
  );
}

function fileRenamed(): Kind {
  return harmless('file of a resource renamed', (ground) =>
    ground.kustomizations.flatMap((source) =>
      [...(Array.isArray(source.value.resources) ? source.value.resources : []).entries()]
        .filter(
          ([, value]) =>
            typeof value === 'string' &&
            /\.ya?ml$/.test(value) &&
            ground.textOf(joined(source.file, value)) !== null,
        )
        .map(([index, value]) => () => {
          const entry = String(value).replace(/\.ya?ml$/, '-renamed.yaml');
          const text = withScalar(source, ['resources', index], entry);
          const file = joined(source.file, value);
          return text === null
            ? null
            : changed(`${file} renamed`, {
                [source.file]: text,
                [file]: null,
                [joined(source.file, entry)]: ground.textOf(file),
              });
        }),
    ),
  );
}

function swapped(
  name: string,
  of: (ground: Ground) => readonly { readonly source: Source; readonly path: Path }[],
): Kind {
  return harmless(name, (ground) =>
    of(ground).map(({ source, path }) => () => {
      const [first, second] = [written(source, [...path, 0]), written(source, [...path, 1])];
      return first === null || second === null || !source.text.includes(first + second)
        ? null
        : changed(`${source.file} ${path.join('.')}`, {
            [source.file]: source.text.replace(first + second, () => second + first),
          });
    }),
  );
}

function newConfigMap(): Kind {
  return harmless('new ConfigMap', (ground) =>
    ground.kustomizations
      .filter(({ value }) => Array.isArray(value.resources) && value.resources.length > 0)
      .map((source) => () => {
        const result = before(source, ['resources', 0], ['- seeded-config.yaml']);
        return (
          result &&
          changed('a ConfigMap', {
            [source.file]: result.text,
            [joined(source.file, 'seeded-config.yaml')]:
              'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: seeded-config\ndata:\n  colour: blue\n',
          })
        );
      }),
  );
}

export const harmlessKinds: readonly Kind[] = [
  lineBefore('comment', (ground) => ground.manifests, ['kind'], ['# What this is for.']),
  lineBefore(
    'annotation',
    (ground) => ground.manifests.filter(({ value }) => value.metadata.annotations === undefined),
    ['metadata', 'name'],
    ['annotations:', '  example.org/owner: harbour'],
  ),
  lineBefore(
    'label',
    (ground) => ground.manifests.filter(({ value }) => value.metadata.labels === undefined),
    ['metadata', 'name'],
    ['labels:', '  example.org/tier: quay'],
  ),
  inContainers('value of a variable', (source, path, value) => {
    const index = (value.env ?? []).findIndex(
      (one: Json) => typeof one?.value === 'string' && /^[a-z]{1,12}$/.test(one.value),
    );
    return index === -1 ? null : scalarWritten(source, [...path, 'env', index, 'value'], '"sevens"', always);
  }),
  inContainers('new variable', (source, path, value) => {
    const result = Array.isArray(value.env)
      ? before(source, [...path, 'env', 0], ['- name: SEEDED', '  value: "1"'])
      : null;
    return result && changed('SEEDED=1', { [source.file]: result.text });
  }),
  inContainers('tag of an image', (source, path, value) =>
    /^[^@]+:[\w.-]+$/.test(value.image ?? '')
      ? scalarWritten(source, [...path, 'image'], String(value.image).replace(/:[\w.-]+$/, ':9.9.9'), always)
      : null,
  ),
  harmless('tag in a kustomization', (ground) =>
    ground.kustomizations.flatMap((source) =>
      [...(Array.isArray(source.value.images) ? source.value.images : []).entries()]
        .filter(([, one]) => typeof one?.newTag === 'string')
        .map(
          ([index]) =>
            () =>
              scalarWritten(source, ['images', index, 'newTag'], 'v9.9.9', always),
        ),
    ),
  ),
  harmless('number of replicas', (ground) =>
    workloadsIn(ground)
      .filter(({ value }) => typeof value.spec?.replicas === 'number')
      .filter(
        ({ value }) =>
          !ground.rendered.some((one) => one.spec?.scaleTargetRef?.name?.endsWith(value.metadata.name)),
      )
      .map(
        (source) => () =>
          scalarWritten(source, ['spec', 'replicas'], String(source.value.spec.replicas + 1), always),
      ),
  ),
  inContainers('more memory', (source, path, value) =>
    value.resources?.limits?.memory === undefined
      ? null
      : scalarWritten(source, [...path, 'resources', 'limits', 'memory'], '64Gi', always),
  ),
  inContainers('port and probe changed together', (source, path, value) => {
    const [port] = value.ports ?? [];
    if (typeof port?.name !== 'string' || (value.ports ?? []).length !== 1) return null;
    return JSON.stringify(value).split(String(port.containerPort)).length > 2
      ? null
      : scalarWritten(
          source,
          [...path, 'ports', 0, 'containerPort'],
          '18181',
          (rendered) =>
            rendered !== null && !JSON.stringify(rendered).includes(`"targetPort":${port.containerPort}`),
        );
  }),
  harmless('data of a ConfigMap', (ground) =>
    ground.manifests
      .filter(({ value }) => value.kind === 'ConfigMap' && Object.keys(value.data ?? {}).length > 0)
      .map((source) => () => {
        const result = before(source, ['data', Object.keys(source.value.data)[0]!], ['seeded: "1"']);
        return result && changed('a key more', { [source.file]: result.text });
      }),
  ),
  renamedTogether(),
  fileRenamed(),
  swapped('resources in another order', (ground) =>
    ground.kustomizations.map((source) => ({ source, path: ['resources'] })),
  ),
  swapped('variables in another order', (ground) =>
    workloadsIn(ground).flatMap((source) =>
      containerPaths(source).map((path) => ({ source, path: [...path, 'env'] })),
    ),
  ),
  newConfigMap(),
];

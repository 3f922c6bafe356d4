import { type Breakage, type Ground, type Kind, nameMisspelled, placeOf, scalarWritten } from './breakage.ts';
import { joined } from './reference-kinds.ts';
import {
  type Json,
  lineOf,
  lineOfValue,
  misspelled,
  type Path,
  type Source,
  sourcesIn,
  without,
} from './sources.ts';

const BROKEN = /^render\/(?:no-longer-renders|unreadable-manifest)$/;

function entries(
  ground: Ground,
  list: string,
): readonly { readonly source: Source; readonly path: Path; readonly value: Json }[] {
  return ground.kustomizations.flatMap((source) => {
    const values = source.value[list];
    return (Array.isArray(values) ? values : []).map((value: Json, index: number) => ({
      source,
      path: [list, index],
      value,
    }));
  });
}

const isFile = (value: Json): value is string =>
  typeof value === 'string' && /\.ya?ml$/.test(value) && !value.includes('://');

function bad(
  name: string,
  make: (source: Source) => { readonly text: string; readonly line: number } | null,
): Kind {
  return {
    name,
    finds: BROKEN,
    candidates: (ground) =>
      ground.manifests.map((source) => (): Breakage | null => {
        const result = make(source);
        if (
          !result ||
          sourcesIn(source.file, result.text).length > sourcesIn(source.file, source.text).length
        )
          return null;
        return {
          what: `${source.file}: ${name}`,
          files: { [source.file]: result.text },
          // Parsers stop at the line after the mistake, or at the mistake.
          right: () => [-1, 0, 1].map((more) => ({ file: source.file, line: result.line + more })),
          shows: (rendered) => rendered === null || rendered.length < ground.rendered.length,
        };
      }),
  };
}

function withLine(
  source: Source,
  pattern: RegExp,
  by: (line: string) => string,
): { readonly text: string; readonly line: number } | null {
  const lines = source.text.split('\n');
  const from = source.lines.linePos(source.document.range![0]).line - 1;
  const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
  if (at === -1) return null;
  lines[at] = by(lines[at]!);
  return { text: lines.join('\n'), line: at + 1 };
}

function namespaceMisspelled(): Kind {
  return {
    name: 'namespace of a kustomization misspelled',
    finds: /^namespace\/namespace-missing$/,
    needsCluster: true,
    candidates: (ground) =>
      ground.kustomizations
        .filter(({ value }) => typeof value.namespace === 'string')
        .filter(
          ({ value }) =>
            !ground.rendered.some((one) => one.kind === 'Namespace' && one.metadata.name === value.namespace),
        )
        .map((source) => () => nameMisspelled(source, ['namespace'], source.value.namespace, ground)),
  };
}

function namespaceDropped(): Kind {
  return {
    name: 'Namespace dropped, its objects left',
    finds: /^namespace\/namespace-missing$/,
    candidates: (ground) =>
      entries(ground, 'resources').flatMap(({ source, path, value }) => {
        const held = ground.manifests.filter(({ file }) => file === joined(source.file, value));
        if (held.length !== 1 || held[0]!.value.kind !== 'Namespace') return [];
        const name = held[0]!.value.metadata.name;
        return [
          (): Breakage | null => {
            const text = without(source, path);
            return text === null
              ? null
              : {
                  what: `Namespace ${name} is no resource any more`,
                  files: { [source.file]: text },
                  // Nobody wrote a wrong line: the objects that stay, or where their namespace is set.
                  right: (head) => [
                    ...head.manifests.flatMap((one) => [
                      placeOf(one, ['metadata', 'namespace']),
                      placeOf(one, ['metadata', 'name']),
                    ]),
                    ...ground.kustomizations.map((one) => {
                      const now = one.file === source.file ? sourcesIn(one.file, text)[0]! : one;
                      return { file: one.file, line: lineOf(now, ['namespace']) };
                    }),
                  ],
                  shows: (rendered) =>
                    rendered !== null &&
                    !rendered.some((one) => one.kind === 'Namespace' && one.metadata.name === name) &&
                    rendered.some((one) => one.metadata.namespace === name),
                };
          },
        ];
      }),
  };
}

function patchTarget(): Kind {
  return {
    name: 'target of a patch misspelled',
    finds: /^(?:render\/.*|patch\/.*)$/,
    candidates: (ground) =>
      entries(ground, 'patches').flatMap(({ source, path, value }) =>
        typeof value?.target?.name === 'string'
          ? [
              () =>
                scalarWritten(
                  source,
                  [...path, 'target', 'name'],
                  misspelled(value.target.name, ground.random),
                  (rendered) => JSON.stringify(rendered) !== JSON.stringify(ground.rendered),
                ),
            ]
          : [],
      ),
  };
}

function patchName(): Kind {
  return {
    name: 'name in a patch misspelled',
    finds: /^(?:render\/.*|patch\/.*)$/,
    candidates: (ground) => {
      const patches = ['patches', 'patchesStrategicMerge'].flatMap((list) =>
        entries(ground, list).flatMap(({ source, path, value }) => {
          const file =
            typeof value === 'string' ? value : value?.target === undefined ? value?.path : undefined;
          return isFile(file) ? [{ file: joined(source.file, file), from: placeOf(source, path) }] : [];
        }),
      );
      return patches.flatMap(({ file, from }) =>
        ground.manifests
          .filter((one) => one.file === file)
          .map(
            (one) => () =>
              scalarWritten(
                one,
                ['metadata', 'name'],
                misspelled(one.value.metadata.name, ground.random),
                (rendered) => rendered === null,
                () => [from],
              ),
          ),
      );
    },
  };
}

function imageTag(): Kind {
  return {
    name: 'invalid tag in a kustomization',
    finds: /^(?:image-pull\/invalid-name|manifest\/.*|render\/.*)$/,
    candidates: (ground) =>
      entries(ground, 'images').flatMap(({ source, path, value }) =>
        value?.newTag === undefined
          ? []
          : [
              () =>
                scalarWritten(
                  source,
                  [...path, 'newTag'],
                  '"1.2 .3"',
                  (rendered) => rendered === null || JSON.stringify(rendered).includes(':1.2 .3"'),
                ),
            ],
      ),
  };
}

export const kustomizationKinds: readonly Kind[] = [
  {
    name: 'resource of a kustomization misspelled',
    finds: BROKEN,
    candidates: (ground) =>
      entries(ground, 'resources')
        .filter(({ value }) => typeof value === 'string' && !value.includes('://'))
        .map(
          ({ source, path, value }) =>
            () =>
              scalarWritten(source, path, misspelled(value, ground.random), (rendered) => rendered === null),
        ),
  },
  {
    name: 'file of a resource deleted',
    finds: BROKEN,
    candidates: (ground) =>
      entries(ground, 'resources')
        .filter(({ source, value }) => isFile(value) && ground.textOf(joined(source.file, value)) !== null)
        .map(({ source, path, value }) => (): Breakage => ({
          what: `${joined(source.file, value)} deleted`,
          files: { [joined(source.file, value)]: null },
          right: () => [{ file: source.file, line: lineOfValue(source, path) }],
          shows: (rendered) => rendered === null,
        })),
  },
  {
    name: 'file of a generator misspelled',
    finds: BROKEN,
    candidates: (ground) =>
      entries(ground, 'configMapGenerator').flatMap(({ source, path, value }) =>
        [...(value?.files ?? []).entries()].map(
          ([index, file]) =>
            () =>
              scalarWritten(
                source,
                [...path, 'files', index],
                misspelled(String(file), ground.random),
                (rendered) => rendered === null,
              ),
        ),
      ),
  },
  {
    name: 'patch file deleted',
    finds: BROKEN,
    candidates: (ground) =>
      ['patches', 'patchesStrategicMerge'].flatMap((list) =>
        entries(ground, list).flatMap(({ source, path, value }) => {
          const entry = typeof value === 'string' ? value : value?.path;
          if (!isFile(entry) || ground.textOf(joined(source.file, entry)) === null) return [];
          const at = typeof value === 'string' ? path : [...path, 'path'];
          return [
            (): Breakage => ({
              what: `${joined(source.file, entry)} deleted`,
              files: { [joined(source.file, entry)]: null },
              right: () => [{ file: source.file, line: lineOfValue(source, at) }],
              shows: (rendered) => rendered === null,
            }),
          ];
        }),
      ),
  },
  bad('quote not closed', (source) =>
    withLine(source, /^ *name: [a-z-]+$/, (line) => line.replace(/: (.*)$/, ': "$1')),
  ),
  bad('tab for spaces', (source) =>
    withLine(source, /^ {4,}[a-z]\w+: \S/i, (line) => `\t${line.trimStart()}`),
  ),
  bad('line indented wrong', (source) => withLine(source, /^ {4}[a-z]\w+: *\S/i, (line) => `  ${line}`)),
  bad('colon left out', (source) => withLine(source, /^spec:$/, () => 'spec')),
  bad('conflict of a merge left', (source) =>
    withLine(source, /^metadata:$/, (line) => `<<<<<<< HEAD\n${line}`),
  ),
  namespaceMisspelled(),
  namespaceDropped(),
  patchTarget(),
  patchName(),
  imageTag(),
];

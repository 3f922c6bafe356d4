import {
  type Breakage,
  type Ground,
  type Head,
  holds,
  type Kind,
  nameMisspelled,
  type Place,
} from './breakage.ts';
import { podSpecPathOf, referencesIn } from './references.ts';
import {
  type Json,
  lineOfValue,
  misspelled,
  type Path,
  pathsIn,
  type Source,
  valueAt,
  without,
  withScalar,
} from './sources.ts';

function misspelledReference(name: string, kind: string, finds: RegExp, from = /./): Kind {
  return {
    name,
    finds,
    needsCluster: true,
    candidates: (ground) =>
      ground.manifests
        .filter(({ value }) => from.test(value.kind))
        .flatMap((source) =>
          referencesIn(source.value)
            .filter((one) => one.kind === kind && !one.optional)
            .map((one) => () => nameMisspelled(source, one.path, one.name, ground)),
        ),
  };
}

const isDefined = (rendered: readonly Json[], kind: string, name: string): boolean =>
  rendered.some(
    (one) => one.kind === kind && (one.metadata.name === name || one.metadata.name.startsWith(`${name}-`)),
  );

/** Places that read an object, or a key of it. */
function readers({ manifests }: Head, kind: string, name: string, key?: string): Place[] {
  // Programs are told of a Service by its name in an address.
  const isHost = new RegExp(`(?:^|[/@,= ])${name}(?:[.:/, ]|$)`);
  const told = manifests.flatMap((source) =>
    kind === 'Service' && podSpecPathOf(source.value)
      ? pathsIn(source.value, (_path, one) => typeof one === 'string' && isHost.test(one)).map((path) => ({
          file: source.file,
          line: lineOfValue(source, path),
        }))
      : [],
  );
  const named = manifests.flatMap((source) =>
    referencesIn(source.value)
      .filter((one) => one.kind === kind && one.name === name && !one.optional)
      .flatMap((one) => (key === undefined ? [one.path] : one.key?.name === key ? [one.key.path] : []))
      .map((path) => ({ file: source.file, line: lineOfValue(source, path) })),
  );
  return [...named, ...told];
}

function read(
  ground: Ground,
): readonly { readonly kind: string; readonly name: string; readonly key?: string }[] {
  return ground.rendered.flatMap((object) =>
    referencesIn(object)
      .filter(({ optional }) => !optional)
      .map((one) => ({ kind: one.kind, name: one.name, ...(one.key && { key: one.key.name }) })),
  );
}

const isRead = (ground: Ground, kind: string, name: string): boolean =>
  read(ground).some((one) => one.kind === kind && (one.name === name || one.name.startsWith(`${name}-`)));

/** A definition gets another name, and its readers keep the old one. */
function renamedDefinition(kind: string, finds: RegExp): Kind {
  return {
    name: `${kind} renamed`,
    finds,
    candidates: (ground) => {
      const written = ground.manifests
        .filter(({ value }) => value.kind === kind && isRead(ground, kind, value.metadata.name))
        .map((source) => ({
          source,
          path: ['metadata', 'name'] as Path,
          name: source.value.metadata.name as string,
        }));
      const generator = { ConfigMap: 'configMapGenerator', Secret: 'secretGenerator' }[kind];
      const generated =
        generator === undefined
          ? []
          : ground.kustomizations.flatMap((source) =>
              (source.value[generator] ?? []).flatMap((one: Json, index: number) =>
                typeof one?.name === 'string' && one.behavior === undefined && isRead(ground, kind, one.name)
                  ? [{ source, path: [generator, index, 'name'] as Path, name: one.name as string }]
                  : [],
              ),
            );
      return [...written, ...generated].map(({ source, path, name }) => (): Breakage | null => {
        const other = `${misspelled(name, ground.random)}`;
        const text = withScalar(source, path, other);
        if (text === null || isDefined(ground.rendered, kind, other)) return null;
        return {
          what: `${kind} ${name} becomes ${other}`,
          files: { [source.file]: text },
          right: (head) => [
            { file: source.file, line: lineOfValue(source, path) },
            ...readers(head, kind, name),
          ],
          shows: (rendered) => rendered !== null && isDefined(rendered, kind, other) && holds(rendered, name),
        };
      });
    },
  };
}

/** A file with one definition leaves its kustomization, and its readers stay. */
function droppedDefinition(kind: string, finds: RegExp): Kind {
  return {
    name: `${kind} dropped`,
    finds,
    candidates: (ground) =>
      ground.kustomizations.flatMap((source) =>
        (source.value.resources ?? []).flatMap((entry: Json, index: number) => {
          const file = joined(source.file, entry);
          const held = ground.manifests.filter((one) => one.file === file);
          const [only] = held;
          if (held.length !== 1 || only!.value.kind !== kind) return [];
          const { name } = only!.value.metadata;
          if (!isRead(ground, kind, name)) return [];
          return [
            (): Breakage | null => {
              const text = without(source, ['resources', index]);
              if (text === null) return null;
              return {
                what: `${kind} ${name} is no resource any more`,
                files: { [source.file]: text, [file]: null },
                right: (head) => readers(head, kind, name),
                shows: (rendered) =>
                  rendered !== null && !isDefined(rendered, kind, name) && holds(rendered, name),
              };
            },
          ];
        }),
      ),
  };
}

function keyRemoved(): Kind {
  return {
    name: 'key of a ConfigMap removed',
    finds: /^config-reference\/key-missing$/,
    candidates: (ground) => {
      const wanted = read(ground).filter(({ kind, key }) => kind === 'ConfigMap' && key !== undefined);
      const isWanted = (name: string, key: string): boolean =>
        wanted.some((one) => (one.name === name || one.name.startsWith(`${name}-`)) && one.key === key);
      const written = ground.manifests
        .filter(({ value }) => value.kind === 'ConfigMap')
        .flatMap((source) =>
          Object.keys(source.value.data ?? {})
            .filter((key) => isWanted(source.value.metadata.name, key))
            .map((key) => ({
              source,
              path: ['data', key] as Path,
              name: source.value.metadata.name as string,
              key,
            })),
        );
      const generated = ground.kustomizations.flatMap((source) =>
        (source.value.configMapGenerator ?? []).flatMap((one: Json, index: number) =>
          (['literals', 'files'] as const).flatMap((list) =>
            (one[list] ?? []).flatMap((entry: string, at: number) => {
              const key =
                list === 'files' && !entry.includes('=') ? entry.split('/').at(-1)! : entry.split('=')[0]!;
              return isWanted(one.name, key)
                ? [
                    {
                      source,
                      path: ['configMapGenerator', index, list, at] as Path,
                      name: one.name as string,
                      key,
                    },
                  ]
                : [];
            }),
          ),
        ),
      );
      return [...written, ...generated].map(({ source, path, name, key }) => (): Breakage | null => {
        const text = without(source, path);
        if (text === null) return null;
        return {
          what: `ConfigMap ${name} loses ${key}`,
          files: { [source.file]: text },
          right: (head) => readers(head, 'ConfigMap', name, key),
          shows: (rendered) =>
            rendered !== null &&
            rendered.some(
              (one) =>
                one.kind === 'ConfigMap' &&
                one.metadata.name.startsWith(name) &&
                !(key in (one.data ?? {})) &&
                !(key in (one.binaryData ?? {})),
            ),
        };
      });
    },
  };
}

function keyMisspelled(): Kind {
  return {
    name: 'key misspelled',
    finds: /^config-reference\/key-missing$/,
    candidates: (ground) =>
      ground.manifests.flatMap((source) =>
        referencesIn(source.value)
          .filter((one) => one.key && !one.optional && isDefined(ground.rendered, one.kind, one.name))
          .map((one) => () => nameMisspelled(source, one.key!.path, one.key!.name, ground)),
      ),
  };
}

function backendPort(): Kind {
  return {
    name: 'Ingress port that its Service has not',
    finds: /^ingress-backend\/backend-port-missing$/,
    candidates: (ground) =>
      ground.manifests
        .filter(({ value }) => value.kind === 'Ingress')
        .flatMap((source) =>
          pathsIn(
            source.value,
            (path, one) => path.at(-2) === 'port' && path.at(-3) === 'service' && typeof one !== 'object',
          )
            .filter((path) =>
              isDefined(ground.rendered, 'Service', valueAt(source.value, path.slice(0, -2)).name),
            )
            .map((path) => (): Breakage | null => {
              const was = valueAt(source.value, path);
              const wrong = typeof was === 'number' ? String(was + 7) : misspelled(was, ground.random);
              const text = withScalar(source, path, wrong);
              return text === null
                ? null
                : {
                    what: `Ingress ${source.value.metadata.name} port ${wrong}`,
                    files: { [source.file]: text },
                    right: () => [{ file: source.file, line: lineOfValue(source, path) }],
                    shows: (rendered) => rendered !== null && JSON.stringify(rendered).includes(wrong),
                  };
            }),
        ),
  };
}

export function joined(file: string, entry: unknown): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of String(entry).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  return parts.join('/');
}

export const isPodMaker = (source: Source): boolean =>
  ['Deployment', 'StatefulSet', 'DaemonSet'].includes(source.value.kind);

const OBJECT = /^config-reference\/object-missing$/;
const ACCOUNT = /^create-failed\/service-account-missing$/;
const CLAIM = /^claim-unbound\/claim-missing$/;
const BACKEND = /^(?:ingress-backend\/backend-missing|service-address\/wrong-host)$/;

export const referenceKinds: readonly Kind[] = [
  misspelledReference('ConfigMap misspelled', 'ConfigMap', OBJECT),
  misspelledReference('Secret misspelled', 'Secret', OBJECT, /^(?!Ingress)/),
  misspelledReference('ServiceAccount misspelled', 'ServiceAccount', ACCOUNT, /^(?!.*Binding$)/),
  misspelledReference('PersistentVolumeClaim misspelled', 'PersistentVolumeClaim', CLAIM),
  misspelledReference('StorageClass misspelled', 'StorageClass', /^claim-unbound\/storage-class-missing$/),
  misspelledReference('IngressClass misspelled', 'IngressClass', /^ingress-backend\/class-missing$/),
  misspelledReference('Ingress or route backend misspelled', 'Service', /^ingress-backend\/backend-missing$/),
  misspelledReference('Gateway of a route misspelled', 'Gateway', /^ingress-backend\/parent-missing$/),
  misspelledReference(
    'target of an autoscaler misspelled',
    'Deployment',
    /^hpa-not-scaling\/target-missing$/,
  ),
  misspelledReference('Role of a binding misspelled', 'Role', /^role-binding\/role-missing$/),
  misspelledReference('ClusterRole of a binding misspelled', 'ClusterRole', /^role-binding\/role-missing$/),
  misspelledReference(
    'ServiceAccount of a binding misspelled',
    'ServiceAccount',
    /^role-binding\/subject-missing$/,
    /Binding$/,
  ),
  misspelledReference('SecretStore misspelled', 'SecretStore', /^secret-not-synced\/store-missing$/),
  misspelledReference(
    'ClusterSecretStore misspelled',
    'ClusterSecretStore',
    /^secret-not-synced\/store-missing$/,
  ),
  renamedDefinition('ConfigMap', OBJECT),
  renamedDefinition('Secret', OBJECT),
  renamedDefinition(
    'ServiceAccount',
    /^(?:create-failed\/service-account-missing|role-binding\/subject-missing)$/,
  ),
  renamedDefinition('PersistentVolumeClaim', CLAIM),
  renamedDefinition('Service', BACKEND),
  renamedDefinition('Deployment', /^hpa-not-scaling\/target-missing$/),
  droppedDefinition('ConfigMap', OBJECT),
  droppedDefinition('Secret', OBJECT),
  droppedDefinition(
    'ServiceAccount',
    /^(?:create-failed\/service-account-missing|role-binding\/subject-missing)$/,
  ),
  droppedDefinition('PersistentVolumeClaim', CLAIM),
  droppedDefinition('Service', BACKEND),
  keyRemoved(),
  keyMisspelled(),
  backendPort(),
];

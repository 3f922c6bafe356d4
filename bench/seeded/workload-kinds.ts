import {
  type Breakage,
  type Ground,
  holds,
  type Kind,
  nameMisspelled,
  scalarWritten,
  workloadsIn,
} from './breakage.ts';
import { isPodMaker } from './reference-kinds.ts';
import { podSpecPathOf } from './references.ts';
import {
  before,
  type Json,
  lineOf,
  lineOfValue,
  misspelled,
  type Path,
  type Source,
  valueAt,
  withScalar,
  written,
} from './sources.ts';

type Candidate = () => Breakage | null;

/** Containers of workloads, as they are written. */
function containers(
  ground: Ground,
): readonly { readonly source: Source; readonly path: Path; readonly value: Json }[] {
  return workloadsIn(ground).flatMap((source) => {
    const path = [...podSpecPathOf(source.value)!, 'containers'];
    const list = valueAt(source.value, path);
    return (Array.isArray(list) ? list : []).map((value: Json, index: number) => ({
      source,
      path: [...path, index],
      value,
    }));
  });
}

/** The containers that are rendered with this name, in a workload of this name. */
function renderedAs(rendered: readonly Json[] | null, source: Source, name: unknown): Json[] {
  return (rendered ?? [])
    .filter(
      (one) =>
        one.kind === source.value.kind && String(one.metadata.name).endsWith(source.value.metadata.name),
    )
    .flatMap((one) => valueAt(one, podSpecPathOf(one)!)?.containers ?? [])
    .filter((one) => one.name === name);
}

/** A line that is added before a key or an item. */
function inserted(
  source: Source,
  path: Path,
  lines: readonly string[],
  at: number,
  shows: Breakage['shows'],
  what: string,
): Breakage | null {
  const result = before(source, path, lines);
  if (!result) return null;
  return {
    what: `${source.value.kind} ${source.value.metadata?.name}: ${what}`,
    files: { [source.file]: result.text },
    right: () => [{ file: source.file, line: result.line + at }],
    shows,
  };
}

function inPodSpec(name: string, finds: RegExp, line: string, needsCluster = true): Kind {
  const [key, value] = line.split(': ') as [string, string];
  return {
    name,
    finds,
    needsCluster,
    candidates: (ground) =>
      workloadsIn(ground).flatMap((source): Candidate[] => {
        const spec = podSpecPathOf(source.value)!;
        if (
          !valueAt(source.value, [...spec, 'containers']) ||
          valueAt(source.value, [...spec, key]) !== undefined
        )
          return [];
        return [
          () =>
            inserted(
              source,
              [...spec, 'containers'],
              [line],
              0,
              (rendered) =>
                rendered !== null && JSON.stringify(rendered).includes(`"${key}":${JSON.stringify(value)}`),
              line,
            ),
        ];
      }),
  };
}

function onContainers(
  name: string,
  finds: RegExp | null,
  make: (one: ReturnType<typeof containers>[number], ground: Ground) => Breakage | null,
  needsCluster = false,
): Kind {
  return {
    name,
    finds,
    needsCluster,
    candidates: (ground) => containers(ground).map((one) => () => make(one, ground)),
  };
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const REFUSED = /^(?:manifest|pod-template|object-name|fields)\//;

function probePort(isName: boolean): Kind {
  return onContainers(
    isName ? 'probe names a port that is not declared' : 'probe asks another port than before',
    isName ? /^probe-failing\/port-name-missing$/ : /^probe-failing\/port-left$/,
    ({ source, path, value }, ground) => {
      for (const probe of PROBES)
        for (const by of ['httpGet', 'tcpSocket', 'grpc']) {
          const port = value[probe]?.[by]?.port;
          const declared = (value.ports ?? []).flatMap((one: Json) => [one.name, one.containerPort]);
          if (
            port === undefined ||
            !declared.includes(port) ||
            typeof port !== (isName ? 'string' : 'number')
          )
            continue;
          const at = [...path, probe, by, 'port'];
          if (isName) return nameMisspelled(source, at, port, ground);
          return scalarWritten(source, at, String(port + 13), (rendered) =>
            renderedAs(rendered, source, value.name).some((one) => one[probe]?.[by]?.port === port + 13),
          );
        }
      return null;
    },
  );
}

function portNameLeft(): Kind {
  return onContainers(
    'port of a container renamed, its readers left',
    /^(?:probe-failing\/port-name-missing|service-without-endpoints\/target-port-mismatch)$/,
    ({ source, path, value }, ground) => {
      for (const [index, port] of (value.ports ?? []).entries()) {
        const isAsked = PROBES.some(
          (probe) => value[probe]?.httpGet?.port === port.name || value[probe]?.tcpSocket?.port === port.name,
        );
        const services = ground.manifests.filter(
          (one) =>
            one.value.kind === 'Service' &&
            (one.value.spec?.ports ?? []).some((p: Json) => p.targetPort === port.name),
        );
        if (typeof port.name !== 'string' || !(isAsked || services.length > 0)) continue;
        const at = [...path, 'ports', index, 'name'];
        const wrong = misspelled(port.name, ground.random);
        return scalarWritten(
          source,
          at,
          wrong,
          (rendered) =>
            renderedAs(rendered, source, value.name).some((one) =>
              (one.ports ?? []).some((p: Json) => p.name === wrong),
            ),
          () => [
            ...PROBES.flatMap((probe) =>
              ['httpGet', 'tcpSocket'].map((by) => ({
                file: source.file,
                line: lineOfValue(source, [...path, probe, by, 'port']),
              })),
            ),
            ...services.flatMap((service) =>
              service.value.spec.ports.map((_one: Json, portIndex: number) => ({
                file: service.file,
                line: lineOfValue(service, ['spec', 'ports', portIndex, 'targetPort']),
              })),
            ),
          ],
        );
      }
      return null;
    },
  );
}

function duplicate(name: string, list: string, key: string): Kind {
  return onContainers(name, REFUSED, ({ source, path, value }) => {
    const items = value[list] ?? [];
    const [first] = items;
    if (first?.[key] === undefined) return null;
    const item = written(source, [...path, list, 0]);
    if (item === null) return null;
    const indent = /^ */.exec(item)![0].length;
    const lines = item
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(indent));
    if (list === 'ports') {
      const at = lines.findIndex((line) => /containerPort:/.test(line));
      if (at === -1) return null;
      lines[at] = lines[at]!.replace(/containerPort: *"?\d+"?/, 'containerPort: 19099');
    }
    const at = lines.findIndex((line) => new RegExp(`(?:^- |^ +)${key}:`).test(line));
    const result = before(source, [...path, list, 0], lines);
    if (!result || at === -1) return null;
    // Either of the two may be taken away.
    return {
      what: `${source.value.kind} ${source.value.metadata.name}: ${list} has ${first[key]} twice`,
      files: { [source.file]: result.text },
      right: () =>
        [result.line + at, result.line + at + lines.length].map((line) => ({ file: source.file, line })),
      shows: (rendered) =>
        renderedAs(rendered, source, value.name).some(
          (one) => (one[list] ?? []).filter((item: Json) => item[key] === first[key]).length > 1,
        ),
    };
  });
}

function badValue(
  name: string,
  finds: RegExp,
  field: Path,
  wrong: string,
  isMeant: (value: Json) => boolean = (value) => value !== undefined,
): Kind {
  return onContainers(name, finds, ({ source, path, value }) =>
    isMeant(valueAt(value, field))
      ? scalarWritten(source, [...path, ...field], wrong, (rendered) =>
          renderedAs(rendered, source, value.name).some(
            (one) => String(valueAt(one, field)) === wrong.replaceAll(/^["']|["']$/g, ''),
          ),
        )
      : null,
  );
}

const quantity = /^(\d+)(Mi|Gi|M|G|m|)$/;

function tenfold(value: Json): string | null {
  const [, number, unit] = quantity.exec(String(value)) ?? [];
  return number === undefined ? null : `${Number(number) * 10}${unit}`;
}

function requestsAboveLimits(): Kind {
  return onContainers(
    'request above its limit',
    /^(?:resources\/request-above-limit|manifest\/.*)$/,
    ({ source, path, value }) => {
      for (const resource of ['memory', 'cpu']) {
        const [request, limit] = [value.resources?.requests?.[resource], value.resources?.limits?.[resource]];
        if (request === undefined || limit === undefined) continue;
        const more = tenfold(limit);
        if (more === null) continue;
        return scalarWritten(source, [...path, 'resources', 'requests', resource], more, (rendered) =>
          renderedAs(rendered, source, value.name).some(
            (one) =>
              String(one.resources?.requests?.[resource]) === more &&
              String(one.resources?.limits?.[resource]) === String(limit),
          ),
        );
      }
      return null;
    },
  );
}

function limitBelowRequest(): Kind {
  return onContainers(
    'limit below its request',
    /^(?:resources\/request-above-limit|manifest\/.*)$/,
    ({ source, path, value }) => {
      for (const [resource, less] of [
        ['memory', '1Mi'],
        ['cpu', '1m'],
      ] as const) {
        const { requests, limits } = value.resources ?? {};
        if (requests?.[resource] === undefined || limits?.[resource] === undefined) continue;
        return scalarWritten(source, [...path, 'resources', 'limits', resource], less, (rendered) =>
          renderedAs(rendered, source, value.name).some(
            (one) =>
              one.resources?.limits?.[resource] === less && one.resources?.requests?.[resource] !== undefined,
          ),
        );
      }
      return null;
    },
  );
}

function heapAboveLimit(): Kind {
  return onContainers(
    'heap above the memory limit',
    /^oom-killed\/limit-below-heap$/,
    ({ source, path, value }) => {
      const limit = value.resources?.limits?.memory;
      if (
        limit === undefined ||
        !Array.isArray(value.env) ||
        value.env.some((one: Json) => /JAVA|JVM/.test(one?.name))
      )
        return null;
      const result = before(source, [...path, 'env', 0], ['- name: JAVA_TOOL_OPTIONS', '  value: "-Xmx64g"']);
      if (!result) return null;
      const at = lineOfValue(source, [...path, 'resources', 'limits', 'memory'])!;
      // The limit or the option: one of them has to change.
      return {
        what: `${source.value.kind} ${source.value.metadata.name}: -Xmx64g`,
        files: { [source.file]: result.text },
        right: () =>
          [result.line + 1, result.line, at > result.line ? at + 2 : at].map((line) => ({
            file: source.file,
            line,
          })),
        shows: (rendered) =>
          renderedAs(rendered, source, value.name).some((one) =>
            (one.env ?? []).some((item: Json) => item.value === '-Xmx64g'),
          ),
      };
    },
  );
}

function fieldOfDeployment(
  name: string,
  finds: RegExp,
  field: Path,
  wrong: string,
  kinds = ['Deployment', 'StatefulSet'],
): Kind {
  return {
    name,
    finds,
    candidates: (ground) =>
      ground.manifests
        .filter(
          ({ value }) =>
            kinds.includes(value.kind) && ['string', 'number'].includes(typeof valueAt(value, field)),
        )
        .map(
          (source) => () =>
            scalarWritten(source, field, wrong, (rendered) =>
              (rendered ?? []).some(
                (one) =>
                  one.kind === source.value.kind && String(valueAt(one, field)) === wrong.replaceAll('"', ''),
              ),
            ),
        ),
  };
}

/** A label of a template changes, and what selects by it stays. */
function templateLabel(): Kind {
  return {
    name: 'label of a template changed, selectors left',
    finds: /^(?:own-selector|service-without-endpoints|lost-selector)\/|^manifest\//,
    candidates: (ground) =>
      workloadsIn(ground).flatMap((source): Candidate[] => {
        const selector = Object.keys(source.value.spec?.selector?.matchLabels ?? {});
        const labels = source.value.spec?.template?.metadata?.labels ?? {};
        return selector
          .filter((key) => typeof labels[key] === 'string')
          .map((key) => () => {
            const wrong = misspelled(labels[key], ground.random);
            return scalarWritten(
              source,
              ['spec', 'template', 'metadata', 'labels', key],
              wrong,
              (rendered) => rendered !== null && holds(rendered, wrong),
              ({ manifests }) =>
                manifests.flatMap((other) =>
                  [
                    ['spec', 'selector', key],
                    ['spec', 'selector', 'matchLabels', key],
                  ].map((path) => ({
                    file: other.file,
                    line: valueAt(other.value, path) === labels[key] ? lineOfValue(other, path) : null,
                  })),
                ),
            );
          });
      }),
  };
}

/** Selector and template change together, which is right for a new Deployment and refused for one that runs. */
function selectorOfDeployment(): Kind {
  return {
    name: 'selector of a running workload changed',
    finds: /^immutable-field\/immutable-field$/,
    candidates: (ground) =>
      workloadsIn(ground).flatMap((source): Candidate[] =>
        Object.entries(source.value.spec?.selector?.matchLabels ?? {}).map(([key, value]) => () => {
          const labels = ['spec', 'template', 'metadata', 'labels', key];
          if (valueAt(source.value, labels) !== value) return null;
          const first = withScalar(source, labels, `${String(value)}-two`);
          const again =
            first === null
              ? null
              : replacedLine(
                  first,
                  lineOfValue(source, ['spec', 'selector', 'matchLabels', key])!,
                  String(value),
                );
          return again === null
            ? null
            : {
                what: `${source.value.kind} ${source.value.metadata.name}: selector ${key}=${String(value)}-two`,
                files: { [source.file]: again },
                right: () => [
                  { file: source.file, line: lineOfValue(source, ['spec', 'selector', 'matchLabels', key]) },
                ],
                shows: (rendered: readonly Json[] | null) =>
                  (rendered ?? []).some(
                    (one) => one.spec?.selector?.matchLabels?.[key] === `${String(value)}-two`,
                  ),
              };
        }),
      ),
  };
}

function replacedLine(text: string, line: number, value: string): string | null {
  const lines = text.split('\n');
  const at = lines[line - 1]!.lastIndexOf(value);
  if (at === -1) return null;
  lines[line - 1] =
    `${lines[line - 1]!.slice(0, at)}${value}-two${lines[line - 1]!.slice(at + value.length)}`;
  return lines.join('\n');
}

const IMAGE = /^(?:image-pull\/invalid-name|manifest\/.*)$/;

export const workloadKinds: readonly Kind[] = [
  inPodSpec(
    'PriorityClass that is not there',
    /^create-failed\/priority-class-missing$/,
    'priorityClassName: most-urgent',
  ),
  inPodSpec(
    'RuntimeClass that is not there',
    /^create-failed\/runtime-class-missing$/,
    'runtimeClassName: sealed-away',
  ),
  inPodSpec(
    'ServiceAccount that is not there',
    /^create-failed\/service-account-missing$/,
    'serviceAccountName: nobody-here',
  ),
  inPodSpec('restartPolicy that a workload cannot have', REFUSED, 'restartPolicy: Never', false),
  onContainers(
    'environment from a ConfigMap that is not there',
    /^config-reference\/object-missing$/,
    ({ source, path }) =>
      inserted(
        source,
        [...path, 'image'],
        ['envFrom:', '  - configMapRef:', '      name: not-to-be-found'],
        2,
        (rendered) => rendered !== null && holds(rendered, 'not-to-be-found'),
        'envFrom not-to-be-found',
      ),
    true,
  ),
  onContainers('mount of a volume that is not there', REFUSED, ({ source, path, value }) =>
    value.volumeMounts
      ? inserted(
          source,
          [...path, 'volumeMounts', 0],
          ['- name: not-a-volume', '  mountPath: /not-a-volume'],
          0,
          (rendered) => rendered !== null && holds(rendered, 'not-a-volume'),
          'mounts not-a-volume',
        )
      : null,
  ),
  onContainers('name of a mount misspelled', REFUSED, ({ source, path, value }, ground) => {
    const [mount] = value.volumeMounts ?? [];
    const isOwn = (source.value.spec?.template?.spec?.volumes ?? []).some(
      (one: Json) => one.name === mount?.name,
    );
    return isOwn ? nameMisspelled(source, [...path, 'volumeMounts', 0, 'name'], mount.name, ground) : null;
  }),
  probePort(true),
  probePort(false),
  portNameLeft(),
  duplicate('name of a port twice in a container', 'ports', 'name'),
  duplicate('path of a mount twice', 'volumeMounts', 'mountPath'),
  badValue('malformed quantity', REFUSED, ['resources', 'limits', 'memory'], '512Mib'),
  badValue('malformed quantity of processor time', REFUSED, ['resources', 'requests', 'cpu'], '"1,5"'),
  badValue('image with an empty tag', IMAGE, ['image'], '"harbour/crane:"'),
  badValue('image with a space in its tag', IMAGE, ['image'], '"harbour/crane:1.2 .3"'),
  badValue('imagePullPolicy that there is not', REFUSED, ['imagePullPolicy'], 'Allways'),
  badValue(
    'port above 65535',
    /^(?:ports\/invalid-port|manifest\/.*)$/,
    ['ports', 0, 'containerPort'],
    '80800',
  ),
  badValue('port written as text', REFUSED, ['ports', 0, 'containerPort'], '"8080"'),
  badValue('value of a variable that is a number', REFUSED, ['env', 0, 'value'], '8080'),
  badValue('value of a variable that is a boolean', REFUSED, ['env', 0, 'value'], 'true'),
  fieldOfDeployment('replicas as text', REFUSED, ['spec', 'replicas'], '"two"'),
  fieldOfDeployment('negative replicas', REFUSED, ['spec', 'replicas'], '-1'),
  fieldOfDeployment('name with capitals', REFUSED, ['metadata', 'name'], 'Has_Capitals', [
    'Deployment',
    'Service',
    'ConfigMap',
  ]),
  {
    name: 'invalid value of a label',
    finds: REFUSED,
    candidates: (ground) =>
      ground.manifests.flatMap((source) =>
        Object.keys(source.value.metadata?.labels ?? {}).map(
          (key) => () =>
            scalarWritten(
              source,
              ['metadata', 'labels', key],
              '"not a label!"',
              (rendered) => rendered !== null && holds(rendered, 'not a label!'),
            ),
        ),
      ),
  },
  {
    name: 'field misspelled',
    finds: REFUSED,
    candidates: (ground) =>
      containers(ground).flatMap(({ source, path, value }) =>
        ['image', 'resources', 'ports', 'env', 'volumeMounts', 'readinessProbe']
          .filter((key) => value[key] !== undefined)
          .map((key) => (): Breakage | null => {
            const line = lineOf(source, [...path, key]);
            if (line === null) return null;
            const lines = source.text.split('\n');
            const wrong = misspelled(key, ground.random);
            lines[line - 1] = lines[line - 1]!.replace(`${key}:`, `${wrong}:`);
            return {
              what: `${source.value.kind} ${source.value.metadata.name}: ${wrong} for ${key}`,
              files: { [source.file]: lines.join('\n') },
              right: () => [{ file: source.file, line }],
              shows: (rendered) => JSON.stringify(rendered ?? []).includes(`"${wrong}":`),
            };
          }),
      ),
  },
  {
    name: 'selector of a workload left out',
    finds: REFUSED,
    candidates: (ground) =>
      ground.manifests.filter(isPodMaker).map((source) => (): Breakage | null => {
        const text = source.value.spec?.selector ? written(source, ['spec', 'selector']) : null;
        const spec = lineOf(source, ['spec']);
        return text === null
          ? null
          : {
              what: `${source.value.kind} ${source.value.metadata.name} without selector`,
              files: { [source.file]: source.text.replace(text, '') },
              right: () => [{ file: source.file, line: spec }],
              shows: (rendered) =>
                (rendered ?? []).some(
                  (one) => one.kind === source.value.kind && one.spec?.selector === undefined,
                ),
            };
      }),
  },
  requestsAboveLimits(),
  limitBelowRequest(),
  heapAboveLimit(),
  templateLabel(),
  selectorOfDeployment(),
  fieldOfDeployment(
    'serviceName of a running StatefulSet changed',
    /^immutable-field\//,
    ['spec', 'serviceName'],
    'another-name',
    ['StatefulSet'],
  ),
  fieldOfDeployment(
    'class of a bound claim changed',
    /^immutable-field\//,
    ['spec', 'storageClassName'],
    'another-class',
    ['PersistentVolumeClaim'],
  ),
];

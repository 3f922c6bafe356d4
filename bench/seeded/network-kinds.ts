import { type Breakage, type Ground, holds, type Kind, nameMisspelled, scalarWritten } from './breakage.ts';
import { podSpecPathOf } from './references.ts';
import { before, type Json, misspelled, type Path, type Source, valueAt } from './sources.ts';

function of(ground: Ground, kind: string): readonly Source[] {
  return ground.manifests.filter(({ value }) => value.kind === kind);
}

function labelsOf(ground: Ground): readonly Readonly<Record<string, string>>[] {
  return ground.rendered.flatMap((one) => {
    const at = podSpecPathOf(one);
    return at && at.length > 1 ? [valueAt(one, [...at.slice(0, -1), 'metadata', 'labels']) ?? {}] : [];
  });
}

/** A selector that fits a workload of the root gets a value that none has. */
function selector(name: string, kind: string, at: Path, finds: RegExp): Kind {
  return {
    name,
    finds,
    candidates: (ground) =>
      of(ground, kind).flatMap((source) =>
        Object.entries<Json>(valueAt(source.value, at) ?? {})
          .filter(
            ([key, value]) =>
              typeof value === 'string' && labelsOf(ground).some((labels) => labels[key] === value),
          )
          .map(([key, value]) => () => {
            const wrong = misspelled(value, ground.random);
            if (labelsOf(ground).some((labels) => labels[key] === wrong)) return null;
            return scalarWritten(source, [...at, key], wrong, (rendered) =>
              (rendered ?? []).some((one) => one.kind === kind && valueAt(one, at)?.[key] === wrong),
            );
          }),
      ),
  };
}

function targetPort(): Kind {
  return {
    name: 'targetPort that no container names',
    finds: /^service-without-endpoints\/target-port-mismatch$/,
    candidates: (ground) =>
      of(ground, 'Service').flatMap((source) =>
        [...(source.value.spec?.ports ?? []).entries()]
          .filter(
            ([, port]) =>
              typeof port.targetPort === 'string' &&
              JSON.stringify(ground.rendered).includes(`"name":"${port.targetPort}"`),
          )
          .map(
            ([index, port]) =>
              () =>
                nameMisspelled(source, ['spec', 'ports', index, 'targetPort'], port.targetPort, ground),
          ),
      ),
  };
}

function targetNumber(): Kind {
  return {
    name: 'targetPort that the containers no longer have',
    finds: /^service-without-endpoints\/target-port-left$/,
    candidates: (ground) =>
      of(ground, 'Service').flatMap((source) =>
        [...(source.value.spec?.ports ?? []).entries()]
          .filter(
            ([, port]) =>
              typeof port.targetPort === 'number' &&
              JSON.stringify(ground.rendered.filter(({ kind }) => kind !== 'Service')).includes(
                `"containerPort":${port.targetPort}`,
              ) &&
              labelsOf(ground).some((labels) =>
                Object.entries(source.value.spec?.selector ?? {}).every(([k, v]) => labels[k] === v),
              ),
          )
          .map(
            ([index, port]) =>
              () =>
                scalarWritten(
                  source,
                  ['spec', 'ports', index, 'targetPort'],
                  String(port.targetPort + 11),
                  (rendered) =>
                    JSON.stringify(rendered ?? []).includes(`"targetPort":${port.targetPort + 11}`),
                ),
          ),
      ),
  };
}

function portsWithoutNames(): Kind {
  return {
    name: 'second port of a Service without a name',
    finds: /^(?:manifest|ports)\//,
    candidates: (ground) =>
      of(ground, 'Service')
        .filter(({ value }) => (value.spec?.ports ?? []).length > 0)
        .map((source) => (): Breakage | null => {
          const result = before(source, ['spec', 'ports', 0], ['- port: 19098']);
          if (!result) return null;
          return {
            what: `Service ${source.value.metadata.name}: port without a name`,
            files: { [source.file]: result.text },
            right: () => [{ file: source.file, line: result.line }],
            shows: (rendered) => JSON.stringify(rendered ?? []).includes('"port":19098'),
          };
        }),
  };
}

/** A new file of a root, listed in its kustomization. */
function added(ground: Ground, name: string, text: string): Readonly<Record<string, string>> | null {
  for (const source of ground.kustomizations) {
    if (!Array.isArray(source.value.resources) || source.value.resources.length === 0) continue;
    const result = before(source, ['resources', 0], [`- ${name}`]);
    const folder = source.file.split('/').slice(0, -1).join('/');
    const file = folder === '' ? name : `${folder}/${name}`;
    if (result && ground.textOf(file) === null) return { [source.file]: result.text, [file]: text };
  }
  return null;
}

function newAutoscaler(
  name: string,
  finds: RegExp,
  make: (workload: Source, ground: Ground) => { readonly text: string; readonly line: number },
): Kind {
  return {
    name,
    finds,
    // What neither git nor a cluster has is unknown without a cluster.
    needsCluster: true,
    candidates: (ground) =>
      of(ground, 'Deployment').map((workload) => (): Breakage | null => {
        const { text, line } = make(workload, ground);
        const files = added(ground, 'seeded-hpa.yaml', text);
        const file = Object.keys(files ?? {}).at(-1)!;
        return (
          files && {
            what: `an autoscaler for ${workload.value.metadata.name}`,
            files,
            right: () => [{ file, line }],
            shows: (rendered) => (rendered ?? []).some((one) => one.kind === 'HorizontalPodAutoscaler'),
          }
        );
      }),
  };
}

function autoscaler(target: string, namespace: string | undefined, more: readonly string[]): string {
  return [
    'apiVersion: autoscaling/v2',
    'kind: HorizontalPodAutoscaler',
    'metadata:',
    '  name: seeded',
    ...(namespace === undefined ? [] : [`  namespace: ${namespace}`]),
    'spec:',
    '  scaleTargetRef:',
    '    apiVersion: apps/v1',
    '    kind: Deployment',
    `    name: ${target}`,
    ...more,
    '',
  ].join('\n');
}

const spaceOf = (source: Source): string | undefined => source.value.metadata.namespace;
const offset = (source: Source): number => (spaceOf(source) === undefined ? 0 : 1);

function replicasUnderAutoscaler(): Kind {
  return {
    name: 'replicas under an autoscaler',
    finds: /^hpa-fights-git\/replicas-in-git$/,
    candidates: (ground) =>
      of(ground, 'Deployment')
        .filter(
          ({ value }) =>
            value.spec?.replicas === undefined &&
            ground.rendered.some(
              (one) =>
                one.kind === 'HorizontalPodAutoscaler' &&
                one.spec?.scaleTargetRef?.name === value.metadata.name,
            ),
        )
        .map((source) => (): Breakage | null => {
          const [first] = Object.keys(source.value.spec ?? {});
          const result = first === undefined ? null : before(source, ['spec', first], ['replicas: 2']);
          return (
            result && {
              what: `Deployment ${source.value.metadata.name}: replicas: 2`,
              files: { [source.file]: result.text },
              right: () => [{ file: source.file, line: result.line }],
              shows: (rendered) =>
                (rendered ?? []).some(
                  (one) =>
                    one.kind === 'Deployment' &&
                    one.metadata.name.endsWith(source.value.metadata.name) &&
                    one.spec.replicas === 2,
                ),
            }
          );
        }),
  };
}

function maximum(
  name: string,
  finds: RegExp,
  of_: (spec: Json) => { readonly key: string; readonly value: number } | null,
): Kind {
  return {
    name,
    finds,
    candidates: (ground) =>
      of(ground, 'HorizontalPodAutoscaler').map((source) => () => {
        const change = of_(source.value.spec);
        return (
          change &&
          scalarWritten(source, ['spec', change.key], String(change.value), (rendered) =>
            (rendered ?? []).some(
              (one) => one.kind === 'HorizontalPodAutoscaler' && one.spec[change.key] === change.value,
            ),
          )
        );
      }),
  };
}

/** Versions that Kubernetes no longer serves. */
const REMOVED: Readonly<Record<string, string>> = {
  Deployment: 'extensions/v1beta1',
  Ingress: 'networking.k8s.io/v1beta1',
  CronJob: 'batch/v1beta1',
  HorizontalPodAutoscaler: 'autoscaling/v2beta2',
  PodDisruptionBudget: 'policy/v1beta1',
  RoleBinding: 'rbac.authorization.k8s.io/v1beta1',
};

function removedVersion(): Kind {
  return {
    name: 'API version that Kubernetes removed',
    finds: /^removed-api\/version-not-served$/,
    needsCluster: true,
    candidates: (ground) =>
      ground.manifests.flatMap((source) => {
        const old = REMOVED[source.value.kind];
        return old === undefined
          ? []
          : [
              () =>
                scalarWritten(source, ['apiVersion'], old, (rendered) =>
                  (rendered ?? []).some((one) => one.apiVersion === old),
                ),
            ];
      }),
  };
}

function budgetTooStrict(): Kind {
  return {
    name: 'Service type that there is not',
    finds: /^(?:manifest|ports)\//,
    candidates: (ground) =>
      of(ground, 'Service')
        .filter(({ value }) => value.spec?.type !== undefined)
        .map(
          (source) => () =>
            scalarWritten(
              source,
              ['spec', 'type'],
              'ClusterIp',
              (rendered) => rendered !== null && holds(rendered, 'ClusterIp'),
            ),
        ),
  };
}

export const networkKinds: readonly Kind[] = [
  selector(
    'selector of a Service misspelled',
    'Service',
    ['spec', 'selector'],
    /^service-without-endpoints\/selector-mismatch$/,
  ),
  selector(
    'selector of a PodDisruptionBudget misspelled',
    'PodDisruptionBudget',
    ['spec', 'selector', 'matchLabels'],
    /^lost-selector\/budget-without-pods$/,
  ),
  selector(
    'selector of a NetworkPolicy misspelled',
    'NetworkPolicy',
    ['spec', 'podSelector', 'matchLabels'],
    /^lost-selector\/policy-without-pods$/,
  ),
  selector(
    'selector of a workload misspelled',
    'Deployment',
    ['spec', 'selector', 'matchLabels'],
    /^own-selector\/selector-mismatch$/,
  ),
  {
    name: 'selector of a ServiceMonitor misspelled',
    finds: /^lost-selector\/monitor-without-targets$/,
    candidates: (ground) =>
      of(ground, 'ServiceMonitor').flatMap((source) =>
        Object.entries<Json>(source.value.spec?.selector?.matchLabels ?? {})
          .filter(([key, value]) =>
            ground.rendered.some((one) => one.kind === 'Service' && one.metadata.labels?.[key] === value),
          )
          .map(
            ([key, value]) =>
              () =>
                nameMisspelled(source, ['spec', 'selector', 'matchLabels', key], value, ground),
          ),
      ),
  },
  targetPort(),
  targetNumber(),
  portsWithoutNames(),
  budgetTooStrict(),
  newAutoscaler(
    'new autoscaler of a workload that is not there',
    /^hpa-not-scaling\/target-missing$/,
    (workload, ground) => ({
      text: autoscaler(misspelled(workload.value.metadata.name, ground.random), spaceOf(workload), [
        '  minReplicas: 1',
        '  maxReplicas: 4',
      ]),
      line: 9 + offset(workload),
    }),
  ),
  newAutoscaler(
    'new autoscaler with its maximum below its minimum',
    /^(?:hpa-at-maximum\/maximum-below-minimum|manifest\/.*)$/,
    (workload) => ({
      text: autoscaler(workload.value.metadata.name, spaceOf(workload), [
        '  minReplicas: 5',
        '  maxReplicas: 2',
      ]),
      line: 11 + offset(workload),
    }),
  ),
  maximum(
    'maximum of an autoscaler below its minimum',
    /^(?:hpa-at-maximum\/maximum-below-minimum|manifest\/.*)$/,
    (spec) =>
      typeof spec?.minReplicas === 'number' && spec.minReplicas > 1 && spec.maxReplicas !== undefined
        ? { key: 'maxReplicas', value: spec.minReplicas - 1 }
        : null,
  ),
  maximum(
    'minimum of an autoscaler above its maximum',
    /^(?:hpa-at-maximum\/maximum-below-minimum|manifest\/.*)$/,
    (spec) =>
      typeof spec?.maxReplicas === 'number' && spec.minReplicas !== undefined
        ? { key: 'minReplicas', value: spec.maxReplicas + 1 }
        : null,
  ),
  {
    ...maximum(
      'maximum of an autoscaler below what runs',
      /^hpa-at-maximum\/maximum-below-running$/,
      (spec) =>
        typeof spec?.maxReplicas === 'number' && spec.maxReplicas > Math.max(1, spec.minReplicas ?? 1)
          ? { key: 'maxReplicas', value: Math.max(1, spec.minReplicas ?? 1) }
          : null,
    ),
    needsCluster: true,
  },
  replicasUnderAutoscaler(),
  removedVersion(),
];

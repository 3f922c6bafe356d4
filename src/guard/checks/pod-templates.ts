import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import {
  containerPath,
  containersOf,
  podSpecOf,
  podSpecPath,
  type PlacedContainer,
} from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';

const CAUSES = {
  'volume-missing': 'a container mounts a volume that its pod does not have',
  'named-twice': 'two containers, volumes or ports have one name, or two mounts one path',
  'restart-policy':
    'the restart policy is none that the workload can have: `Always` for a Deployment, never for a Job',
} as const;

/**
 * Templates whose parts do not fit together, which the API server refuses.
 * Source: ValidatePodTemplateSpec of https://github.com/kubernetes/kubernetes/tree/v1.34.2/pkg/apis/core/validation
 */
export const podTemplates: Foresight = {
  causes: CAUSES,
  foresee({ objects }) {
    return objects.flatMap((object) => {
      const [spec, path] = [podSpecOf(object), podSpecPath(object.kind)];
      if (!spec || path === null) return [];
      const placed = containersOf(spec);
      return [
        ...placed.flatMap((one) => withinContainer(object, one)),
        ...twice(
          placed.map(({ container, ...at }) => [
            container.name,
            `${containerPath(object.kind, { container, ...at })}.name`,
          ]),
          object,
          prose`two containers`,
        ),
        ...twice(
          recordsOf(spec.volumes).map(({ name }, index) => [name, `${path}.volumes[${index}].name`]),
          object,
          prose`two volumes`,
        ),
        ...wrongPolicy(object, spec['restartPolicy'], path),
      ];
    });
  },
};

type Refused = (cause: keyof typeof CAUSES, field: string, says: Prose) => Foreseen;

function refusing(object: ClusterObject): Refused {
  return (cause, field, says) => ({
    cause,
    object: refOf(object),
    field,
    level: 'error',
    because: prose`The API server refuses ${describeRef(refOf(object))}: ${says}.`,
  });
}

function withinContainer(object: ClusterObject, placed: PlacedContainer): readonly Foreseen[] {
  const { container } = placed;
  const path = containerPath(object.kind, placed);
  if (path === null) return [];
  const volumes = volumesOf(object);
  const mounts = recordsOf(container.volumeMounts);
  const unknown = mounts.flatMap(({ name }, index) =>
    typeof name !== 'string' || volumes.has(name)
      ? []
      : [
          refusing(object)(
            'volume-missing',
            `${path}.volumeMounts[${index}].name`,
            prose`container ${container.name} mounts volume ${name}, which its template does not have`,
          ),
        ],
  );
  return [
    ...unknown,
    ...twice(
      recordsOf(container['ports']).map(({ name }, index) => [name, `${path}.ports[${index}].name`]),
      object,
      prose`two ports of container ${container.name}`,
    ),
    ...twice(
      mounts.map(({ mountPath }, index) => [mountPath, `${path}.volumeMounts[${index}].mountPath`]),
      object,
      prose`two mounts of container ${container.name}`,
    ),
  ];
}

function volumesOf(object: ClusterObject): ReadonlySet<unknown> {
  const claims =
    object.kind === 'StatefulSet' ? recordsOf(recordAt(object, 'spec')['volumeClaimTemplates']) : [];
  return new Set([
    ...recordsOf(podSpecOf(object)?.volumes).map(({ name }) => name),
    ...claims.map((claim) => recordAt(claim, 'metadata')['name']),
  ]);
}

/** The later ones of equal names. */
function twice(
  named: readonly (readonly [name: unknown, field: string])[],
  object: ClusterObject,
  what: Prose,
): readonly Foreseen[] {
  const seen = new Set<unknown>();
  return named.flatMap(([name, field]) => {
    if (typeof name !== 'string' || name === '') return [];
    if (seen.has(name))
      return [refusing(object)('named-twice', field, prose`${what} are both called ${name}`)];
    seen.add(name);
    return [];
  });
}

const ALWAYS: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);
const NEVER_ALWAYS: ReadonlySet<string> = new Set(['Job', 'CronJob']);

function wrongPolicy(object: ClusterObject, policy: unknown, path: string): readonly Foreseen[] {
  const isWrong = ALWAYS.has(object.kind)
    ? typeof policy === 'string' && policy !== 'Always'
    : NEVER_ALWAYS.has(object.kind) && (policy === undefined || policy === 'Always');
  if (!isWrong) return [];
  const takes = ALWAYS.has(object.kind) ? ownText('Always') : ownText('OnFailure or Never');
  const says =
    policy === undefined
      ? prose`its restartPolicy is missing, and it takes ${takes}`
      : prose`its restartPolicy is ${String(policy)}, and it takes ${takes}`;
  return [refusing(object)('restart-policy', `${path}.restartPolicy`, says)];
}

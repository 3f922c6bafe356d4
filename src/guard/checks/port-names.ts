import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports: an IANA service name of at most 15 characters, with a letter. */
const NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/;
const HIGHEST = 65_535;

/** Ports that the API server refuses, by number or by name. */
export const portNames: Foresight = {
  causes: {
    'invalid-port':
      'a port has a number above 65535, or a name that is none: at most 15 letters, digits and -',
  },
  foresee({ objects }) {
    return objects.flatMap((object) =>
      object.kind === 'Service' && object.apiVersion === 'v1' ? inService(object) : inContainers(object),
    );
  },
};

function inContainers(object: ClusterObject): readonly Foreseen[] {
  return containersOf(podSpecOf(object)).flatMap((placed) =>
    recordsOf(placed.container['ports']).flatMap((port, index) => [
      ...refused(
        object,
        `${containerPath(object.kind, placed) ?? ''}.ports[${index}]`,
        port,
        'containerPort',
      ),
      ...refused(object, `${containerPath(object.kind, placed) ?? ''}.ports[${index}]`, port, 'name'),
    ]),
  );
}

function inService(object: ClusterObject): readonly Foreseen[] {
  return recordsOf(recordAt(object, 'spec')['ports']).flatMap((port, index) => [
    ...refused(object, `spec.ports[${index}]`, port, 'port'),
    ...refused(object, `spec.ports[${index}]`, port, 'targetPort'),
  ]);
}

function refused(
  object: ClusterObject,
  path: string,
  port: Readonly<Record<string, unknown>>,
  key: string,
): readonly Foreseen[] {
  const value = port[key];
  const isRight =
    typeof value === 'number'
      ? value >= 1 && value <= HIGHEST
      : typeof value !== 'string' || NAME.test(value);
  if (isRight) return [];
  const ref = refOf(object);
  return [
    {
      cause: 'invalid-port',
      object: ref,
      field: `${path}.${key}`,
      level: 'error',
      because: prose`The API server refuses ${describeRef(ref)}: ${key} is ${String(value)}, which is not a port.`,
    },
  ];
}

import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports: an IANA service name of at most 15 characters, with a letter. */
const NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/;
const HIGHEST = 65_535;

/** Ports that the API server refuses, by number or by name. */
export const portNames: Foresight = {
  causes: {
    'invalid-port':
      'a port has a number above 65535, or a name that is none: at most 15 letters, digits and -',
    'port-without-name': 'a Service has several ports, and one of them no name',
    'port-twice': 'a Service has two ports of one name, or of one number and protocol',
  },
  foresee({ objects, before }) {
    return objects.flatMap((object) =>
      object.kind === 'Service' && object.apiVersion === 'v1'
        ? [...inService(object), ...unlikeOthers(object, before(object))]
        : inContainers(object),
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

/** https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services */
function unlikeOthers(service: ClusterObject, before: ClusterObject | null): readonly Foreseen[] {
  const ports = recordsOf(recordAt(service, 'spec')['ports']);
  if (ports.length < 2) return [];
  const ref = refOf(service);
  const foreseen = (cause: string, field: string, says: Prose): Foreseen => ({
    cause,
    object: ref,
    field,
    level: 'error',
    because: prose`The API server refuses ${describeRef(ref)}: ${says}.`,
  });
  const old = new Set(recordsOf(recordAt(before ?? undefined, 'spec')['ports']).map(({ port }) => port));
  const nameless = ports.flatMap((port, index) =>
    port['name'] === undefined || port['name'] === '' ? [{ index, port }] : [],
  );
  // One port needs no name: it is the new one that is at fault.
  const [unnamed] = [...nameless.filter(({ port }) => !old.has(port['port'])), ...nameless];
  const seen = new Set<string>();
  return [
    ...(unnamed
      ? [
          foreseen(
            'port-without-name',
            `spec.ports[${unnamed.index}].port`,
            prose`port ${String(unnamed.port['port'])} has no name, and each of several ports needs one`,
          ),
        ]
      : []),
    ...ports.flatMap(({ name, port, protocol = 'TCP' }, index): readonly Foreseen[] => {
      const [asName, asNumber] = [`name ${String(name)}`, `number ${String(port)} ${String(protocol)}`];
      const isTwice = (name !== undefined && seen.has(asName)) || seen.has(asNumber);
      const key = seen.has(asNumber) ? 'port' : 'name';
      seen.add(asName).add(asNumber);
      return isTwice
        ? [
            foreseen(
              'port-twice',
              `spec.ports[${index}].${key}`,
              prose`two of its ports have the ${ownText(key === 'port' ? 'number' : 'name')} ${String(key === 'port' ? port : name)}`,
            ),
          ]
        : [];
    }),
  ];
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

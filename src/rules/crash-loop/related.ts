import type { LogReading } from '../../facts/log.ts';
import { architecturesOf } from '../../facts/node-platform.ts';
import { portsOf } from '../../facts/probes.ts';
import { containersIn, type ContainerFacts } from '../../facts/subjects.ts';
import { recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { dependencyOf } from '../../witnesses/dependency.ts';
import type { Dependency } from '../../witnesses/dependency-state.ts';
import { adviceOn } from './advice.ts';

/** What belongs to the words of a log: the fields that they are about, what the cluster knows of it, and what to do. */
export interface Related {
  readonly because: readonly Prose[];
  readonly blames: readonly Blame[];
  readonly advice: readonly Prose[];
  readonly evidence: readonly Evidence[];
  readonly explainedBy: readonly Culprit[];
  /** The NetworkPolicy that keeps it from what it connects to. */
  readonly culprit?: Culprit;
}

const NOTHING: Related = {
  because: [],
  blames: [],
  advice: [],
  evidence: [],
  explainedBy: [],
};

/** Complaints about somebody else: a server, a name, what stands behind it. */
const OF_SERVERS = new Set([
  'name-not-resolved',
  'connection-refused',
  'connection-timeout',
  'authentication-failed',
  'too-many-connections',
  'database-read-only',
  'missing-relation',
  'migration-failed',
]);

export function relatedTo(container: ContainerFacts, pod: ClusterObject, said: LogReading): Related {
  const { cause, about } = said;
  if (!OF_SERVERS.has(cause)) return ownFields(container, pod, said);
  const dependency = ofDependency(dependencyOf(container, pod, said));
  return { ...dependency, advice: [...dependency.advice, ...adviceOn(cause, about, container.name)] };
}

export function ofDependency({ says, blocked, ...rest }: Dependency): Related {
  const [policy] = blocked?.policies ?? [];
  if (!policy) return { ...rest, because: says };
  const { kind, namespace, name } = refOf(policy);
  return { ...rest, because: says, culprit: { kind, namespace, name } };
}

function ownFields(container: ContainerFacts, pod: ClusterObject, said: LogReading): Related {
  const { cause, about } = said;
  switch (cause) {
    case 'missing-variable':
      return missingVariable(container, pod, about);
    case 'invalid-value':
      return {
        ...ofArgument(container, cause, about),
        blames: [...ofVariable(container, about), ...ofArgument(container, cause, about).blames],
      };
    case 'unknown-flag':
    case 'missing-argument':
    case 'command-not-found':
    case 'not-executable':
    case 'missing-module':
      return ofArgument(container, cause, about);
    case 'missing-file':
    case 'permission-denied':
    case 'read-only-file-system':
    case 'config-invalid':
    case 'no-space-left':
      return ofPath(container, cause, about);
    case 'address-in-use':
      return addressInUse(container, about);
    case 'exec-format':
      return ofArchitecture(container, pod);
    default:
      return { ...NOTHING, advice: adviceOn(cause, about, container.name) };
  }
}

function envOf({ placed }: ContainerFacts) {
  return placed?.container.env ?? [];
}

function ofVariable(container: ContainerFacts, name: string | null): readonly Blame[] {
  const variable = envOf(container).find((one) => one.name === name);
  return variable?.value === undefined ? [] : container.field(`env[name=${name!}].value`);
}

/**
 * Keys that the kubelet left out of `envFrom`, since no variable can have such a name: `Keys [tide-url] from the EnvFrom configMap pier/sonar
 * were skipped since they are considered invalid environment variable names.` Source: makeEnvironmentVariables in pkg/kubelet/kubelet_pods.go.
 */
function skippedKeys(container: ContainerFacts, pod: ClusterObject): readonly Prose[] {
  return container.cluster
    .eventsOf(pod)
    .filter(({ reason }) => reason === 'InvalidEnvironmentVariableNames')
    .slice(-2)
    .flatMap(({ message }) => {
      const [, keys, kind, name] =
        /Keys \[([^\]]+)\] from the EnvFrom (\w+) (\S+) were skipped/.exec(message) ?? [];
      if (keys === undefined || kind === undefined || name === undefined) return [];
      const many = keys.includes(',');
      return [
        prose`The kubelet left ${ownText(many ? 'the keys' : 'the key')} ${keys} of ${ownText(kind.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap')} ${name} out of envFrom: ${ownText(many ? 'they are not valid names' : 'it is not a valid name')} of a variable.`,
      ];
    });
}

function missingVariable(container: ContainerFacts, pod: ClusterObject, about: string | null): Related {
  if (about === null) return { ...NOTHING, advice: [prose`Set what the log names.`] };
  const env = envOf(container);
  const variable = env.find((one) => one.name.toUpperCase() === about.toUpperCase());
  const key = variable?.valueFrom?.configMapKeyRef ?? variable?.valueFrom?.secretKeyRef;
  const kind = variable?.valueFrom?.secretKeyRef ? 'Secret' : 'ConfigMap';
  const sources = recordsOf(container.placed?.container.envFrom).flatMap(({ configMapRef, secretRef }) => [
    ...(configMapRef?.name ? [`ConfigMap ${configMapRef.name}`] : []),
    ...(secretRef?.name ? [`Secret ${secretRef.name}`] : []),
  ]);
  const where = key ? `valueFrom.${kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef'}` : null;
  return {
    ...NOTHING,
    because: [
      ...skippedKeys(container, pod),
      ...(variable
        ? key?.optional === true
          ? [
              prose`It comes from key ${key.key ?? ''} of ${ownText(kind)} ${key.name ?? ''}, which is optional: without the key the variable is not set.`,
            ]
          : []
        : [
            sources.length > 0
              ? prose`The container's env has no ${about}; ${listed(sources)} would have to bring it.`
              : prose`The container's env has no ${about}.`,
          ]),
    ],
    blames:
      where !== null && variable
        ? container.field(`env[name=${variable.name}].${where}.key`)
        : ofVariable(container, variable?.name ?? null),
    advice: [prose`Set ${about} for container ${container.name}, or restore it if a commit removed it.`],
  };
}

/** The element of `command` or `args` that has the words, else what decides which program runs. */
function ofArgument(container: ContainerFacts, cause: string, about: string | null): Related {
  const { command = [], args = [] } = container.placed?.container ?? {};
  const places = [
    ...args.map((text, index) => ({ text: String(text), field: `args[${index}]` })),
    ...command.map((text, index) => ({ text: String(text), field: `command[${index}]` })),
  ];
  const bare = about?.replace(/^-+/, '') ?? '';
  const place = [
    ({ text }: { text: string }) => text === about || text.startsWith(`${about}=`),
    ({ text }: { text: string }) => bare !== '' && text.replace(/^-+/, '').startsWith(bare),
    ({ text }: { text: string }) => bare !== '' && text.split(/[\s;&|]+/).includes(about!),
  ]
    .map((isIt) => (about === null ? undefined : places.find(isIt)))
    .find((one) => one !== undefined);
  const otherwise = cause === 'command-not-found' && command.length === 0 ? container.field('image') : [];
  return {
    ...NOTHING,
    blames: place ? container.field(place.field) : otherwise,
    advice: adviceOn(cause, about, container.name),
  };
}

/** The argument, variable or mount that has the path. */
function ofPath(container: ContainerFacts, cause: string, about: string | null): Related {
  const path = about?.replace(/:\d+$/, '') ?? null;
  const { volumeMounts = [] } = container.placed?.container ?? {};
  const mounts = recordsOf(volumeMounts)
    .map((mount, index) => ({ mount, index }))
    .filter(
      ({ mount }) => path !== null && (path === mount.mountPath || path.startsWith(`${mount.mountPath}/`)),
    )
    .toSorted((a, b) => b.mount.mountPath.length - a.mount.mountPath.length);
  const [nearest] = mounts;
  const argument = ofArgument(container, cause, path).blames;
  const variable = envOf(container).find(({ value }) => path !== null && value === path);
  const readOnly =
    cause === 'read-only-file-system' ? container.value('securityContext.readOnlyRootFilesystem') : false;
  return {
    ...NOTHING,
    because: [
      ...(nearest
        ? [
            prose`${path!} is below the mount of volume ${nearest.mount.name} at ${nearest.mount.mountPath}${nearest.mount.readOnly === true ? ownText(', which is read-only') : ownText('')}.`,
          ]
        : []),
      ...(readOnly === true && !nearest
        ? [prose`The container's root file system is read-only, and no volume is mounted there.`]
        : []),
    ],
    blames: nearest
      ? container.field(`volumeMounts[${nearest.index}].mountPath`)
      : argument.length > 0
        ? argument
        : variable
          ? ofVariable(container, variable.name)
          : readOnly === true
            ? container.field('securityContext.readOnlyRootFilesystem')
            : [],
    advice: adviceOn(cause, about, container.name),
  };
}

/** Containers of one pod share its ports: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking */
function addressInUse(container: ContainerFacts, about: string | null): Related {
  const number = Number(about);
  const others = containersIn(container.workload).filter(({ name, placed, instances }) => {
    const own = placed?.container ?? instances[0]?.placed.container;
    return name !== container.name && placed?.role !== 'init' && own !== undefined && hasPort(own, number);
  });
  const [other] = others;
  const index = (one: ContainerFacts) =>
    one.placed ? portsOf(one.placed.container).findIndex((port) => port.number === number) : -1;
  return {
    ...NOTHING,
    because: other
      ? [
          prose`Container ${other.name} of the same pod has port ${number}, and the containers of a pod share its ports.`,
          ...(other.placed
            ? []
            : [prose`The template has no such container: a webhook added it to the pods.`]),
        ]
      : [],
    blames: others.flatMap((one) => (index(one) >= 0 ? one.field(`ports[${index(one)}].containerPort`) : [])),
    advice: [
      other
        ? prose`Give container ${container.name} or ${other.name} another port.`
        : prose`Find the process of the pod (or, with hostNetwork, of the node) that has ${about === null ? ownText('the port') : prose`port ${about}`}.`,
    ],
  };
}

function hasPort(container: Parameters<typeof portsOf>[0], number: number): boolean {
  return portsOf(container).some((port) => port.number === number);
}

/** The architecture of the node on which it fails, and of those on which it runs. */
export function ofArchitecture(container: ContainerFacts, pod: ClusterObject): Related {
  const { cluster, workload } = container;
  const node = String(podSpecOf(pod)?.nodeName ?? '');
  const { here, others } = architecturesOf(node, cluster);
  const running = workload.activePods.flatMap((one) => {
    const name = podSpecOf(one)?.nodeName;
    const isUp = recordsOf(recordAt(one, 'status')['containerStatuses']).some(
      (status) => status['name'] === container.name && status['ready'] === true,
    );
    return isUp && name !== undefined && name !== node ? [name] : [];
  });
  const [works] = running;
  const there = works === undefined ? null : architecturesOf(works, cluster).here;
  const [other] = there ? [there] : others;
  return {
    ...NOTHING,
    because: [
      ...(here ? [prose`Node ${node} is ${here}.`] : []),
      ...(works !== undefined && there
        ? [prose`The same image runs on node ${works}, which is ${there}.`]
        : []),
    ],
    blames: container.field('image'),
    advice: here
      ? [
          prose`Build the image for ${here} too (a multi-arch image)${other ? prose`, or keep the pods on other nodes with nodeSelector kubernetes.io/arch: ${other}` : ownText('')}.`,
          prose`A script needs a first line such as #!/bin/sh.`,
        ]
      : [
          prose`Build the image for the architecture of the nodes (a multi-arch image), or select nodes with nodeSelector kubernetes.io/arch; a script needs a first line such as #!/bin/sh.`,
        ],
  };
}

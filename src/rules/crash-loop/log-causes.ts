import type { LogCause, LogReading } from '../../facts/log.ts';
import { portsOf } from '../../facts/probes.ts';
import { containersIn, type ContainerFacts } from '../../facts/subjects.ts';
import type { Blame } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';

const SAID = { fix: 'none', outcome: 'declined, naming the line' } as const;

/** What a program's log says, the most telling first. */
export const LOG_CAUSES = {
  'exec-format': {
    means: 'the file is not for the architecture of the node: `exec format error`',
    ...SAID,
    phase: 'startup',
  },
  'address-in-use': { means: 'another process listens on the port already', ...SAID },
  'unknown-flag': { means: 'the program does not know an argument', ...SAID, phase: 'startup' },
  'missing-variable': {
    means: 'an environment variable or setting is missing',
    ...SAID,
    phase: 'configuration',
  },
  'heap-exhausted': { means: 'the heap of the runtime (JVM, V8, .NET, Python) is full', ...SAID },
  'too-many-connections': { means: 'the database or its pool has no connection left', ...SAID },
  'database-read-only': { means: 'the database accepts no writes', ...SAID },
  'read-only-file-system': { means: 'it writes to a read-only file system', ...SAID },
  'no-space-left': { means: 'a volume or disk is full', ...SAID },
  'permission-denied': { means: 'a file or port is not permitted to it', ...SAID },
  'authentication-failed': { means: 'user or password is refused', ...SAID },
  'certificate-invalid': { means: 'a certificate is expired or not trusted', ...SAID },
  'missing-relation': { means: 'a table or database does not exist', ...SAID },
  'name-not-resolved': { means: 'a host name has no address', ...SAID },
  'connection-refused': { means: 'nothing accepts connections at an address', ...SAID },
  'connection-timeout': { means: 'an address does not answer', ...SAID },
  'missing-module': { means: 'a module, class or library is not in the image', ...SAID },
  'missing-file': { means: 'a file does not exist', ...SAID },
  panic: { means: 'the program panics', ...SAID },
} as const satisfies Record<LogCause, unknown>;

interface Related {
  readonly because: readonly Prose[];
  readonly blames: readonly Blame[];
  readonly advice: readonly Prose[];
}

/** The fields of the container that the log's words are about, and what to do. */
export function relatedTo(container: ContainerFacts, { cause, about }: LogReading): Related {
  switch (cause) {
    case 'missing-variable':
      return missingVariable(container, about);
    case 'unknown-flag':
      return unknownFlag(container, about);
    case 'address-in-use':
      return addressInUse(container, about);
    case 'name-not-resolved':
    case 'connection-refused':
    case 'connection-timeout':
      return unreachable(container, about);
    default:
      return { because: [], blames: [], advice: [ADVICE[cause] ?? prose`Act on what the log says.`] };
  }
}

const ADVICE: Readonly<Partial<Record<LogCause, Prose>>> = {
  'exec-format': prose`Build the image for the architecture of the nodes, or select nodes with kubernetes.io/arch.`,
  'too-many-connections': prose`Look for what holds the connections of the database, or give it more: restarting the client frees none of the others.`,
  'database-read-only': prose`Find out why the database accepts no writes: a replica, a failover, a full disk or a setting.`,
  'permission-denied': prose`Compare the user that the container runs as (runAsUser, fsGroup) with the owner of the file.`,
  'read-only-file-system': prose`Give the path a volume (an emptyDir for scratch files), or let the program write elsewhere.`,
  'authentication-failed': prose`Compare user and password that the program reads with what the other side expects.`,
  'certificate-invalid': prose`Renew the certificate, or let the program trust the authority that signed it.`,
  'missing-module': prose`Build the image with what is missing, or roll back to the last image that was Ready.`,
  'missing-relation': prose`Run the migrations that create it, or correct its name.`,
  'heap-exhausted': prose`Raise the heap of the runtime, or find what fills it.`,
  'no-space-left': prose`Free space on the volume, or enlarge it.`,
};

function envOf({ placed }: ContainerFacts) {
  return placed?.container.env ?? [];
}

function missingVariable(container: ContainerFacts, name: string | null): Related {
  if (name === null) return { because: [], blames: [], advice: [prose`Set what the log names.`] };
  const variable = envOf(container).find((one) => one.name === name);
  return {
    because: variable ? [] : [prose`The container's env has no ${name}.`],
    blames: variable?.value === undefined ? [] : container.field(`env[name=${name}].value`),
    advice: [prose`Set ${name} for container ${container.name}, or restore it if a commit removed it.`],
  };
}

function unknownFlag(container: ContainerFacts, flag: string | null): Related {
  const { command = [], args = [] } = container.placed?.container ?? {};
  const places = [
    ...args.map((text, index) => ({ text: String(text), field: `args[${index}]` })),
    ...command.map((text, index) => ({ text: String(text), field: `command[${index}]` })),
  ];
  const isIt = (text: string) => flag !== null && (text === flag || text.startsWith(`${flag}=`));
  const place =
    places.find(({ text }) => isIt(text)) ??
    places.find(({ text }) => flag !== null && text.replace(/^-+/, '').startsWith(flag.replace(/^-+/, '')));
  return {
    because: [],
    blames: place ? container.field(place.field) : [],
    advice: [
      flag === null
        ? prose`Remove the argument that the log names, or use the image that knows it.`
        : prose`Remove ${flag}, write it as this version of the program does, or use the image that knows it.`,
    ],
  };
}

/** Containers of one pod share its ports: https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking */
function addressInUse(container: ContainerFacts, about: string | null): Related {
  const number = Number(/(\d+)$/.exec(about ?? '')?.[1]);
  const others = containersIn(container.workload).filter(({ name, placed }) => {
    const ports = placed ? portsOf(placed.container).map((port) => port.number) : [];
    return name !== container.name && placed?.role !== 'init' && ports.some((port) => port === number);
  });
  const index = (one: ContainerFacts) =>
    portsOf(one.placed!.container).findIndex((port) => port.number === number);
  const [other] = others;
  return {
    because: other
      ? [
          prose`Container ${other.name} of the same pod declares port ${number}, and containers of a pod share its ports.`,
        ]
      : [],
    blames: others.flatMap((one) => one.field(`ports[${index(one)}].containerPort`)),
    advice: [
      other
        ? prose`Give container ${container.name} or ${other.name} another port.`
        : prose`Find the process of the pod (or, with hostNetwork, of the node) that has the port.`,
    ],
  };
}

/** The variable that has the address, and whether the cluster has a Service of that name. */
function unreachable(container: ContainerFacts, address: string | null): Related {
  if (address === null)
    return {
      because: [],
      blames: [],
      advice: [prose`Check what the log names: whether it runs, and whether its address is right.`],
    };
  const host = address.replace(/:\d+$/, '');
  const [name = '', space] = host.split('.');
  const { cluster, workload } = container;
  const namespace = space ?? workload.ref.namespace;
  const presence = cluster.presence('Service', namespace, name);
  const variables = envOf(container).filter(({ value }) => typeof value === 'string' && value.includes(host));
  return {
    because:
      presence === 'absent' && !host.includes('.') ? [prose`The namespace has no Service ${name}.`] : [],
    blames: variables.flatMap((variable) => container.field(`env[name=${variable.name}].value`)),
    advice: [
      presence === 'present'
        ? prose`Check what serves Service ${name}: kubectl get pods,endpointslices -n ${namespace ?? ''}`
        : prose`Check that ${address} exists and is reachable from the pod.`,
    ],
  };
}

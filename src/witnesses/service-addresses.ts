import { isHeadless, servicePortsOf } from '../facts/services.ts';
import { recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Container, PodSpec } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Blame } from '../model/finding.ts';
import { variablesOf, type Place } from './settings.ts';

/** A variable or an argument of a container, whole. */
export interface WrittenText {
  /** `REDIS_ADDR`, `args[1]` */
  readonly name: string;
  readonly text: string;
  readonly at: Blame;
}

/** An address within a text: a host, and the port where one is written. */
export interface Address {
  readonly host: string;
  readonly port: number | null;
  readonly hostIn: WrittenText;
  readonly hostAt: number;
  /** The text with the port: that of the host, or a variable beside it. */
  readonly portIn: WrittenText;
  readonly portAt: number;
}

/** Where an address leads in the cluster: a Service that it names, which may not be there. */
export interface Destination {
  readonly address: Address;
  readonly namespace: string | null;
  readonly name: string;
  readonly service: ClusterObject | undefined;
}

/** The texts that a container is given: its arguments, and its variables as far as their values can be known, never those of Secrets. */
export function textsOf(container: Container, place: Place, cluster: ClusterState): readonly WrittenText[] {
  const variables = variablesOf(container, place, cluster).flatMap((setting) => {
    const at = setting.blameAt(0);
    return at ? [{ name: setting.name, text: setting.text, at }] : [];
  });
  const words = (['command', 'args'] as const).flatMap((list) =>
    (Array.isArray(container[list]) ? (container[list] as readonly unknown[]) : []).flatMap((text, index) =>
      place.path === null
        ? []
        : [
            {
              name: `${list}[${index}]`,
              text: String(text),
              at: { object: place.owner, field: `${place.path}.${list}[${index}]` },
            },
          ],
    ),
  );
  return [...variables, ...words];
}

const LABEL = '[a-z](?:[a-z0-9-]*[a-z0-9])?';
/** `redis:6379`, `http://user@catalog.pier.svc:80/path`, `--ledger=ledger:5432` */
const ADDRESS = new RegExp(
  String.raw`(?<![\w.@:/-])(?<scheme>(?:[a-z][a-z0-9+.-]*:){1,3}//(?:[^@\s/]*@)?)?(?<host>${LABEL}(?:\.[a-z0-9-]+)*)(?::(?<port>\d{2,5}))?(?![\w.:-])`,
  'dg',
);
/** Names of variables that hold addresses. */
const HOLDS_ADDRESS =
  /(?:^|[_.-])(?:ADDR|ADDRESS|ADDRESSES|HOST|HOSTS|HOSTNAME|URL|URI|ENDPOINT|ENDPOINTS|SERVER|SERVERS|SERVICE|SVC|BROKER|BROKERS|UPSTREAM|BACKEND|DSN|TARGET|API|BASE)$/i;
const HOLDS_HOST = /(?:^|[_.-])(?:ADDR|ADDRESS|HOST|HOSTNAME|SERVER)$/i;

export function addressesOf(texts: readonly WrittenText[]): readonly Address[] {
  return texts.flatMap((written) => {
    const isArgument = written.name.includes('[');
    const holds = HOLDS_ADDRESS.test(written.name) || (isArgument && /^--?[\w.-]+=/.test(written.text));
    return [...written.text.matchAll(ADDRESS)].flatMap((match): readonly Address[] => {
      const { scheme, host, port } = match.groups as Readonly<Record<string, string | undefined>>;
      const [hostAt] = match.indices!.groups!['host']!;
      const isWhole = match[0] === written.text;
      const isBare = scheme === undefined && port === undefined;
      if (isBare ? !(isWhole && HOLDS_HOST.test(written.name)) : scheme === undefined && !holds) return [];
      const beside = port === undefined && isWhole ? portBeside(written, texts) : undefined;
      const portIn = beside ?? written;
      const portAt = beside ? 0 : (match.indices!.groups!['port']?.[0] ?? -1);
      const number = port ?? beside?.text;
      return [
        {
          host: host!,
          port: number === undefined ? null : Number(number),
          hostIn: written,
          hostAt,
          portIn,
          portAt,
        },
      ];
    });
  });
}

/** `LEDGER_PORT` beside `LEDGER_HOST`, `LEDGER_SERVICE_PORT` beside `LEDGER_SERVICE_HOST`. */
function portBeside({ name }: WrittenText, texts: readonly WrittenText[]): WrittenText | undefined {
  const sought = name.replace(
    HOLDS_HOST,
    (whole) => `${/^[_.-]/.exec(whole)?.[0] ?? ''}${isLower(whole) ? 'port' : 'PORT'}`,
  );
  return texts.find((other) => other.name === sought && /^\d{2,5}$/.test(other.text));
}

function isLower(text: string): boolean {
  return text === text.toLowerCase();
}

/** The Service that a host names, by the cluster's own names; null for localhost, for a host outside and for what cannot be known. */
export function destinationOf(
  cluster: ClusterState,
  address: Address,
  namespace: string | null,
  pod: PodSpec | undefined,
): Destination | null {
  const { host } = address;
  const [name, space = namespace, svc, ...domain] = host.split('.');
  const isNamed = svc === undefined || svc === 'svc';
  const isCluster = domain.length === 0 || domain.join('.') === 'cluster.local';
  if (name === undefined || name === 'localhost' || !isNamed || !isCluster || isResolvedElsewhere(pod, host))
    return null;
  if (!cluster.isRecorded('Service', space)) return null;
  const service = cluster.get('Service', space, name);
  // `catalog.example` may be anywhere: two labels are a Service only where the second is a namespace.
  const isElsewhere = svc === undefined && host.includes('.') && cluster.list('Service', space).length === 0;
  return isElsewhere ? null : { address, namespace: space, name, service };
}

/**
 * A pod may have names and search domains of its own: https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/ and
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
function isResolvedElsewhere(pod: PodSpec | undefined, host: string): boolean {
  const { hostAliases, dnsPolicy, dnsConfig } = pod ?? {};
  return (
    dnsPolicy === 'Default' ||
    dnsPolicy === 'None' ||
    recordAt(dnsConfig)['searches'] !== undefined ||
    recordsOf(hostAliases).some(({ hostnames }) => Array.isArray(hostnames) && hostnames.includes(host))
  );
}

/** Whether the Service has the port. One without an address of its own, or of another name, takes any. */
export function hasPort(service: KubernetesObject, port: number | null): boolean {
  const isOpen = isHeadless(service) || recordAt(service, 'spec')['type'] === 'ExternalName';
  const ports = servicePortsOf(service);
  return port === null || isOpen || ports.length === 0 || ports.some(({ number }) => number === port);
}

/** Whether an address leads somewhere: to a Service that is there and has its port. */
export function leadsSomewhere({ service, address: { port } }: Destination): boolean {
  return service !== undefined && hasPort(service, port);
}

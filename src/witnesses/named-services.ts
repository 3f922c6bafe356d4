import { behind, servicePorts } from '../facts/addresses.ts';
import type { LogReading } from '../facts/log.ts';
import { referencesIn } from '../facts/references.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';

/** What databases and brokers are called in errors, and the port that each has unless somebody moved it. */
const KINDS: readonly { readonly words: RegExp; readonly name: RegExp; readonly port: number }[] = [
  {
    words: /mysql|mariadb|access denied for user|--(?:super-)?read-only option|communications link failure/i,
    name: /mysql|maria/,
    port: 3306,
  },
  {
    words:
      /postgres|psycopg|\bpq:|too many clients|remaining connection slots|read-only transaction|password authentication failed/i,
    name: /postgres|pg/,
    port: 5432,
  },
  { words: /redis|WRONGPASS|NOAUTH|READONLY You|MISCONF/, name: /redis|valkey/, port: 6379 },
  { words: /mongo/i, name: /mongo/, port: 27017 },
  { words: /rabbit|amqp|ACCESS_REFUSED/i, name: /rabbit|amqp/, port: 5672 },
  { words: /kafka|broker/i, name: /kafka/, port: 9092 },
  { words: /elasticsearch|opensearch|index read-only/i, name: /elastic|opensearch/, port: 9200 },
];

/** The Services that a container's variables name and that an error without an address can be about: those of the database that it speaks of. */
export function namedServices(container: ContainerFacts, { line }: LogReading): readonly ClusterObject[] {
  const kind = KINDS.find(({ words }) => words.test(line));
  if (!kind) return [];
  const { cluster, workload } = container;
  const namespace = workload.ref.namespace ?? '';
  const hosts = new Set(valuesOf(container).flatMap(hostsIn));
  const services = [...hosts].flatMap((host) => {
    const found = behind(cluster, namespace, host);
    return found.kind === 'service' ? [found.service] : [];
  });
  const fitting = services.filter(
    (service) => servicePorts(service).includes(kind.port) || kind.name.test(service.metadata.name),
  );
  return [...new Set(fitting)];
}

/** Of the container's own variables, and of the ConfigMaps that it reads. */
function valuesOf({ cluster, workload, name, instances, placed }: ContainerFacts): readonly string[] {
  const spec = instances[0] && podSpecOf(instances[0].pod);
  const maps = (spec ? referencesIn(spec, 'spec') : [])
    .filter((reference) => reference.kind === 'ConfigMap' && reference.container === name)
    .flatMap((reference) =>
      Object.values(recordAt(cluster.get('ConfigMap', workload.ref.namespace, reference.name), 'data')),
    );
  const own = (placed?.container.env ?? []).map(({ value }) => value);
  return [...own, ...maps].flatMap((value) =>
    typeof value === 'string' && value.length < 500 ? [value] : [],
  );
}

/** `jdbc:mysql://db:3306/tides`, `db`, `user@tcp(db:3306)/tides` */
function hostsIn(value: string): readonly string[] {
  const hosts = value.match(
    /(?<=\/\/(?:[^/@\s]*@)?|\(|@|,|^)[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?(?=[:/,)?]|$)/g,
  );
  return hosts ?? [];
}

import type { ContainerFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { quoted } from '../../model/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import type { Remedy } from './failing.ts';

/** The value that the kubelet gives `<SERVICE>_PORT`. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
const VALUE = /\b(?:tcp|udp|sctp):\/\/(\d+(?:\.\d+){3}):(\d+)/;

/**
 * A program that reads a setting from a variable which the kubelet makes for a Service of the namespace: `RELAY_PORT=tcp://10.43.7.5:8080` for
 * Service `relay`. Null where the log does not quote such a value, no Service fits, or the template sets the variable.
 */
export function serviceVariable(
  { cluster, workload, placed }: ContainerFacts,
  pod: ClusterObject,
  log: string,
): Remedy | null {
  const [value, address] = VALUE.exec(log) ?? [];
  const { object, ref } = workload;
  const [spec, path] = [object && podSpecOf(object), podSpecPath(ref.kind)];
  if (value === undefined || !object || !spec || path === null) return null;
  if (recordAt(spec)['enableServiceLinks'] === false) return null;
  const service = cluster
    .list('Service', pod.metadata.namespace ?? null)
    .find((one) => recordAt(one, 'spec')['clusterIP'] === address || log.includes(variableOf(one)));
  const variable = service && variableOf(service);
  const isOwn = placed?.container.env?.some(({ name }) => name === variable) === true;
  if (!service || variable === undefined || isOwn) return null;
  return {
    verdict: 'fix',
    reason: prose`Without enableServiceLinks the kubelet makes no variables for Services.`,
    because: [
      prose`The kubelet sets ${variable} to ${value} because of ${describeRef(refOf(service))}: nothing in the template does.`,
    ],
    evidence: [
      quoted('object', service, null, `spec.clusterIP: ${String(recordAt(service, 'spec')['clusterIP'])}`),
    ],
    changes: [changeOf(ref, `${path}.enableServiceLinks`, null, false)],
    guards: [
      {
        kind: 'draft',
        reason: prose`the program may read such variables of other Services: a person has to say that it does not`,
      },
    ],
    sure: { factor: 0.9, reason: prose`the log quotes the value that the kubelet makes for the Service` },
  };
}

function variableOf({ metadata: { name } }: ClusterObject): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_PORT`;
}

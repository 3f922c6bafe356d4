import { declaredBy } from '../../facts/services.ts';
import { livePods } from '../../facts/pods.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { quote } from '../../facts/observations.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { quoted } from '../../model/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import type { Failing } from './failing.ts';

/** A pod that shares the network of its node: another pod there has the port, or a program of the node. */
export function onHost(
  { workload, name, cluster }: ContainerFacts,
  { pod, evidence }: Failing,
  { port, line }: { readonly port: number | null; readonly line: string },
): Conclusion {
  const node = String(recordAt(pod, 'spec')['nodeName'] ?? '');
  const holder =
    port === null
      ? undefined
      : (livePods(cluster.list('Pod')) as readonly ClusterObject[]).find(
          (other) => other !== pod && recordAt(other, 'spec')['nodeName'] === node && takes(other, port),
        );
  const what = port === null ? prose`its port` : prose`port ${port}`;
  const who = holder ? describeRef(refOf(holder)) : 'another program of the node';
  const base = podSpecPath(workload.ref.kind);
  return diagnosis({
    cause: 'host-port-in-use',
    summary: prose`${describeRef(workload.ref)}: container ${name} cannot listen on ${what} of node ${node}, whose network the pod shares: it is in use`,
    because: holder ? [prose`${who} on that node has it.`] : [],
    evidence: [
      quoted(
        'log',
        `Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}, container ${name}`,
        null,
        line,
      ),
      ...evidence.slice(0, 2),
      quote('object', pod, null, 'spec.hostNetwork: true'),
      ...(holder ? [quote('object', holder, null, `ports on ${node}: ${port}`)] : []),
    ],
    certainty: holder
      ? [0.9, prose`the log says so, and a pod of the same node has the port`]
      : [0.75, prose`the log says so, and the pod shares the network of its node`],
    reason: prose`Which of the programs of the node gets another port is for a person to say.`,
    blames: base === null ? [] : [{ object: workload.ref, field: `${base}.hostNetwork` }],
    advice: [
      holder
        ? prose`Give ${describeRef(workload.ref)} or ${who} another port, or keep the two off one node.`
        : prose`Find the program on node ${node} (ss -ltnp), or give the container another port.`,
    ],
  });
}

/** It has the port of the node itself: by hostNetwork, or by a hostPort. */
function takes(pod: ClusterObject, port: number): boolean {
  const spec = podSpecOf(pod);
  if (spec?.['hostNetwork'] === true) return declaredBy(pod).some(({ number }) => number === port);
  const ports = (spec?.containers ?? []).flatMap(
    (container) => (container['ports'] ?? []) as readonly unknown[],
  );
  return ports.some((one) => recordAt(one)['hostPort'] === port);
}

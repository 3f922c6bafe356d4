import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf, type Container } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';

/**
 * Whether a pod speaks of a port beyond the ports that it declares: in commands, arguments, variables, probes and hooks of its containers, or in a
 * ConfigMap that it reads. Then something may listen there, since declaring a port is optional.
 */
export function mentionsPort(cluster: ClusterState, pod: ClusterObject, port: number): boolean {
  const namespace = pod.metadata.namespace ?? null;
  return (
    containersOf(podSpecOf(pod)).some(({ container }) => speaksOfPort(container, port)) ||
    configMapsOf(pod).some((name) =>
      numberOf(port).test(JSON.stringify(recordAt(cluster.get('ConfigMap', namespace, name), 'data'))),
    )
  );
}

function speaksOfPort(container: Container, port: number): boolean {
  const told = Object.entries(container).filter(([key]) => key !== 'ports' && key !== 'resources');
  return numberOf(port).test(JSON.stringify(told));
}

/** Addresses of others, which a program calls. */
const OF_OTHERS = /UPSTREAM|TARGET|BACKEND|REMOTE|DEST|URL|URI|PEER|CLIENT/i;

/** Whether a variable or an argument tells a program to listen on a port: `PORT=8080`, `--listen=:8080`, `-p 8080`, and not `http://localhost:8080`. */
export function tellsToListen(name: string, text: string, port: number): boolean {
  const alone = new RegExp(String.raw`(?:^|[\s=,;"'(]|(?:0\.0\.0\.0|\[::\]|\*|^|[\s=]):)${port}(?!\d)`);
  return !OF_OTHERS.test(name) && alone.test(text);
}

/** Whether anything that a container is told makes it listen on a port. */
export function isToldToListen(container: Container, port: number): boolean {
  const words = [...(container.command ?? []), ...(container.args ?? [])].map(String);
  return (
    recordsOf(container.env).some(({ name, value }) => tellsToListen(name, String(value ?? ''), port)) ||
    words.some((word) => tellsToListen(word, word, port))
  );
}

/** The port as a number of its own, not as a part of another one. */
export function numberOf(port: number): RegExp {
  return new RegExp(String.raw`(?<![\d.])${port}(?![\d.]*\d)`);
}

function configMapsOf(pod: ClusterObject): readonly string[] {
  const spec = podSpecOf(pod);
  const names = [
    ...recordsOf(spec?.volumes).map(({ configMap }) => configMap?.name),
    ...containersOf(spec).flatMap(({ container }) => [
      ...recordsOf(container.envFrom).map(({ configMapRef }) => configMapRef?.name),
      ...recordsOf(container.env).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ]),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

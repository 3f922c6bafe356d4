/**
 * Rule `service-without-endpoints`: a Service that leads nowhere.
 *
 * A Service has the pods that all labels of its selector fit, and of them the ports whose number (or name) and protocol fit. Declaring a
 * port is optional, so a number that is not declared may still be served: it counts only where every selected pod declares ports and
 * none of the Service's is among them. A name must be declared.
 */
import { quote } from '../facts/observations.ts';
import { portsOf, type DeclaredPort } from '../facts/probes.ts';
import { recordAt, recordsOf, refOf, describeRef } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { selectedBy, type Selection } from './service-without-endpoints/selection.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the field' } as const;

export const serviceWithoutEndpoints = defineRule({
  id: 'service-without-endpoints',
  title: 'A Service leads to no pod, or to a port that its pods do not have',
  phase: 'traffic',
  semantics: [
    'https://kubernetes.io/docs/concepts/services-networking/service/',
    'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/',
  ],
  reads: ['Service', 'Pod', 'EndpointSlice'],
  on: 'Service',
  causes: {
    'selector-mismatch': {
      means: 'its selector fits no pod, although pods of the application nearly fit',
      ...PLAIN,
    },
    'target-port-mismatch': { means: 'its target port is declared by no container of its pods', ...PLAIN },
    'protocol-mismatch': { means: 'its port has another protocol than the container declares', ...PLAIN },
  },

  detect({ cluster, object: service }) {
    const selection = selectedBy(cluster, service);
    const fault = selection && faultOf(service, selection);
    if (!selection || !fault) return null;
    return {
      selection,
      fault,
      seenOn: [refOf(service)],
      firstSeen: Date.parse(service.metadata.creationTimestamp ?? '') || cluster.now,
      lastSeen: cluster.now,
      occurrences: 1,
    };
  },

  investigate({ object: service }, _ask, { selection, fault }) {
    const pods = selection.kind === 'fits' ? selection.pods : selection.near;
    return diagnosis({
      cause: fault.cause,
      summary: prose`${describeRef(refOf(service))}: ${fault.says}.`,
      evidence: [
        quote(
          'object',
          service,
          null,
          `spec.selector: ${JSON.stringify(recordAt(service, 'spec')['selector'])}`,
        ),
        ...(fault.cause === 'selector-mismatch'
          ? []
          : [
              quote(
                'object',
                service,
                null,
                `spec.ports: ${JSON.stringify(recordAt(service, 'spec')['ports'])}`,
              ),
            ]),
        ...pods
          .slice(0, 3)
          .map((pod) =>
            fault.cause === 'selector-mismatch'
              ? quote('object', pod, null, `metadata.labels: ${JSON.stringify(pod.metadata.labels)}`)
              : quote(
                  'object',
                  pod,
                  null,
                  `container ports: ${declaredBy(pod).map(describePort).join(', ')}`,
                ),
          ),
      ],
      certainty: [0.9, prose`Service and pods are on record`],
      reason: prose`Whether the Service or its pods should change is for a person to decide.`,
      blames: fault.fields.map((field) => ({ object: refOf(service), field })),
      advice: [fault.advice],
    });
  },
});

function faultOf(service: ClusterObject, selection: Selection) {
  return selection.kind === 'fits' ? portFault(service, selection.pods) : selectorFault(selection);
}

function selectorFault({ wrong }: Extract<Selection, { kind: 'none' }>) {
  const differences = wrong.map(
    ({ key, value, has }) => `${key}: ${value} (pods have ${has.join(', ') || 'none'})`,
  );
  return {
    cause: 'selector-mismatch',
    says: prose`its selector fits no pod, so it has no endpoints; nearly fitting pods differ in ${differences.join('; ')}`,
    fields: wrong.map(({ key }) => `spec.selector${/^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`}`),
    advice: prose`Let the selector ask for labels that the pods have, or drop ${wrong.map(({ key }) => key).join(', ')} from it.`,
  };
}

function portFault(service: ClusterObject, pods: readonly ClusterObject[]) {
  const ports = recordsOf(recordAt(service, 'spec')['ports']).map((port, index) => ({
    target: port['targetPort'] ?? port['port'],
    protocol: String(port['protocol'] ?? 'TCP'),
    field: typeof port['name'] === 'string' ? `spec.ports[name=${port['name']}]` : `spec.ports[${index}]`,
    hasTarget: port['targetPort'] !== undefined,
  }));
  const declared = pods.map(declaredBy);
  if (declared.some((each) => each.length === 0)) return null;
  const all = declared.flat();
  const fits = ({ name, number }: DeclaredPort, target: unknown): boolean =>
    target === name || target === number;
  const first = ports.find(
    ({ target, protocol }) =>
      all.some((one) => fits(one, target)) &&
      !all.some((one) => fits(one, target) && one.protocol === protocol) &&
      !ports.some((other) => other.target === target && other.protocol !== protocol),
  );
  if (first)
    return {
      cause: 'protocol-mismatch',
      says: prose`its protocol for port ${String(first.target)} is ${first.protocol}, and its pods declare ${all.find((one) => fits(one, first.target))!.protocol}`,
      fields: [`${first.field}.protocol`],
      advice: prose`Let the Service's port have the protocol that the container has.`,
    };
  const unserved = ports.filter(({ target }) => !all.some((one) => fits(one, target)));
  const unnamed = unserved.filter(({ target }) => typeof target === 'string' && !/^\d+$/.test(target));
  const missing = unnamed.length > 0 ? unnamed : unserved.length === ports.length ? unserved : [];
  if (missing.length === 0) return null;
  return {
    cause: 'target-port-mismatch',
    says: prose`its targetPort ${missing.map(({ target }) => String(target)).join(', ')} is declared by no container of its pods, which declare ${[...new Set(all.map(describePort))].join(', ')}`,
    fields: missing.map(({ field, hasTarget }) => `${field}.${hasTarget ? 'targetPort' : 'port'}`),
    advice: prose`Let targetPort be a port that the pods serve: ${[...new Set(all.map(describePort))].join(', ')}.`,
  };
}

function declaredBy(pod: ClusterObject): readonly DeclaredPort[] {
  return containersOf(podSpecOf(pod)).flatMap(({ container }) => portsOf(container));
}

function describePort({ name, number, protocol }: DeclaredPort): string {
  const details = [name, protocol === 'TCP' ? null : protocol].filter((one) => one !== null);
  return details.length === 0 ? String(number) : `${number} (${details.join(', ')})`;
}

import { matchesLabels } from '../kubernetes/label-selector.ts';
import { isRecord, recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { portsOf } from './probes.ts';

/** A connection that a pod wants to make. */
export interface Connection {
  readonly from: ClusterObject;
  readonly to: ClusterObject;
  /** As the pod that is called sees it, behind its Service; null where it is not known. */
  readonly port: number | null;
}

/** NetworkPolicies that keep a connection from being made: all that select one of its ends, none of which allows it. */
export interface Blocked {
  readonly end: 'ingress' | 'egress';
  readonly policies: readonly ClusterObject[];
}

/**
 * The policies that block a TCP connection; null where none does, or where that cannot be told. Policies that select a pod add up: what one
 * of them allows is allowed. https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function blockedBy(cluster: ClusterState, connection: Connection): Blocked | null {
  const { from, to } = connection;
  return (
    blockedAt(cluster, 'ingress', to, (rule) => allows(cluster, rule, to, from, connection)) ??
    blockedAt(cluster, 'egress', from, (rule) => allows(cluster, rule, from, to, connection))
  );
}

/** The policies of a pod's egress that let no question to port 53 through, so that no name resolves; null where one does. */
export function dnsBlockedBy(cluster: ClusterState, from: ClusterObject): Blocked | null {
  return blockedAt(cluster, 'egress', from, (rule) => {
    const ports = recordsOf(rule['ports']);
    return ports.length === 0 || ports.some((port) => includesPort(port, 53, undefined));
  });
}

type Rule = Readonly<Record<string, unknown>>;

function blockedAt(
  cluster: ClusterState,
  end: Blocked['end'],
  pod: ClusterObject,
  isAllowed: (rule: Rule) => boolean | null,
): Blocked | null {
  const policies = policiesOf(cluster, pod, end);
  if (policies.length === 0) return null;
  const rules = policies.flatMap((policy) => recordsOf(recordAt(policy, 'spec')[end]).map(isAllowed));
  return rules.every((allowed) => allowed === false) ? { end, policies } : null;
}

function policiesOf(
  cluster: ClusterState,
  pod: ClusterObject,
  end: Blocked['end'],
): readonly ClusterObject[] {
  return cluster.list('NetworkPolicy', pod.metadata.namespace ?? null).filter((policy) => {
    const { podSelector, policyTypes, egress } = recordAt(policy, 'spec');
    const types = Array.isArray(policyTypes)
      ? policyTypes
      : ['Ingress', ...(egress === undefined ? [] : ['Egress'])];
    const isOfEnd = types.some((type) => String(type).toLowerCase() === end);
    return isOfEnd && matchesLabels(isRecord(podSelector) ? podSelector : {}, labelsOf(pod)) === true;
  });
}

/** Null where a selector cannot be held against anything. A policy is in the namespace of the pod that it selects. */
function allows(
  cluster: ClusterState,
  rule: Rule,
  selected: ClusterObject,
  other: ClusterObject,
  { from, to, port }: Connection,
): boolean | null {
  const ports = recordsOf(rule['ports']);
  if (ports.length > 0 && port !== null && !ports.some((one) => includesPort(one, port, to))) return false;
  const peers = recordsOf(rule[selected === from ? 'to' : 'from']);
  if (peers.length === 0) return true;
  const fits = new Set(peers.map((peer) => isPeer(cluster, peer, other, selected.metadata.namespace)));
  if (fits.has(true)) return true;
  return fits.has(null) ? null : false;
}

function includesPort(one: Rule, port: number, to: ClusterObject | undefined): boolean {
  const { port: wanted, endPort, protocol = 'TCP' } = one;
  if (protocol !== 'TCP' && to !== undefined) return false;
  if (wanted === undefined) return true;
  if (typeof wanted === 'number')
    return typeof endPort === 'number' ? wanted <= port && port <= endPort : wanted === port;
  const named = containersOf(to && podSpecOf(to)).flatMap(({ container }) => portsOf(container));
  return named.some(({ name, number }) => name === wanted && number === port);
}

function isPeer(
  cluster: ClusterState,
  { podSelector, namespaceSelector, ipBlock }: Rule,
  pod: ClusterObject,
  namespace: string | undefined,
): boolean | null {
  if (isRecord(ipBlock)) return isInBlock(ipBlock, recordAt(pod, 'status')['podIP']);
  if (isRecord(podSelector) && matchesLabels(podSelector, labelsOf(pod)) !== true) return false;
  if (!isRecord(namespaceSelector)) return pod.metadata.namespace === namespace;
  return ofNamespace(cluster, namespaceSelector, pod.metadata.namespace ?? '');
}

function ofNamespace(cluster: ClusterState, selector: Rule, name: string): boolean | null {
  if (matchesLabels(selector, {}) === true) return true;
  const namespace = cluster.get('Namespace', null, name);
  const labels = { 'kubernetes.io/metadata.name': name, ...namespace?.metadata.labels };
  const fits = matchesLabels(selector, labels);
  return namespace === undefined && fits === false ? null : fits;
}

/** Null for addresses of IPv6, and where the pod has none. */
function isInBlock({ cidr, except }: Rule, address: unknown): boolean | null {
  const inside = isInRange(cidr, address);
  if (inside !== true) return inside;
  const excepted = Array.isArray(except) && except.some((range) => isInRange(range, address) === true);
  return !excepted;
}

function isInRange(cidr: unknown, address: unknown): boolean | null {
  const [base = '', bits = ''] = String(cidr).split('/');
  const [low, own] = [numberOf(base), numberOf(String(address))];
  if (low === null || own === null || !/^\d+$/.test(bits)) return null;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(low / size) === Math.floor(own / size);
}

function numberOf(address: string): number | null {
  const parts = address.split('.').map(Number);
  const isAddress =
    parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isAddress ? parts.reduce((sum, part) => sum * 256 + part, 0) : null;
}

function labelsOf({ metadata }: KubernetesObject): Readonly<Record<string, string>> {
  return metadata.labels ?? {};
}

import type { ObjectMeta } from '../kubernetes/objects.ts';
import { recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { HOUR } from '../kubernetes/durations.ts';
import { conditionsIn, quote, quoteEvent, warningsOf } from './observations.ts';

/** How far one object of an issuance has come: a Certificate, its request, the request's order, the order's challenge. */
export interface Stage {
  readonly object: ClusterObject;
  /** `Failed`, `errored`, `pending`. */
  readonly state: string;
  /** Empty where it says nothing. */
  readonly says: string;
  /** It has failed, or waits for something that it names as wrong. */
  readonly isFailing: boolean;
  readonly evidence: readonly Evidence[];
}

/**
 * The stages of the newest attempt to issue a certificate, the deepest last: cert-manager makes a CertificateRequest, for ACME an Order, and
 * for each domain a Challenge. https://cert-manager.io/docs/troubleshooting/acme/
 */
export function issuanceOf(cluster: ClusterState, certificate: ClusterObject): readonly Stage[] {
  const request = newestOf(cluster, 'CertificateRequest', certificate);
  const order = request && newestOf(cluster, 'Order', request);
  const challenges = order ? ownedBy(cluster, 'Challenge', order) : [];
  const challenge = challenges.find((one) => isFailingState(one)) ?? challenges[0];
  return [certificate, request, order, challenge].flatMap((one) => (one ? [stageOf(cluster, one)] : []));
}

function newestOf(cluster: ClusterState, kind: string, owner: ClusterObject): ClusterObject | undefined {
  return ownedBy(cluster, kind, owner).toSorted((a, b) => createdAt(b.metadata) - createdAt(a.metadata))[0];
}

function createdAt({ creationTimestamp }: ObjectMeta): number {
  return parseTime(creationTimestamp) ?? 0;
}

function ownedBy(cluster: ClusterState, kind: string, owner: ClusterObject): readonly ClusterObject[] {
  return cluster
    .list(kind, owner.metadata.namespace ?? null)
    .filter(
      ({ metadata }) =>
        metadata.deletionTimestamp === undefined &&
        metadata.ownerReferences?.some(
          (reference) => reference.kind === owner.kind && reference.name === owner.metadata.name,
        ),
    );
}

function isFailingState(object: ClusterObject): boolean {
  const { state, reason } = recordAt(object, 'status');
  return state === 'invalid' || state === 'errored' || state === 'expired' || isSaid(reason);
}

function isSaid(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '';
}

function stageOf(cluster: ClusterState, object: ClusterObject): Stage {
  const events = warningsOf(cluster, object, HOUR).slice(0, 2);
  const quotes = events.map((event) => quoteEvent(object, event));
  const { state, reason } = recordAt(object, 'status');
  if (object.kind === 'Order' || object.kind === 'Challenge') {
    const says = isSaid(reason) ? reason : (events[0]?.message ?? '');
    const text = `${String(state ?? 'pending')}: ${says}`;
    return {
      object,
      state: typeof state === 'string' ? state : 'pending',
      says,
      isFailing: isFailingState(object) || events.length > 0,
      evidence: [...(isSaid(reason) ? [quote('object', object, null, text)] : []), ...quotes],
    };
  }
  const conditions = conditionsIn(object);
  const told =
    conditions.find(
      ({ type, status }) => (type === 'Denied' || type === 'InvalidRequest') && status === 'True',
    ) ??
    conditions.find(({ type, status }) => type === 'Issuing' && status === 'False') ??
    conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
  const says = told?.message ?? '';
  const isRefused = told?.type === 'Denied' || told?.type === 'InvalidRequest';
  return {
    object,
    state: isRefused ? told!.type : (told?.reason ?? ''),
    says,
    isFailing: told?.reason === 'Failed' || isRefused || / not found/.test(says),
    evidence: [
      ...(told
        ? [
            quote(
              'object',
              object,
              parseTime(told.lastTransitionTime),
              `${told.type}=${told.status} ${told.reason ?? ''}: ${says}`,
            ),
          ]
        : []),
      ...quotes,
    ],
  };
}

/** The domain that a challenge is about, and how it is proven. */
export function challengeOf({ object }: Stage): { readonly domain: string; readonly type: string } | null {
  const { dnsName, type } = recordAt(object, 'spec');
  return object.kind === 'Challenge' && typeof dnsName === 'string'
    ? { domain: dnsName, type: String(type) }
    : null;
}

/** Certificates of the same namespace that write the same Secret. */
export function sharingSecret(cluster: ClusterState, certificate: ClusterObject): readonly ClusterObject[] {
  const { secretName } = recordAt(certificate, 'spec');
  const own = refOf(certificate);
  return cluster
    .list('Certificate', own.namespace)
    .filter(
      (other) => other.metadata.name !== own.name && recordAt(other, 'spec')['secretName'] === secretName,
    );
}

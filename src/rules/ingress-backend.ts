/**
 * Rule `ingress-backend`: an Ingress, a route or a gateway leads nowhere: to a Service, a port, a class, a parent or a certificate that is not there.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - An Ingress names Services of its own namespace, and their ports by number or by name; its class is an IngressClass, its certificates are Secrets.
 * - Routes of the Gateway API name Services of any namespace, those of others only with a ReferenceGrant there, and the Gateways that they attach to. The
 *   controller says in conditions what it does not accept.
 * - A VirtualService of Istio sends to hosts of Services, and to subsets that a DestinationRule defines.
 *
 * What is named is compared with what is there, so there is nothing to wait for; what git renders and the cluster does not have yet waits for its sync.
 */
import { quote } from '../facts/observations.ts';
import { describeRef, recordAt, refOf, type Scalar } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf } from '../model/change.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { isBeingDeleted } from '../facts/subjects.ts';
import { prose } from '../untrusted/prose.ts';
import { commitEvidence, commitAsActor } from '../witnesses/commits.ts';
import { lastChangeOf, type LastChange } from '../witnesses/last-change.ts';
import { WRITER_KINDS } from '../witnesses/writers.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import type { BrokenReference } from './ingress-backend/broken-reference.ts';
import { servesPort } from './ingress-backend/backends.ts';
import { brokenInIngress } from './ingress-backend/ingress.ts';
import { brokenInGateway, brokenInRoute } from './ingress-backend/routes.ts';
import { brokenInVirtualService } from './ingress-backend/virtual-service.ts';
import { foresight } from './ingress-backend/foresight.ts';

const RESTORED = {
  fix: 'propose',
  outcome:
    'what git had before, where that is there: a pull request that a person merges; the one near name or port: a draft; else declined',
} as const;
const TOLD = { fix: 'none', outcome: 'declined, naming the field' } as const;

export const ingressBackend = defineRule({
  id: 'ingress-backend',
  title: 'An Ingress, a route or a gateway leads to something that is not there',
  phase: 'traffic',
  semantics: [
    'https://kubernetes.io/docs/concepts/services-networking/ingress/',
    'https://gateway-api.sigs.k8s.io/reference/spec/',
    'https://istio.io/latest/docs/reference/config/networking/virtual-service/',
  ],
  reads: [
    'Ingress',
    'IngressClass',
    'Service',
    'Secret',
    'HTTPRoute.gateway.networking.k8s.io',
    'GRPCRoute.gateway.networking.k8s.io',
    'Gateway.gateway.networking.k8s.io',
    'GatewayClass.gateway.networking.k8s.io',
    'ReferenceGrant.gateway.networking.k8s.io',
    'VirtualService.networking.istio.io',
    'DestinationRule.networking.istio.io',
    'ServiceEntry.networking.istio.io',
    ...WRITER_KINDS,
  ],
  on: ['Ingress', 'HTTPRoute', 'GRPCRoute', 'Gateway', 'VirtualService'],
  causes: {
    'backend-missing': { means: 'the namespace has no Service of that name', ...RESTORED },
    'backend-port-missing': { means: 'the Service has no port of that number or name', ...RESTORED },
    'subset-missing': { means: 'no DestinationRule defines the subset', ...RESTORED },
    'class-missing': { means: 'there is no such IngressClass or GatewayClass', ...RESTORED },
    'parent-missing': { means: 'the Gateway that a route attaches to is not there', ...RESTORED },
    'certificate-missing': {
      means: 'the Secret with the certificate is not there, and nothing writes it',
      ...RESTORED,
    },
    'reference-not-granted': {
      means: 'no ReferenceGrant lets the route name a Service of another namespace',
      ...TOLD,
    },
    rejected: { means: 'the controller says in a condition that it does not serve it', ...TOLD },
  },
  foresight,

  detect({ cluster, object }) {
    const broken = isBeingDeleted(object) ? [] : brokenIn(cluster, object);
    if (broken.length === 0) return null;
    return {
      broken,
      seenOn: [refOf(object)],
      firstSeen: Date.parse(object.metadata.creationTimestamp ?? '') || cluster.now,
      occurrences: 1,
    };
  },

  *investigate({ object }, ask, { broken }) {
    const known: Told[] = [];
    for (const one of broken) {
      if (yield* isRendered(ask, one)) continue;
      const past = yield* lastChangeOf(ask, one.at.object, [one.at.field]);
      const before = past?.before.get(one.at.field);
      known.push({ one, past, restored: before !== undefined && one.isFine(before) ? before : null });
    }
    const [first] = known.toSorted((a, b) => Number(b.restored !== null) - Number(a.restored !== null));
    return first ? concluded(object, first, known) : null;
  },
});

function brokenIn(cluster: ClusterState, object: ClusterObject): readonly BrokenReference[] {
  switch (object.kind) {
    case 'Ingress':
      return brokenInIngress(cluster, object);
    case 'Gateway':
      return brokenInGateway(cluster, object);
    case 'VirtualService':
      return brokenInVirtualService(cluster, object);
    default:
      return brokenInRoute(cluster, object);
  }
}

interface Told {
  readonly one: BrokenReference;
  readonly past: LastChange | null;
  /** What git had before, where that leads somewhere. */
  readonly restored: Scalar;
}

function* isRendered(ask: Ask, { missing, service, value }: BrokenReference): Asking<boolean> {
  const inGit = service ? yield* ask.rendered(service) : null;
  if (inGit && (typeof value === 'string' || typeof value === 'number') && servesPort(inGit, value))
    return true;
  if (missing === null) return false;
  const rendered = yield* ask.renderedKind(missing.kind, missing.namespace);
  return (rendered ?? []).some(({ ref }) => ref.name === missing.name);
}

function concluded(object: ClusterObject, { one, past, restored }: Told, all: readonly Told[]): Conclusion {
  const { at, value, near, says, cause, advice } = one;
  const after = restored ?? near;
  const others = all.filter((told) => told.one !== one);
  return diagnosis({
    cause,
    summary: prose`${describeRef(refOf(object))} ${says}`,
    because: [
      ...(past && restored !== null
        ? [
            prose`${commitAsActor(past.commit)} changed it from ${String(restored)} to ${String(value ?? '')}.`,
          ]
        : []),
      ...others.map((other) => prose`It also ${other.one.says}.`),
    ],
    evidence: [
      quote(
        'object',
        object,
        null,
        `${at.field}: ${String(value ?? JSON.stringify(recordAt(object, 'status')))}`,
      ),
      ...(past && restored !== null ? [commitEvidence(past.commit, `changed ${at.field}`)] : []),
    ],
    certainty:
      restored === null
        ? [0.9, prose`what is named is not there`]
        : [0.97, prose`what git had before is there, and what it has now is not`],
    ...(after === null
      ? { reason: prose`What is meant is for a person to say.` }
      : {
          verdict: 'fix' as const,
          changes: [changeOf(at.object, at.field, value, after)],
          reason:
            restored === null
              ? prose`Only what is there today says what can be meant.`
              : prose`The field goes back to what is there.`,
          guards: [
            restored === null
              ? {
                  kind: 'draft' as const,
                  reason: prose`git does not show that it ever worked, so a person confirms ${String(near)}`,
                }
              : { kind: 'no-auto-merge' as const, reason: prose`traffic goes there at once` },
          ],
        }),
    blames: [at, ...others.map((other) => other.one.at)],
    ...(past && restored !== null && { introducedBy: past.commit }),
    advice: after === null ? [advice] : [],
  });
}

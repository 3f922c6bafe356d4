import { quote } from '../../facts/observations.ts';
import type { WebhookUnavailable } from '../../facts/refusals.ts';
import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { isReady } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Culprit } from '../../model/finding.ts';
import { counted, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { shortened } from '../../untrusted/shorten.ts';
import type { Conclusion } from '../define-rule.ts';
import { explained, lackOf, type Refused } from './refused.ts';

/** The webhook does not answer: whatever serves it is at fault, and what stands behind its Service may say why. */
export function webhookUnavailable(refused: Refused, refusal: WebhookUnavailable): Conclusion {
  const { webhook, service, error } = refusal;
  const { cluster } = refused.workload;
  const behind = service ? backEndOf(cluster, service.namespace, service.name) : null;
  const where = service
    ? prose`Service ${service.namespace}/${service.name}, which serves the admission webhook ${webhook},`
    : prose`the admission webhook ${webhook}`;
  const owners = behind?.owners ?? [];
  return explained(refused, {
    cause: 'webhook-unavailable',
    culprit: service
      ? { kind: 'Service', namespace: service.namespace, name: service.name }
      : { kind: 'Webhook', namespace: null, name: webhook },
    summary: prose`${lackOf(refused)}: ${where} cannot be called: ${shortened(error)}.`,
    because: [
      prose`A webhook that cannot be called and whose failurePolicy is Fail blocks every object that it is asked about, not only this one.`,
      ...(behind ? [behind.says] : []),
    ],
    evidence: (behind?.quoted ?? []).map(({ object, text }) => quote('object', object, null, text)),
    explainedBy: owners,
    advice: adviceFor(refusal, behind),
  });
}

const CONFIGURATIONS = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml';

function adviceFor(
  { webhook, service, error }: WebhookUnavailable,
  behind: BackEnd | null,
): readonly Prose[] {
  if (!service) return [prose`Repair what serves the webhook ${webhook}.`];
  const { namespace, name } = service;
  if (/x509|certificate/.test(error))
    return [
      prose`Renew the certificate of the webhook, or correct the caBundle in its configuration (${CONFIGURATIONS}, the entry ${webhook}).`,
    ];
  if (behind?.exists === false)
    return [
      prose`Install what serves the webhook again in namespace ${namespace}, or, if it was uninstalled for good, delete the configuration that it left (${CONFIGURATIONS}, the entry ${webhook}).`,
    ];
  const [owner] = behind?.owners ?? [];
  return [
    prose`Repair what serves the webhook: kubectl get pods,endpoints -n ${namespace} for Service ${name}${owner ? prose`, whose pods ${describeRef(owner)} makes` : prose``}.`,
    ...(/context deadline exceeded|i\/o timeout|Client\.Timeout/.test(error)
      ? [
          prose`The call timed out: check also what may block the API server on the way to it, a NetworkPolicy of namespace ${namespace} or a firewall of the control plane.`,
        ]
      : []),
  ];
}

interface BackEnd {
  readonly exists: boolean;
  readonly says: Prose;
  readonly quoted: readonly { readonly object: ClusterObject; readonly text: string }[];
  /** What makes the pods that should serve it. */
  readonly owners: readonly Culprit[];
}

/** What the cluster knows of the Service and its pods; null where it was not recorded. */
function backEndOf(cluster: ClusterState, namespace: string, name: string): BackEnd | null {
  const presence = cluster.presence('Service', namespace, name);
  if (presence === 'absent')
    return { exists: false, says: prose`The Service does not exist.`, quoted: [], owners: [] };
  const service = cluster.get('Service', namespace, name);
  const selector = Object.entries(recordAt(service, 'spec', 'selector'));
  if (!service || selector.length === 0 || !cluster.isRecorded('Pod', namespace)) return null;
  const pods = cluster
    .list('Pod', namespace)
    .filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value));
  const ready = pods.filter(isReady);
  const owners =
    pods.length > 0
      ? pods.map((pod) => cluster.ownerOf(pod).ref)
      : servingWorkloads(cluster, namespace, selector);
  const says =
    pods.length === 0
      ? prose`No pod has the labels that the Service selects.`
      : ready.length === pods.length
        ? prose`Its ${counted(pods.length, 'pod')} ${ownText(pods.length === 1 ? 'is' : 'are')} Ready.`
        : prose`Of its ${counted(pods.length, 'pod')}, ${ownText(ready.length === 0 ? 'none is' : `${ready.length} are`)} Ready: ${listed(pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name))}.`;
  return {
    exists: true,
    says,
    quoted: [
      {
        object: service,
        text: `selector: ${selector.map(([key, value]) => `${key}=${String(value)}`).join(', ')}; pods: ${pods.length}, Ready: ${ready.length}`,
      },
    ],
    owners: unique(owners),
  };
}

/** Workloads whose template has the labels, where none of their pods is there. */
function servingWorkloads(
  cluster: ClusterState,
  namespace: string,
  selector: readonly (readonly [string, unknown])[],
): readonly Culprit[] {
  return ['Deployment', 'StatefulSet', 'DaemonSet']
    .flatMap((kind) => cluster.list(kind, namespace))
    .filter((object) => {
      const labels = recordAt(object, 'spec', 'template', 'metadata', 'labels');
      return selector.every(([key, value]) => labels[key] === value);
    })
    .map(refOf);
}

function unique(owners: readonly Culprit[]): readonly Culprit[] {
  const found = new Map(
    owners.map(({ kind, namespace, name }) => [
      describeRef({ kind, namespace, name }),
      { kind, namespace, name },
    ]),
  );
  return recordsOf([...found.values()]);
}

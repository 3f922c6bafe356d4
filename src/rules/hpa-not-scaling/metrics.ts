import { livePods } from '../../facts/pods.ts';
import { describeRef } from '../../kubernetes/objects.ts';
import { metricFields } from '../../facts/metric-fields.ts';
import { conditionsOf, isReady } from '../../kubernetes/workloads.ts';
import { quoteCondition } from '../../facts/observations.ts';
import { counted, prose, saying, type Prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import { ofCause } from '../diagnosis.ts';
import type { Failure } from './failure.ts';
import { partly, unscaled } from './wording.ts';

/** The aggregated APIs that autoscalers read, by the words that their errors contain. */
const APIS = [
  {
    words: /external(?:\.metrics| metric)/,
    name: 'external.metrics.k8s.io',
    service: 'v1beta1.external.metrics.k8s.io',
    serves: 'the adapter for external metrics (KEDA, Prometheus Adapter, a cloud’s adapter)',
  },
  {
    words: /custom(?:\.metrics| metrics API)|object metric|pods metric|unable to get metric /,
    name: 'custom.metrics.k8s.io',
    service: 'v1beta1.custom.metrics.k8s.io',
    serves: 'the adapter for custom metrics (Prometheus Adapter, most often)',
  },
  { words: /./, name: 'metrics.k8s.io', service: 'v1beta1.metrics.k8s.io', serves: 'metrics-server' },
] as const;

type Api = (typeof APIS)[number];

/** The metric cannot be read: its API is away, does not have it, or has none of these pods. */
export function withoutMetrics(failure: Failure): Conclusion {
  const { message, reason } = failure;
  const api = APIS.find(({ words }) => words.test(`${message} ${reasonWords(reason)}`))!;
  if (
    /no pods returned by selector|pods might be unready|did not receive metrics|no metrics returned from resource metrics API|no metrics known for/.test(
      message,
    )
  )
    return withoutPods(failure);
  const isAway =
    /currently unable to handle the request|could not find the requested resource|no (?:custom|external) metrics API|connection refused|i\/o timeout|context deadline exceeded|no endpoints available|service unavailable|x509|not yet available|Client\.Timeout|EOF|unauthorized|forbidden|no route to host|timed out/i.test(
      message,
    );
  return isAway ? apiAway(failure, api) : metricMissing(failure, api);
}

/** The reason says which sort of metric it is where the message does not. */
function reasonWords(reason: string): string {
  if (reason === 'FailedGetExternalMetric') return 'external metric';
  return reason === 'FailedGetPodsMetric' || reason === 'FailedGetObjectMetric' ? 'custom metrics API' : '';
}

function apiAway(failure: Failure, api: Api): Conclusion {
  const { cluster, evidence, message } = failure;
  const service = cluster.get('APIService', null, api.service);
  const available = service && conditionsOf(service).find(({ type }) => type === 'Available');
  const isAbsent = /could not find the requested resource|no (?:custom|external) metrics API/.test(message);
  const server =
    api.name === 'metrics.k8s.io' ? cluster.get('Deployment', 'kube-system', 'metrics-server') : undefined;
  return ofCause({
    cause: 'metrics-unavailable',
    summary: isAbsent
      ? prose`${unscaled(failure)}: the cluster serves no ${api.name}, which its metrics come from`
      : prose`${unscaled(failure)}: ${api.name} does not answer${saying(toldBy(message))}`,
    because: [
      ...partly(failure),
      ...(available && available.status !== 'True'
        ? [
            prose`APIService ${api.service} is not available${saying(available.message ?? available.reason ?? '')}.`,
          ]
        : []),
    ],
    culprit: { kind: 'APIService', namespace: null, name: api.service },
    ...(server && {
      explainedBy: [{ kind: 'Deployment', namespace: 'kube-system', name: 'metrics-server' }],
    }),
    evidence: [
      ...evidence,
      ...(service && available && available.status !== 'True' ? [quoteCondition(service, available)] : []),
    ],
    certainty: [0.9, prose`the API server's answer is quoted`],
    blames: metricFields(failure.hpa).slice(0, 1),
    advice: [
      isAbsent
        ? prose`Install ${api.serves}, or check why it is not registered: kubectl get apiservice ${api.service}.`
        : prose`Bring ${api.serves} back: kubectl describe apiservice ${api.service} says which Service it asks and why it fails.`,
    ],
  });
}

/** What the API server said, without what the autoscaler put before it. */
function toldBy(message: string): string {
  return message.split(/unable to fetch metrics from (?:resource|custom|external) metrics API: /).at(-1)!;
}

function metricMissing(failure: Failure, api: Api): Conclusion {
  const { message, evidence, ref } = failure;
  const fields = metricFields(failure.hpa);
  const names = [...new Set(fields.map(({ name }) => name))].filter((name) => message.includes(name));
  const own = fields.filter(({ name }) => names.length === 0 || names.includes(name));
  const [first] = own;
  const path =
    api.name === 'external.metrics.k8s.io'
      ? `namespaces/${ref.namespace ?? ''}`
      : `namespaces/${ref.namespace ?? ''}/pods/*`;
  return ofCause({
    cause: 'metric-missing',
    summary: prose`${unscaled(failure)}: ${api.name} does not give it ${first ? prose`metric ${first.name}` : prose`its metric`}${saying(toldBy(message))}`,
    because: partly(failure),
    evidence,
    certainty: [0.85, prose`the answer of the metrics API is quoted`],
    blames: own.map(({ object, field }) => ({ object, field })),
    advice: [
      prose`Ask for it as the autoscaler does: kubectl get --raw ${`/apis/${api.name}/v1beta1/${path}/${first?.name ?? ''}`}.`,
      prose`Where the list of kubectl get --raw ${`/apis/${api.name}/v1beta1`} lacks the name, ${api.serves} does not know it: correct the name here, or the rule there.`,
    ],
  });
}

function withoutPods(failure: Failure): Conclusion {
  const { cluster, live, target, evidence, message } = failure;
  const owner = live ? cluster.ownerOf(live).ref : target;
  const pods = livePods(cluster.podsOf(owner));
  const ready = pods.filter(isReady).length;
  return ofCause({
    cause: 'pods-without-metrics',
    summary:
      pods.length === 0
        ? prose`${unscaled(failure)}: ${describeRef(target)} has no pods to measure`
        : ready === 0
          ? prose`${unscaled(failure)}: none of the ${counted(pods.length, 'pod')} of ${describeRef(target)} is Ready`
          : prose`${unscaled(failure)}: there are no metrics of the pods of ${describeRef(target)}, although ${ready} of ${pods.length} are Ready`,
    because: partly(failure),
    explainedBy: [{ kind: owner.kind, namespace: owner.namespace, name: owner.name }],
    evidence,
    certainty: [ready === 0 ? 0.85 : 0.7, prose`the autoscaler says that it got no metrics of its pods`],
    blames: [],
    advice:
      ready === 0
        ? [prose`Get the pods of ${describeRef(target)} Ready; the autoscaler then measures them.`]
        : adviceOnServer(failure, message),
  });
}

function adviceOnServer({ target }: Failure, message: string): readonly Prose[] {
  return [
    prose`Check whether metrics-server knows the pods: kubectl top pods -n ${target.namespace ?? 'default'}; if not, its log says which kubelet it cannot read.`,
    ...(/resource/.test(message)
      ? []
      : [prose`For a metric of the pods' own, check that their metrics endpoint is scraped.`]),
  ];
}

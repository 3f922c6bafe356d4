import { podSpecPath } from '../../kubernetes/workloads.ts';
import { conditions, labelSelector, metadata } from './metadata.ts';
import { podSpec, podStatus, podTemplate } from './pods.ts';
import {
  bool,
  count,
  int32,
  int64,
  list,
  map,
  mapOfNullable,
  numberOrText,
  quantity,
  record,
  text,
  time,
  type Shape,
} from './shape.ts';

/*
 * The parts of each kind that rules, sources and proposals read. What is not named here nobody reads, so it may be anything.
 * Built-in kinds follow https://kubernetes.io/docs/reference/kubernetes-api/; the API server stores nothing else of them.
 */

const workloadStatus = record({
  replicas: count,
  readyReplicas: count,
  availableReplicas: count,
  unavailableReplicas: count,
  updatedReplicas: count,
  currentReplicas: count,
  observedGeneration: int64,
  currentRevision: text,
  updateRevision: text,
  currentNumberScheduled: count,
  desiredNumberScheduled: count,
  numberReady: count,
  conditions,
});

const claimSpec = record({
  accessModes: list(text),
  storageClassName: text,
  volumeName: text,
  volumeMode: text,
  resources: record({ requests: map(quantity), limits: map(quantity) }),
  selector: labelSelector,
});

const strategy = record({
  type: text,
  rollingUpdate: record({ maxSurge: numberOrText, maxUnavailable: numberOrText, partition: int32 }),
});

const workloadSpec = record({
  replicas: count,
  selector: labelSelector,
  template: podTemplate,
  paused: bool,
  serviceName: text,
  minReadySeconds: int32,
  progressDeadlineSeconds: int32,
  revisionHistoryLimit: int32,
  strategy,
  updateStrategy: strategy,
  volumeClaimTemplates: list(record({ metadata, spec: claimSpec })),
});

const workload = record({ spec: workloadSpec, status: workloadStatus });

const jobSpec = record({
  parallelism: count,
  completions: count,
  backoffLimit: int32,
  activeDeadlineSeconds: int64,
  suspend: bool,
  selector: labelSelector,
  template: podTemplate,
});

const scaleTarget = record({ apiVersion: text, kind: text, name: text });

/** Of the target in `autoscaling/v2`, and of the status beside it; the older versions have it all in one. */
const amounts = record({ type: text, averageUtilization: int32, averageValue: quantity, value: quantity });
const metricSource = record({
  name: text,
  container: text,
  metric: record({ name: text, selector: labelSelector }),
  describedObject: scaleTarget,
  target: amounts,
  current: amounts,
});
const metrics = list(
  record({
    type: text,
    resource: metricSource,
    containerResource: metricSource,
    pods: metricSource,
    object: metricSource,
    external: metricSource,
  }),
);

const named = record({
  apiVersion: text,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  fieldPath: text,
});
const reporter = record({ component: text, host: text });

const event = record({
  involvedObject: named,
  regarding: named,
  reason: text,
  message: text,
  note: text,
  type: text,
  count,
  deprecatedCount: count,
  firstTimestamp: time,
  lastTimestamp: time,
  deprecatedFirstTimestamp: time,
  deprecatedLastTimestamp: time,
  eventTime: time,
  series: record({ count, lastObservedTime: time }),
  source: reporter,
  deprecatedSource: reporter,
  reportingComponent: text,
  reportingController: text,
});

const quotas = map(quantity);

const BUILT_IN: Readonly<Record<string, Shape>> = {
  Pod: record({ spec: podSpec, status: podStatus }),
  Deployment: workload,
  ReplicaSet: workload,
  StatefulSet: workload,
  DaemonSet: workload,
  ReplicationController: record({
    spec: record({ replicas: count, selector: map(text), template: podTemplate }),
    status: workloadStatus,
  }),
  Job: record({
    spec: jobSpec,
    status: record({
      active: count,
      succeeded: count,
      failed: count,
      startTime: time,
      completionTime: time,
      conditions,
    }),
  }),
  CronJob: record({
    spec: record({
      schedule: text,
      timeZone: text,
      suspend: bool,
      concurrencyPolicy: text,
      jobTemplate: record({ metadata, spec: jobSpec }),
    }),
    status: record({ lastScheduleTime: time, lastSuccessfulTime: time }),
  }),
  ControllerRevision: record({
    revision: int64,
    data: record({ spec: record({ template: podTemplate }) }),
  }),
  HorizontalPodAutoscaler: record({
    spec: record({
      scaleTargetRef: scaleTarget,
      minReplicas: count,
      maxReplicas: count,
      targetCPUUtilizationPercentage: int32,
      metrics,
    }),
    status: record({
      currentReplicas: count,
      desiredReplicas: count,
      observedGeneration: int64,
      lastScaleTime: time,
      currentCPUUtilizationPercentage: int32,
      currentMetrics: metrics,
      conditions,
    }),
  }),
  Event: event,
  ConfigMap: record({
    data: mapOfNullable(text),
    binaryData: mapOfNullable(text),
    immutable: bool,
  }),
  Secret: record({ data: mapOfNullable(text), stringData: mapOfNullable(text), type: text, immutable: bool }),
  Service: record({
    spec: record({
      type: text,
      selector: map(text),
      externalName: text,
      ports: list(
        record({
          name: text,
          protocol: text,
          port: int32,
          targetPort: numberOrText,
          nodePort: int32,
          appProtocol: text,
        }),
      ),
    }),
  }),
  ServiceAccount: record({
    secrets: list(record({ name: text })),
    imagePullSecrets: list(record({ name: text })),
  }),
  Namespace: record({ status: record({ phase: text, conditions }) }),
  Node: record({
    spec: record({
      unschedulable: bool,
      taints: list(record({ key: text, value: text, effect: text, timeAdded: time })),
    }),
    status: record({
      allocatable: quotas,
      capacity: quotas,
      conditions,
      nodeInfo: record({
        architecture: text,
        operatingSystem: text,
        kubeletVersion: text,
        containerRuntimeVersion: text,
      }),
    }),
  }),
  ResourceQuota: record({
    spec: record({ hard: quotas, scopes: list(text), scopeSelector: record({}) }),
    status: record({ hard: quotas, used: quotas }),
  }),
  LimitRange: record({
    spec: record({
      limits: list(
        record({
          type: text,
          max: quotas,
          min: quotas,
          default: quotas,
          defaultRequest: quotas,
          maxLimitRequestRatio: quotas,
        }),
      ),
    }),
  }),
  PersistentVolumeClaim: record({
    spec: claimSpec,
    status: record({ phase: text, capacity: quotas, conditions }),
  }),
  PersistentVolume: record({
    spec: record({ capacity: quotas, claimRef: named, storageClassName: text, accessModes: list(text) }),
    status: record({ phase: text, reason: text, message: text }),
  }),
  StorageClass: record({
    provisioner: text,
    volumeBindingMode: text,
    reclaimPolicy: text,
    parameters: map(text),
    allowVolumeExpansion: bool,
  }),
  Ingress: record({ spec: record({ ingressClassName: text, rules: list(record({ host: text })) }) }),
  EndpointSlice: record({ endpoints: list(record({ conditions: record({ ready: bool }) })) }),
  PodDisruptionBudget: record({
    spec: record({ minAvailable: numberOrText, maxUnavailable: numberOrText, selector: labelSelector }),
    status: record({ conditions, disruptionsAllowed: count }),
  }),
};

/**
 * Custom resources by the group that defines them. Declarations of Argo CD and Flux are read field by field, and each field
 * that is wrong there is a reason to decline, which is worth more than an object that is set aside.
 */
const sourceRef = record({ kind: text, name: text });
const vaultSecret = record({
  spec: record({ destination: record({ name: text }) }),
  status: record({ conditions }),
});

const CUSTOM: Readonly<Record<string, Shape>> = {
  'argoproj.io/Rollout': record({
    spec: record({
      replicas: count,
      selector: labelSelector,
      template: podTemplate,
      workloadRef: scaleTarget,
    }),
    status: record({
      currentPodHash: text,
      // Text in Argo Rollouts.
      observedGeneration: numberOrText,
      workloadObservedGeneration: numberOrText,
      conditions,
    }),
  }),
  'argoproj.io/Application': record({
    spec: record({}),
    status: record({ conditions }),
  }),
  'autoscaling.k8s.io/VerticalPodAutoscaler': record({
    spec: record({
      targetRef: scaleTarget,
      updatePolicy: record({ updateMode: text }),
      resourcePolicy: record({
        containerPolicies: list(record({ containerName: text, mode: text, controlledResources: list(text) })),
      }),
    }),
    status: record({
      conditions,
      recommendation: record({
        containerRecommendations: list(record({ containerName: text, target: quotas })),
      }),
    }),
  }),
  'keda.sh/ScaledObject': record({
    spec: record({
      scaleTargetRef: scaleTarget,
      minReplicaCount: count,
      maxReplicaCount: count,
      advanced: record({}),
    }),
    status: record({ conditions }),
  }),
  'kyverno.io/ClusterPolicy': record({ spec: record({ rules: list(record({ name: text })) }) }),
  'kyverno.io/Policy': record({ spec: record({ rules: list(record({ name: text })) }) }),
  'external-secrets.io/ExternalSecret': record({
    spec: record({ target: record({ name: text }), secretStoreRef: sourceRef }),
    status: record({ conditions }),
  }),
  'external-secrets.io/SecretStore': record({ status: record({ conditions }) }),
  'external-secrets.io/ClusterSecretStore': record({ status: record({ conditions }) }),
  'bitnami.com/SealedSecret': record({
    spec: record({ template: record({ metadata }) }),
    status: record({ conditions }),
  }),
  'cert-manager.io/Certificate': record({
    spec: record({ secretName: text, issuerRef: sourceRef }),
    status: record({ conditions }),
  }),
  'cert-manager.io/Issuer': record({ status: record({ conditions }) }),
  'cert-manager.io/ClusterIssuer': record({ status: record({ conditions }) }),
  'trust.cert-manager.io/Bundle': record({ status: record({ conditions }) }),
  'secrets.hashicorp.com/VaultStaticSecret': vaultSecret,
  'secrets.hashicorp.com/VaultDynamicSecret': vaultSecret,
  'secrets.hashicorp.com/VaultPKISecret': vaultSecret,
  'onepassword.com/OnePasswordItem': record({ status: record({ conditions }) }),
  'isindir.github.com/SopsSecret': record({ status: record({ conditions }) }),
};

/** Of a kind that has the name of a workload and is none of Kubernetes' own: where its pods would come from. */
const templates: Readonly<Record<string, Shape>> = {
  CronJob: record({ spec: record({ jobTemplate: record({ spec: record({ template: podTemplate }) }) }) }),
  Pod: record({ spec: podSpec }),
};
const template = record({ spec: record({ template: podTemplate }) });

/**
 * The shape of what is read of a kind beside its metadata; null where nothing is that would not take anything.
 *
 * @param isBuiltIn whether the group is one that serves this kind in Kubernetes itself.
 */
export function shapeOf(group: string, kind: string, isBuiltIn: boolean): Shape | null {
  if (isBuiltIn && Object.hasOwn(BUILT_IN, kind)) return BUILT_IN[kind]!;
  const key = `${group}/${kind}`;
  if (Object.hasOwn(CUSTOM, key)) return CUSTOM[key]!;
  if (podSpecPath(kind) === null) return null;
  return Object.hasOwn(templates, kind) ? templates[kind]! : template;
}

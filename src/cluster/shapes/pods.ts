import { conditions, labelSelector, metadata } from './metadata.ts';
import {
  anything,
  bool,
  count,
  int32,
  int64,
  list,
  map,
  numberOrText,
  quantity,
  record,
  text,
  time,
} from './shape.ts';

/** Pods and their templates. Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */

const keyRef = record({ name: text, key: text, optional: bool });
const objectRef = record({ name: text, optional: bool });
const items = list(record({ key: text, path: text, mode: int32 }));
const fieldRef = record({ apiVersion: text, fieldPath: text });

const env = list(
  record(
    {
      name: text,
      value: text,
      valueFrom: record({
        configMapKeyRef: keyRef,
        secretKeyRef: keyRef,
        fieldRef,
        resourceFieldRef: record({ containerName: text, resource: text, divisor: quantity }),
      }),
    },
    ['name'],
  ),
);

const envFrom = list(record({ prefix: text, configMapRef: objectRef, secretRef: objectRef }));

const httpGet = record({
  host: text,
  path: text,
  port: numberOrText,
  scheme: text,
  httpHeaders: list(record({ name: text, value: text })),
});
const exec = record({ command: list(text) });
const tcpSocket = record({ host: text, port: numberOrText });

const probe = record({
  exec,
  httpGet,
  tcpSocket,
  grpc: record({ port: int32, service: text }),
  initialDelaySeconds: int32,
  timeoutSeconds: int32,
  periodSeconds: int32,
  successThreshold: int32,
  failureThreshold: int32,
  terminationGracePeriodSeconds: int64,
});

const lifecycleHandler = record({ exec, httpGet, tcpSocket });

const resources = record({ limits: map(quantity), requests: map(quantity), claims: list(record({})) });

const container = record(
  {
    name: text,
    image: text,
    imagePullPolicy: text,
    command: list(text),
    args: list(text),
    workingDir: text,
    restartPolicy: text,
    terminationMessagePath: text,
    terminationMessagePolicy: text,
    ports: list(record({ name: text, containerPort: int32, hostPort: int32, hostIP: text, protocol: text })),
    env,
    envFrom,
    resources,
    volumeMounts: list(
      record({ name: text, mountPath: text, subPath: text, subPathExpr: text, readOnly: bool }, [
        'name',
        'mountPath',
      ]),
    ),
    volumeDevices: list(record({ name: text, devicePath: text })),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: record({ postStart: lifecycleHandler, preStop: lifecycleHandler }),
    securityContext: record({}),
    stdin: bool,
    tty: bool,
  },
  ['name'],
);

const volume = record(
  {
    name: text,
    configMap: record({ name: text, optional: bool, items, defaultMode: int32 }),
    secret: record({ secretName: text, optional: bool, items, defaultMode: int32 }),
    emptyDir: record({ medium: text, sizeLimit: quantity }),
    hostPath: record({ path: text, type: text }),
    persistentVolumeClaim: record({ claimName: text, readOnly: bool }),
    downwardAPI: record({ items: list(record({ path: text })) }),
    projected: record({
      defaultMode: int32,
      sources: list(
        record({
          configMap: record({ name: text, optional: bool, items }),
          secret: record({ name: text, optional: bool, items }),
          serviceAccountToken: record({ path: text, audience: text, expirationSeconds: int64 }),
          downwardAPI: record({}),
        }),
      ),
    }),
    ephemeral: record({
      volumeClaimTemplate: record({ spec: record({ storageClassName: text, resources }) }),
    }),
  },
  ['name'],
);

const term = record({ key: text, operator: text, values: list(text) });
const nodeTerm = record({ matchExpressions: list(term), matchFields: list(term) });
const podTerm = record({ labelSelector, topologyKey: text, namespaces: list(text) });
const podAffinity = record({
  requiredDuringSchedulingIgnoredDuringExecution: list(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(record({ weight: int32, podAffinityTerm: podTerm })),
});

export const podSpec = record({
  containers: list(container),
  initContainers: list(container),
  ephemeralContainers: list(container),
  volumes: list(volume),
  nodeName: text,
  nodeSelector: map(text),
  serviceAccountName: text,
  restartPolicy: text,
  hostNetwork: bool,
  priorityClassName: text,
  priority: int32,
  schedulerName: text,
  runtimeClassName: text,
  terminationGracePeriodSeconds: int64,
  activeDeadlineSeconds: int64,
  imagePullSecrets: list(record({ name: text })),
  securityContext: record({}),
  affinity: record({
    nodeAffinity: record({
      requiredDuringSchedulingIgnoredDuringExecution: record({ nodeSelectorTerms: list(nodeTerm) }),
      preferredDuringSchedulingIgnoredDuringExecution: list(record({ weight: int32, preference: nodeTerm })),
    }),
    podAffinity,
    podAntiAffinity: podAffinity,
  }),
  tolerations: list(
    record({ key: text, operator: text, value: text, effect: text, tolerationSeconds: int64 }),
  ),
  topologySpreadConstraints: list(
    record({ maxSkew: int32, topologyKey: text, whenUnsatisfiable: text, labelSelector }),
  ),
  readinessGates: list(record({ conditionType: text })),
  schedulingGates: list(record({ name: text })),
  overhead: map(quantity),
  resources,
});

export const podTemplate = record({ metadata, spec: podSpec });

const containerState = record({
  waiting: record({ reason: text, message: text }),
  running: record({ startedAt: time }),
  terminated: record({
    exitCode: int32,
    signal: int32,
    reason: text,
    message: text,
    startedAt: time,
    finishedAt: time,
    containerID: text,
  }),
});

const containerStatuses = list(
  record(
    {
      name: text,
      image: text,
      imageID: text,
      containerID: text,
      ready: bool,
      started: bool,
      restartCount: count,
      state: containerState,
      lastState: containerState,
      allocatedResources: map(quantity),
      resources,
    },
    ['name'],
  ),
);

export const podStatus = record({
  phase: text,
  reason: text,
  message: text,
  startTime: time,
  podIP: text,
  hostIP: text,
  qosClass: text,
  nominatedNodeName: text,
  conditions,
  containerStatuses,
  initContainerStatuses: containerStatuses,
  ephemeralContainerStatuses: containerStatuses,
  resourceClaimStatuses: anything,
});

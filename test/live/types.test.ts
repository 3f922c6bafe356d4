import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { concretePath, parseFieldPath } from '../../src/kubernetes/field-path.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import { revisionOf } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ApiResponse, type ClusterServer } from './cluster-server.ts';
import { create, pathOf } from './load-objects.ts';

/*
 * Faultline's edits of Kubernetes' own kinds, held against a real API server: it takes what is called proven, and refuses
 * what is declined. The server only answers whether it would (dryRun); Faultline itself never asks it.
 */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-types-${randomUUID()}`);
const live = needsTool('kube-apiserver', 'etcd');

let cluster: ClusterServer;

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  cluster = await startCluster({ 'kube-apiserver': apiserver, etcd }, scratch, {}, () => null);
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'harbour' } });
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

const MANIFESTS: Readonly<Record<string, string>> = {
  Deployment: `apiVersion: apps/v1
kind: Deployment
metadata: {name: crane, namespace: harbour, labels: {tier: quay}}
spec:
  replicas: 2
  selector: {matchLabels: {app: crane}}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}
  template:
    metadata: {labels: {app: crane}}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: winch
          image: registry.example/winch:1.0.0
          env:
            - {name: DEPTH, value: "12"}
            - {name: MOOD, value: calm}
          ports:
            - {name: http, containerPort: 8080}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits: {cpu: 1, memory: 256Mi}
          livenessProbe:
            httpGet: {path: /, port: http}
          readinessProbe:
            tcpSocket: {port: 8080}
          startupProbe:
            grpc: {port: 8080}
          securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}
      volumes:
        - name: charts
          configMap: {name: charts, defaultMode: 420}
        - name: scratch
          emptyDir: {sizeLimit: 1Gi}
`,
  Service: `apiVersion: v1
kind: Service
metadata: {name: crane, namespace: harbour}
spec:
  selector: {app: crane}
  type: NodePort
  ports:
    - {name: web, port: 80, targetPort: http, nodePort: 30080}
`,
  Ingress: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: crane, namespace: harbour}
spec:
  rules:
    - host: crane.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: crane, port: {number: 80}}}
`,
  NetworkPolicy: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: crane, namespace: harbour}
spec:
  podSelector: {matchLabels: {app: crane}}
  ingress:
    - ports:
        - {protocol: TCP, port: http}
`,
  PodDisruptionBudget: `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: crane, namespace: harbour}
spec:
  selector: {matchLabels: {app: crane}}
  minAvailable: 50%
`,
  HorizontalPodAutoscaler: `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: crane, namespace: harbour}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: crane}
  minReplicas: 2
  maxReplicas: 4
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
`,
  DaemonSet: `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: lamp, namespace: harbour}
spec:
  selector: {matchLabels: {app: lamp}}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 1}
  template:
    metadata: {labels: {app: lamp}}
    spec:
      containers: [{name: bulb, image: registry.example/bulb:1}]
`,
  StatefulSet: `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ledger, namespace: harbour}
spec:
  serviceName: ledger
  selector: {matchLabels: {app: ledger}}
  podManagementPolicy: Parallel
  template:
    metadata: {labels: {app: ledger}}
    spec:
      containers: [{name: book, image: registry.example/book:1}]
  volumeClaimTemplates:
    - metadata: {name: pages}
      spec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 1Gi}}
`,
  CronJob: `apiVersion: batch/v1
kind: CronJob
metadata: {name: tide, namespace: harbour}
spec:
  schedule: "0 5 * * *"
  suspend: false
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          containers: [{name: table, image: registry.example/table:1}]
`,
  ConfigMap: `apiVersion: v1
kind: ConfigMap
metadata: {name: charts, namespace: harbour, annotations: {revised: "2019"}}
data: {depth: "12", draught: deep}
`,
  PersistentVolumeClaim: `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pages, namespace: harbour}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
`,
  LimitRange: `apiVersion: v1
kind: LimitRange
metadata: {name: usual, namespace: harbour}
spec:
  limits:
    - {type: Container, default: {memory: 256Mi}, defaultRequest: {memory: 64Mi}}
`,
  ResourceQuota: `apiVersion: v1
kind: ResourceQuota
metadata: {name: most, namespace: harbour}
spec: {hard: {pods: "10", requests.memory: 4Gi}}
`,
};

const WINCH = 'spec.template.spec.containers[name=winch]';

/** Kind, field, what a person types, and what the manifest has then; null where it is declined. */
const CASES: readonly (readonly [string, string, string, unknown])[] = [
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, '8090', 8090],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, 'grpc-1', 'grpc-1'],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, '0', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, '65536', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, '08090', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, 'HTTP', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, 'a--b', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, 'sixteen-letters-', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.port`, '80.5', null],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.scheme`, 'HTTPS', 'HTTPS'],
  ['Deployment', `${WINCH}.livenessProbe.httpGet.scheme`, 'https', null],
  ['Deployment', `${WINCH}.livenessProbe.periodSeconds`, '15', 15],
  ['Deployment', `${WINCH}.livenessProbe.periodSeconds`, '1.5', null],
  ['Deployment', `${WINCH}.livenessProbe.failureThreshold`, '-1', null],
  ['Deployment', `${WINCH}.readinessProbe.tcpSocket.port`, 'http', 'http'],
  ['Deployment', `${WINCH}.startupProbe.grpc.port`, '9090', 9090],
  ['Deployment', `${WINCH}.startupProbe.grpc.port`, 'http', null],
  ['Deployment', `${WINCH}.ports[name=http].containerPort`, '8090', 8090],
  ['Deployment', `${WINCH}.ports[name=http].containerPort`, 'http', null],
  ['Deployment', `${WINCH}.ports[name=http].protocol`, 'UDP', 'UDP'],
  ['Deployment', `${WINCH}.ports[name=http].protocol`, 'udp', null],
  ['Deployment', `${WINCH}.ports[name=http].hostPort`, '70000', null],
  ['Deployment', `${WINCH}.imagePullPolicy`, 'Always', 'Always'],
  ['Deployment', `${WINCH}.imagePullPolicy`, 'Sometimes', null],
  ['Deployment', `${WINCH}.image`, 'registry.example/winch:1.0.1', 'registry.example/winch:1.0.1'],
  ['Deployment', `${WINCH}.env[name=DEPTH].value`, '8080', '8080'],
  ['Deployment', `${WINCH}.env[name=MOOD].value`, 'true', 'true'],
  ['Deployment', `${WINCH}.env[name=MOOD].value`, '1e3', '1e3'],
  ['Deployment', `${WINCH}.env[name=MOOD].value`, 'null', 'null'],
  ['Deployment', `${WINCH}.env[name=MOOD].value`, '0644', '0644'],
  ['Deployment', `${WINCH}.resources.limits.memory`, '512Mi', '512Mi'],
  ['Deployment', `${WINCH}.resources.limits.memory`, '1073741824', '1073741824'],
  ['Deployment', `${WINCH}.resources.limits.memory`, '1e9', '1e9'],
  ['Deployment', `${WINCH}.resources.limits.memory`, '512 Mi', null],
  ['Deployment', `${WINCH}.resources.limits.memory`, '512MB', null],
  ['Deployment', `${WINCH}.resources.limits.memory`, 'much', null],
  ['Deployment', `${WINCH}.resources.limits.memory`, '-1Gi', null],
  ['Deployment', `${WINCH}.resources.limits.memory`, '32Mi', null],
  ['Deployment', `${WINCH}.resources.limits.cpu`, '2', 2],
  ['Deployment', `${WINCH}.resources.limits.cpu`, '1500m', '1500m'],
  ['Deployment', `${WINCH}.resources.limits.ephemeral-storage`, '1', '1'],
  ['Deployment', `${WINCH}.resources.requests.memory`, '512Mi', null],
  ['Deployment', `${WINCH}.securityContext.runAsUser`, '2000', 2000],
  ['Deployment', `${WINCH}.securityContext.runAsUser`, '4294967296', null],
  ['Deployment', `${WINCH}.securityContext.runAsUser`, 'root', null],
  ['Deployment', `${WINCH}.securityContext.readOnlyRootFilesystem`, 'false', false],
  ['Deployment', `${WINCH}.securityContext.readOnlyRootFilesystem`, 'no', null],
  ['Deployment', `${WINCH}.securityContext.privileged`, 'true', true],
  ['Deployment', `${WINCH}.stdin`, 'True', null],
  ['Deployment', 'spec.replicas', '3', 3],
  ['Deployment', 'spec.replicas', '0', 0],
  ['Deployment', 'spec.replicas', '-1', null],
  ['Deployment', 'spec.replicas', '3.0', null],
  ['Deployment', 'spec.replicas', '3000000000', null],
  ['Deployment', 'spec.replicas', 'three', null],
  ['Deployment', 'spec.replica', '3', null],
  ['Deployment', 'spec.paused', 'true', true],
  ['Deployment', 'spec.minReadySeconds', '5', 5],
  ['Deployment', 'spec.strategy.rollingUpdate.maxSurge', '1', 1],
  ['Deployment', 'spec.strategy.rollingUpdate.maxSurge', '50%', '50%'],
  ['Deployment', 'spec.strategy.rollingUpdate.maxSurge', '200%', '200%'],
  ['Deployment', 'spec.strategy.rollingUpdate.maxSurge', 'one', null],
  ['Deployment', 'spec.strategy.rollingUpdate.maxSurge', '25.5%', null],
  ['Deployment', 'spec.strategy.rollingUpdate.maxUnavailable', '25%', '25%'],
  ['Deployment', 'spec.strategy.rollingUpdate.maxUnavailable', '101%', null],
  ['Deployment', 'spec.strategy.rollingUpdate.maxUnavailable', '-1', null],
  ['Deployment', 'spec.strategy.type', 'Replace', null],
  ['Deployment', 'spec.template.spec.terminationGracePeriodSeconds', '60', 60],
  ['Deployment', 'spec.template.spec.terminationGracePeriodSeconds', 'a minute', null],
  ['Deployment', 'spec.template.spec.hostNetwork', 'maybe', null],
  ['Deployment', 'spec.template.spec.nodeSelector.zone', '12', '12'],
  ['Deployment', 'spec.template.spec.nodeSelector.zone', 'a/b', null],
  ['Deployment', 'spec.template.spec.dnsPolicy', 'Default', 'Default'],
  ['Deployment', 'spec.template.spec.dnsPolicy', 'Cluster', null],
  ['Deployment', 'spec.template.spec.volumes[name=charts].configMap.defaultMode', '256', 256],
  ['Deployment', 'spec.template.spec.volumes[name=charts].configMap.defaultMode', '1000', null],
  ['Deployment', 'spec.template.spec.volumes[name=charts].configMap.optional', 'true', true],
  ['Deployment', 'spec.template.spec.volumes[name=scratch].emptyDir.sizeLimit', '2Gi', '2Gi'],
  ['Deployment', 'spec.template.spec.volumes[name=scratch].emptyDir.sizeLimit', 'large', null],
  ['Deployment', 'spec.template.metadata.annotations.port', '8080', '8080'],
  ['Deployment', 'metadata.labels.tier', '2', '2'],
  ['Deployment', 'metadata.labels.tier', 'true', 'true'],
  ['Deployment', 'metadata.labels.tier', 'a b', null],
  ['Service', 'spec.ports[name=web].port', '8080', 8080],
  ['Service', 'spec.ports[name=web].port', 'web', null],
  ['Service', 'spec.ports[name=web].targetPort', '8080', 8080],
  ['Service', 'spec.ports[name=web].targetPort', 'Web', null],
  ['Service', 'spec.ports[name=web].nodePort', '30081', 30081],
  ['Service', 'spec.sessionAffinity', 'ClientIP', 'ClientIP'],
  ['Service', 'spec.sessionAffinity', 'Cookie', null],
  ['Service', 'spec.type', 'ClusterPort', null],
  ['Service', 'spec.publishNotReadyAddresses', 'true', true],
  ['Service', 'spec.selector.build', '7', '7'],
  ['Ingress', 'spec.rules[0].http.paths[0].backend.service.port.number', '8080', 8080],
  ['Ingress', 'spec.rules[0].http.paths[0].backend.service.port.number', 'http', null],
  ['Ingress', 'spec.rules[0].http.paths[0].pathType', 'Exact', 'Exact'],
  ['Ingress', 'spec.rules[0].http.paths[0].pathType', 'exact', null],
  ['PodDisruptionBudget', 'spec.minAvailable', '1', 1],
  ['PodDisruptionBudget', 'spec.minAvailable', '75%', '75%'],
  ['PodDisruptionBudget', 'spec.minAvailable', 'most', null],
  ['PodDisruptionBudget', 'spec.minAvailable', '150%', null],
  ['HorizontalPodAutoscaler', 'spec.maxReplicas', '8', 8],
  ['HorizontalPodAutoscaler', 'spec.maxReplicas', '0', null],
  ['HorizontalPodAutoscaler', 'spec.maxReplicas', '1', null],
  ['HorizontalPodAutoscaler', 'spec.minReplicas', '5', null],
  ['HorizontalPodAutoscaler', 'spec.metrics[0].resource.target.averageUtilization', '70', 70],
  ['HorizontalPodAutoscaler', 'spec.metrics[0].resource.target.averageUtilization', '70%', null],
  ['DaemonSet', 'spec.updateStrategy.rollingUpdate.maxUnavailable', '10%', '10%'],
  ['DaemonSet', 'spec.updateStrategy.rollingUpdate.maxUnavailable', 'some', null],
  ['StatefulSet', 'spec.replicas', '3', 3],
  ['StatefulSet', 'spec.podManagementPolicy', 'Sorted', null],
  ['CronJob', 'spec.suspend', 'true', true],
  ['CronJob', 'spec.suspend', '1', null],
  ['CronJob', 'spec.jobTemplate.spec.backoffLimit', '4', 4],
  ['CronJob', 'spec.jobTemplate.spec.backoffLimit', '-4', null],
  ['CronJob', 'spec.jobTemplate.spec.template.spec.restartPolicy', 'Sometimes', null],
  ['CronJob', 'spec.concurrencyPolicy', 'Forbid', 'Forbid'],
  ['CronJob', 'spec.concurrencyPolicy', 'Queue', null],
  ['ConfigMap', 'data.depth', '13', '13'],
  ['ConfigMap', 'data.open', 'false', 'false'],
  ['ConfigMap', 'immutable', 'true', true],
  ['ConfigMap', 'metadata.annotations.revised', '2020', '2020'],
  ['PersistentVolumeClaim', 'spec.resources.requests.storage', '2Gi', '2Gi'],
  ['PersistentVolumeClaim', 'spec.resources.requests.storage', '2 Gi', null],
  ['LimitRange', 'spec.limits[0].default.memory', '512Mi', '512Mi'],
  ['LimitRange', 'spec.limits[0].default.memory', 'half', null],
  ['ResourceQuota', 'spec.hard.pods', '20', '20'],
  ['ResourceQuota', 'spec.hard.pods', 'twenty', null],
];

describe('an edit of one of the kinds of Kubernetes', () => {
  for (const [kind, field, text, expected] of CASES) {
    const outcome = expected === null ? 'is declined, and refused by' : 'is proven, and taken by';
    live(`${kind} ${field} = ${text} ${outcome} the API server`, async () => {
      const result = await edited(kind, field, text);
      if (expected === null) {
        expect(result).toMatchObject({ kind: 'declined' });
        for (const value of valuesLike(text))
          expect(
            await serverSays(changed(MANIFESTS[kind]!, field, value)),
            JSON.stringify(value),
          ).toMatchObject({
            status: expect.toSatisfy((status: number) => status === 400 || status === 422) as number,
          });
        return;
      }
      expect(result).toMatchObject({
        kind: 'located',
        proof: { status: 'proven' },
        changes: [{ after: expected }],
      });
      const [content] = result.kind === 'located' ? result.files.values() : [];
      const object = yaml.load(String(content)) as KubernetesObject;
      expect(await serverSays(object)).toMatchObject({ status: 201 });
    });
  }
}, 120_000);

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: winches.harbour.example}
spec:
  group: harbour.example
  scope: Namespaced
  names: {kind: Winch, plural: winches, singular: winch, listKind: WinchList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                drums: {type: integer, format: int32, minimum: 1, maximum: 4}
                rate: {type: number, minimum: 0, exclusiveMinimum: true}
                brake: {type: boolean}
                label: {type: string, minLength: 2, maxLength: 6}
                mode: {type: string, enum: [auto, hand]}
                every: {type: string, pattern: '^([0-9]+(s|m|h))+$'}
                port: {x-kubernetes-int-or-string: true}
                load:
                  anyOf: [{type: integer}, {type: string}]
                  x-kubernetes-int-or-string: true
                  pattern: '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$'
                tags: {type: object, additionalProperties: {type: string}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

const WINCH_OBJECT = `apiVersion: harbour.example/v1
kind: Winch
metadata: {name: north, namespace: harbour}
spec: {label: north}
`;

const CUSTOM: readonly (readonly [string, string, unknown])[] = [
  ['spec.drums', '2', 2],
  ['spec.drums', '0', null],
  ['spec.drums', '5', null],
  ['spec.drums', '1.5', null],
  ['spec.drums', 'two', null],
  ['spec.rate', '1.5', 1.5],
  ['spec.rate', '0', null],
  ['spec.brake', 'true', true],
  ['spec.brake', 'yes', null],
  ['spec.label', '12', '12'],
  ['spec.label', 'a', null],
  ['spec.label', 'northern', null],
  ['spec.mode', 'hand', 'hand'],
  ['spec.mode', 'fast', null],
  ['spec.every', '1h30m', '1h30m'],
  ['spec.every', '5 min', null],
  ['spec.port', '80', 80],
  ['spec.port', 'http', 'http'],
  ['spec.load', '2Gi', '2Gi'],
  ['spec.load', 'much', null],
  ['spec.tags.a', '1', '1'],
  ['spec.free.a', '1', 1],
  ['spec.drum', '1', null],
  ['metadata.labels.a', '1', '1'],
];

describe('an edit of a kind that a CustomResourceDefinition defines', () => {
  const files = { 'crds/winches.yaml': DEFINITION, 'quay/winch.yaml': WINCH_OBJECT };

  beforeAll(async () => {
    if (!apiserver || !etcd) return;
    await create(cluster, yaml.load(DEFINITION) as KubernetesObject);
    const isServed = async (): Promise<void> =>
      expect(await cluster.send('GET', '/apis/harbour.example/v1/winches')).toMatchObject({ status: 200 });
    await vi.waitFor(isServed, { timeout: 20_000, interval: 100 });
  }, 60_000);

  for (const [field, text, expected] of CUSTOM)
    live(
      `${field} = ${text} is ${expected === null ? 'declined, and refused' : 'proven, and taken'}`,
      async () => {
        const revision = await revisionOf(files);
        const result = await locate(revision, {
          target: { wanted: { kind: 'Winch', name: 'north' }, live: null, roots: null },
          fields: [{ field, after: text, isText: true }],
        });
        if (expected === null) {
          expect(result).toMatchObject({ kind: 'declined' });
          const value = valuesLike(text).at(-1);
          expect(await serverSays(changed(WINCH_OBJECT, field, value))).toMatchObject({
            status: expect.toSatisfy((status: number) => status === 400 || status === 422) as number,
          });
          return;
        }
        expect(result).toMatchObject({ proof: { status: 'proven' }, changes: [{ after: expected }] });
        const content = result.kind === 'located' ? result.files.get('quay/winch.yaml') : undefined;
        expect(await serverSays(yaml.load(String(content)) as KubernetesObject)).toMatchObject({
          status: 201,
        });
      },
    );
}, 120_000);

async function edited(kind: string, field: string, text: string): Promise<LocateResult> {
  const object = yaml.load(MANIFESTS[kind]!) as KubernetesObject;
  const revision = await revisionOf({ 'quay/object.yaml': MANIFESTS[kind]! });
  return locate(revision, {
    target: { wanted: { kind, name: object.metadata.name }, live: null, roots: null },
    fields: [{ field, after: text, isText: true }],
  });
}

/** As text, and as the number or boolean that is written so. */
function valuesLike(text: string): readonly unknown[] {
  const value = yaml.load(text);
  return value !== text && String(value) === text ? [text, value] : [text];
}

function changed(manifest: string, field: string, value: unknown): KubernetesObject {
  const object = yaml.load(manifest) as KubernetesObject;
  const path = concretePath(object, parseFieldPath(field)) ?? parseFieldPath(field).map(String);
  const parent = path.slice(0, -1).reduce<Record<string | number, unknown>>(
    (here, step) => {
      return (here[step] ??= {}) as Record<string | number, unknown>;
    },
    object as unknown as Record<string | number, unknown>,
  );
  parent[path.at(-1)!] = value;
  return object;
}

async function serverSays(object: KubernetesObject): Promise<ApiResponse> {
  return cluster.send('POST', `${await pathOf(cluster, object)}?dryRun=All&fieldValidation=Strict`, object);
}

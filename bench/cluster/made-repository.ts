import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MAXIMUM, services, type Service } from './made-cluster.ts';

/**
 * The repository that the made cluster runs from: half of the namespaces are folders of plain manifests, half are
 * Kustomize overlays. Two commits: a state that worked, and the releases and renames that broke some of it.
 */
export function writeRepository(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): void =>
    void execFileSync('git', args, { cwd: folder, env: { ...process.env, ...AUTHOR } });
  git('init', '--quiet', '--initial-branch=main');
  for (const when of ['before', 'now'] as const) {
    for (const [path, text] of filesAt(when)) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    git('add', '--all');
    git(
      '-c',
      'commit.gpgsign=false',
      'commit',
      '--quiet',
      '--message',
      when === 'now' ? 'Release and rename' : 'Lay out the services',
    );
  }
}

const DATE = '2026-03-10T08:00:00Z';
const AUTHOR = {
  GIT_AUTHOR_NAME: 'Ada Example',
  GIT_AUTHOR_EMAIL: 'ada@team.example',
  GIT_AUTHOR_DATE: DATE,
  GIT_COMMITTER_NAME: 'Ada Example',
  GIT_COMMITTER_EMAIL: 'ada@team.example',
  GIT_COMMITTER_DATE: DATE,
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function* filesAt(when: 'before' | 'now'): Iterable<readonly [string, string]> {
  const byNamespace = new Map<string, Service[]>();
  for (const service of services())
    byNamespace.set(service.namespace, [...(byNamespace.get(service.namespace) ?? []), service]);
  for (const [index, [namespace, inNamespace]] of [...byNamespace].entries()) {
    const isPlain = index < byNamespace.size / 2;
    const folder = isPlain ? `clusters/${namespace}` : `apps/${namespace}/base`;
    for (const service of inNamespace)
      yield [`${folder}/${service.name}.yaml`, manifests(service, when, isPlain)];
    if (isPlain) continue;
    yield [
      `${folder}/kustomization.yaml`,
      `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${inNamespace.map(({ name }) => `  - ${name}.yaml\n`).join('')}`,
    ];
    yield [`apps/${namespace}/prod/kustomization.yaml`, overlay(inNamespace, namespace, when)];
  }
}

function overlay(all: readonly Service[], namespace: string, when: 'before' | 'now'): string {
  const images = all.map(({ image, lastImage }) => {
    const [name, tag] = (when === 'now' ? image : lastImage).split(':');
    return `  - name: ${name}\n    newTag: ${tag}\n`;
  });
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: ${namespace}\nresources:\n  - ../base\nimages:\n${images.join('')}`;
}

function manifests(service: Service, when: 'before' | 'now', isPlain: boolean): string {
  const { name, namespace, failure, image, lastImage, configMap } = service;
  const place = isPlain ? `\n  namespace: ${namespace}` : '';
  const settings = when === 'now' && failure === 'config' ? `${name}-options` : configMap;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}${place}
  labels:
    app: ${name}
spec:
  replicas: 5
  revisionHistoryLimit: 2
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: server
          image: ${isPlain ? (when === 'now' ? image : lastImage) : image.split(':')[0]}
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: LOG_LEVEL
              value: info
            - name: SERVICE
              value: ${name}
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          envFrom:
            - configMapRef:
                name: ${configMap}
          livenessProbe: &probe
            httpGet:
              path: /ready
              port: http
          readinessProbe: *probe
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${settings}${place}
data:
  GREETING: hello
  REGION: north
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}${place}
spec:
  selector:
    app: ${name}
  ports:
    - port: 80
      targetPort: http
${hasAutoscaler(service) ? autoscaler(service, place) : ''}`;
}

function hasAutoscaler({ name }: Service): boolean {
  return name.endsWith('0');
}

function autoscaler({ name, failure }: Service, place: string): string {
  return `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}${place}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
  minReplicas: 2
  maxReplicas: ${failure === 'autoscaler' ? MAXIMUM : 20}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
`;
}

import type { Files } from '../locate/revisions.ts';

/** A small application: plain manifests in one folder, and a job in another that reads its ConfigMap. */
export const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: ferry, namespace: quay}
spec:
  replicas: 2
  selector:
    matchLabels: {app: ferry}
  template:
    metadata:
      labels: {app: ferry}
    spec:
      serviceAccountName: ferry
      containers:
        - name: server
          image: harbour/ferry:1.4.0
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet: {path: /healthz, port: http}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          envFrom:
            - configMapRef: {name: ferry-config}
          env:
            - name: PIER
              valueFrom:
                configMapKeyRef: {name: ferry-config, key: pier}
`;

export const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: ferry, namespace: quay}
spec:
  selector:
    app: ferry
  ports:
    - name: http
      port: 80
      targetPort: http
`;

export const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata: {name: ferry-config, namespace: quay}
data:
  pier: north
  tide: low
`;

export const ACCOUNT = `apiVersion: v1
kind: ServiceAccount
metadata: {name: ferry, namespace: quay}
`;

export const JOB = `apiVersion: batch/v1
kind: CronJob
metadata: {name: tides, namespace: quay}
spec:
  schedule: 0 4 * * *
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: tides
              image: harbour/tides:1.0.0
              env:
                - name: TIDE
                  valueFrom:
                    configMapKeyRef:
                      name: ferry-config
                      key: tide
`;

export const QUAY: Files = {
  'quay/ferry.yaml': DEPLOYMENT,
  'quay/service.yaml': SERVICE,
  'quay/config.yaml': CONFIG,
  'quay/account.yaml': ACCOUNT,
  'jobs/tides.yaml': JOB,
};

/** The same as the cluster has it. */
export const LIVE = [DEPLOYMENT, SERVICE, CONFIG, ACCOUNT, JOB].join('---\n');
export const RECORDED = [
  'ConfigMap',
  'CronJob',
  'DaemonSet',
  'Deployment',
  'ExternalSecret',
  'Job',
  'Pod',
  'ReplicaSet',
  'Service',
  'ServiceAccount',
  'StatefulSet',
];

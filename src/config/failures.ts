/** A failure class that a policy can name: the id and the title of a rule. */
export interface Failure {
  readonly id: string;
  readonly title: string;
  /** Some cause of the rule has a fix in git. */
  readonly mayEdit: boolean;
  /** Nothing fails yet. */
  readonly foresees?: true;
}

/** All of them, in the order of the rules. Written by `npm run rules`. */
export const failures: readonly Failure[] = [
  { id: 'gitops-stuck', title: 'Argo CD or Flux cannot bring git into the cluster', mayEdit: true },
  { id: 'create-failed', title: 'The API server refuses the pods of a workload', mayEdit: true },
  { id: 'quota-exceeded', title: 'A quota has no room for an object that git has', mayEdit: false },
  {
    id: 'quota-nearly-used',
    title: 'A quota has no room for the next rollout or the maximum of an autoscaler, or is nearly used',
    mayEdit: false,
    foresees: true,
  },
  { id: 'cronjob-schedule', title: 'A CronJob does not run as its schedule says', mayEdit: true },
  { id: 'pod-rejected', title: 'The kubelet refuses a pod that was scheduled', mayEdit: false },
  { id: 'unschedulable', title: 'No node takes a pod', mayEdit: true },
  { id: 'claim-unbound', title: 'A pod waits for a claim that has no volume', mayEdit: true },
  {
    id: 'volume-filling',
    title: 'The volume of a claim is full in a few days',
    mayEdit: true,
    foresees: true,
  },
  { id: 'volume-full', title: 'A program fails because the volume of its claim is full', mayEdit: false },
  { id: 'volume-mount', title: 'A volume cannot be attached or mounted', mayEdit: true },
  { id: 'image-pull', title: 'An image cannot be pulled', mayEdit: true },
  {
    id: 'certificate-expiring',
    title: 'cert-manager has not renewed a certificate in time',
    mayEdit: false,
    foresees: true,
  },
  { id: 'certificate-not-issued', title: 'cert-manager cannot issue or renew a certificate', mayEdit: true },
  {
    id: 'config-reference',
    title: 'A ConfigMap, a Secret or a key of one that a workload needs does not exist',
    mayEdit: true,
  },
  { id: 'secret-not-synced', title: 'A controller cannot write a Secret', mayEdit: true },
  {
    id: 'security-context',
    title: 'A container would run as root although runAsNonRoot forbids it',
    mayEdit: true,
  },
  {
    id: 'service-address',
    title: 'A workload is told an address that no Service of the cluster has',
    mayEdit: true,
  },
  { id: 'lifecycle-hook', title: 'A postStart or preStop hook fails', mayEdit: true },
  { id: 'port-conflict', title: 'A container cannot listen on its port: another one has it', mayEdit: true },
  { id: 'start-error', title: 'The runtime cannot start the process of a container', mayEdit: true },
  { id: 'cpu-throttled', title: 'A container uses all processor time that its limit allows', mayEdit: true },
  { id: 'job-failed', title: 'A Job gave up, or does not end', mayEdit: true },
  {
    id: 'memory-near-limit',
    title: 'A container has been close to its memory limit for days',
    mayEdit: true,
    foresees: true,
  },
  { id: 'oom-killed', title: 'A container is killed because it reaches its memory limit', mayEdit: true },
  {
    id: 'probe-failing',
    title: 'A probe fails, so that a container is restarted or gets no traffic',
    mayEdit: true,
  },
  {
    id: 'ingress-backend',
    title: 'An Ingress, a route or a gateway leads to something that is not there',
    mayEdit: true,
  },
  { id: 'readiness-gate', title: 'A readiness gate keeps pods out of their Services', mayEdit: false },
  {
    id: 'requests-delayed',
    title: 'Requests take many times as long, at the pods of one workload',
    mayEdit: false,
  },
  {
    id: 'service-without-endpoints',
    title: 'A Service leads to no pod, or to a port that its pods do not have',
    mayEdit: true,
  },
  {
    id: 'hpa-at-maximum',
    title: 'A HorizontalPodAutoscaler has been at its maximum for hours and would need more replicas',
    mayEdit: true,
  },
  {
    id: 'hpa-fights-git',
    title: 'Git or something else sets the replicas that a HorizontalPodAutoscaler sets',
    mayEdit: true,
  },
  {
    id: 'hpa-near-maximum',
    title: 'A HorizontalPodAutoscaler reaches its maximum at the peak of each day',
    mayEdit: true,
    foresees: true,
  },
  { id: 'hpa-not-scaling', title: 'A HorizontalPodAutoscaler cannot compute or apply a size', mayEdit: true },
  {
    id: 'hpa-thrashing',
    title: 'A HorizontalPodAutoscaler adds and removes replicas again and again',
    mayEdit: true,
  },
  {
    id: 'keda-not-scaling',
    title: 'KEDA cannot use a ScaledObject or ScaledJob, or its trigger fails',
    mayEdit: true,
  },
  {
    id: 'latency-without-scaling',
    title: 'Requests take longer, and a HorizontalPodAutoscaler does not react',
    mayEdit: false,
  },
  {
    id: 'scaled-to-zero',
    title: 'A workload was scaled to zero in the cluster, and git asks for pods',
    mayEdit: false,
  },
  { id: 'evicted', title: 'Pods were evicted, and not enough others are ready', mayEdit: true },
  { id: 'node-not-ready', title: 'A node is not ready, or under pressure', mayEdit: false },
  { id: 'node-packet-loss', title: "A node's network loses packets", mayEdit: false },
  {
    id: 'process-killed',
    title: 'The kernel killed processes at a memory limit, and no container ended',
    mayEdit: false,
  },
  { id: 'sandbox-failed', title: 'The sandbox of a pod is not made', mayEdit: false },
  { id: 'scheduler-silent', title: 'kube-scheduler gives no pod a node', mayEdit: false },
  { id: 'application-error', title: 'A workload is Ready, and its log repeats an error', mayEdit: false },
  { id: 'crash-loop', title: 'A program exits again and again', mayEdit: true },
  { id: 'unclassified', title: 'A failure that no other rule explains', mayEdit: false },
];

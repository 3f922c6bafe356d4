import type { Causes } from '../causes.ts';

/** What is visible, the most telling first: the first of an object's signals names its incident. */
export const CAUSES = {
  'container-error': {
    means:
      'a container waits with an error of kubelet or runtime: CreateContainerConfigError, CreateContainerError',
    fix: 'none',
    outcome: 'declined',
    phase: 'startup',
  },
  volume: {
    means: 'FailedMount, FailedAttachVolume, or a claim that gets no volume',
    fix: 'none',
    outcome: 'declined',
    phase: 'volumes',
  },
  unschedulable: {
    means: 'a pod is Pending for more than two minutes, and no autoscaler is at work',
    fix: 'none',
    outcome: 'declined',
    phase: 'scheduling',
  },
  'init-waiting': {
    means: 'an init container runs for more than ten minutes',
    fix: 'none',
    outcome: 'declined',
    phase: 'startup',
  },
  'container-creating': {
    means: 'containers are not created, and volumes are not the reason',
    fix: 'none',
    outcome: 'declined',
    phase: 'startup',
  },
  'pod-failed': {
    means: 'a pod ended as a whole, and not enough others are ready',
    fix: 'none',
    outcome: 'declined',
  },
  evicted: {
    means: 'a node ran short and evicted the pod, and not enough others are ready',
    fix: 'none',
    outcome: 'declined',
    phase: 'node',
  },
  'job-failed': {
    means: 'a Job gave up within the last day, and no later run succeeded',
    fix: 'none',
    outcome: 'declined',
  },
  'hpa-inactive': {
    means: 'an autoscaler cannot compute or apply a size',
    fix: 'none',
    outcome: 'declined',
    phase: 'scaling',
  },
  'replicas-contested': {
    means:
      'an autoscaler brings `spec.replicas` back into its range again and again: something else writes it',
    fix: 'none',
    outcome: 'declined',
    phase: 'scaling',
  },
  service: {
    means:
      "a Service's selector fits no pod although some nearly do, or its target port is declared by no container",
    fix: 'none',
    outcome: 'declined',
    phase: 'traffic',
  },
  condition: {
    means: 'a custom resource is Ready=False (or Synced, Healthy, Available) for five minutes',
    fix: 'none',
    outcome: 'declined',
    phase: 'gitops',
  },
  'process-killed': {
    means:
      'events of a node say that the kernel killed processes because a memory cgroup was full, and no container on record ended then',
    fix: 'none',
    outcome: 'watched only',
  },
  node: { means: 'a node is not Ready, or under pressure', fix: 'none', outcome: 'declined', phase: 'node' },
  'rollout-stalled': {
    means: 'ProgressDeadlineExceeded',
    fix: 'none',
    outcome: 'declined',
    phase: 'startup',
  },
  'scheduling-gated': {
    means: 'a scheduling gate holds the pod',
    fix: 'none',
    outcome: 'watched only',
    phase: 'scheduling',
  },
  'log-errors': {
    means: 'everything is Ready, but the log ends with the same error again and again',
    fix: 'none',
    outcome: 'watched only',
  },
} as const satisfies Causes;

export type Cause = keyof typeof CAUSES;

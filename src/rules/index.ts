import type { Rule } from './define-rule.ts';
import { applicationError } from './application-error.ts';
import { certificateExpiring } from './certificate-expiring.ts';
import { certificateNotIssued } from './certificate-not-issued.ts';
import { claimUnbound } from './claim-unbound.ts';
import { configReference } from './config-reference.ts';
import { cpuThrottled } from './cpu-throttled.ts';
import { crashLoop } from './crash-loop.ts';
import { createFailed } from './create-failed.ts';
import { cronjobSchedule } from './cronjob-schedule.ts';
import { evicted } from './evicted.ts';
import { gitopsStuck } from './gitops-stuck.ts';
import { hpaAtMaximum } from './hpa-at-maximum.ts';
import { hpaFightsGit } from './hpa-fights-git.ts';
import { hpaNearMaximum } from './hpa-near-maximum.ts';
import { hpaNotScaling } from './hpa-not-scaling.ts';
import { hpaThrashing } from './hpa-thrashing.ts';
import { imagePull } from './image-pull.ts';
import { ingressBackend } from './ingress-backend.ts';
import { jobFailed } from './job-failed.ts';
import { kedaNotScaling } from './keda-not-scaling.ts';
import { latencyWithoutScaling } from './latency-without-scaling.ts';
import { lifecycleHook } from './lifecycle-hook.ts';
import { memoryNearLimit } from './memory-near-limit.ts';
import { nodeNotReady } from './node-not-ready.ts';
import { nodePacketLoss } from './node-packet-loss.ts';
import { oomKilled } from './oom-killed.ts';
import { podRejected } from './pod-rejected.ts';
import { portConflict } from './port-conflict.ts';
import { probeFailing } from './probe-failing.ts';
import { processKilled } from './process-killed.ts';
import { quotaExceeded } from './quota-exceeded.ts';
import { quotaNearlyUsed } from './quota-nearly-used.ts';
import { readinessGate } from './readiness-gate.ts';
import { requestsDelayed } from './requests-delayed.ts';
import { sandboxFailed } from './sandbox-failed.ts';
import { scaledToZero } from './scaled-to-zero.ts';
import { schedulerSilent } from './scheduler-silent.ts';
import { secretNotSynced } from './secret-not-synced.ts';
import { securityContext } from './security-context.ts';
import { serviceAddress } from './service-address.ts';
import { serviceWithoutEndpoints } from './service-without-endpoints.ts';
import { startError } from './start-error.ts';
import { unclassified } from './unclassified.ts';
import { unschedulable } from './unschedulable.ts';
import { volumeFilling } from './volume-filling.ts';
import { volumeFull } from './volume-full.ts';
import { volumeMount } from './volume-mount.ts';

/** All rules, in the order of their phases, and last what gives way to any other. Written by `npm run rules`. */
export const rules: readonly Rule[] = [
  gitopsStuck,
  createFailed,
  quotaExceeded,
  quotaNearlyUsed,
  cronjobSchedule,
  podRejected,
  unschedulable,
  claimUnbound,
  volumeFilling,
  volumeFull,
  volumeMount,
  imagePull,
  certificateExpiring,
  certificateNotIssued,
  configReference,
  secretNotSynced,
  securityContext,
  serviceAddress,
  lifecycleHook,
  portConflict,
  startError,
  cpuThrottled,
  jobFailed,
  memoryNearLimit,
  oomKilled,
  probeFailing,
  ingressBackend,
  readinessGate,
  requestsDelayed,
  serviceWithoutEndpoints,
  hpaAtMaximum,
  hpaFightsGit,
  hpaNearMaximum,
  hpaNotScaling,
  hpaThrashing,
  kedaNotScaling,
  latencyWithoutScaling,
  scaledToZero,
  evicted,
  nodeNotReady,
  nodePacketLoss,
  processKilled,
  sandboxFailed,
  schedulerSilent,
  applicationError,
  crashLoop,
  unclassified,
];

import { prose } from '../../untrusted/prose.ts';
import { DECLINED, ESCALATED, MONITORED, type Causes } from '../causes.ts';
import { TARGET_CAUSES } from '../scale-target.ts';

/** What the rule concludes, with what is the same each time. */
export const CAUSES = {
  ...TARGET_CAUSES,
  'missing-request': {
    means: 'a container of the pod template has no request for the resource',
    fix: 'propose',
    terms: { settable: { to: 'amount' } },
    outcome: 'fix from what was measured or what git had; a draft where neither tells the size',
  },
  'injected-without-request': {
    ...DECLINED,
    means: 'a container without a request is added when pods are made; the template does not have it',
    reason: prose`Whether the injected container gets a request or the autoscaler measures one container only is for a person to decide.`,
  },
  'pods-of-another': {
    ...DECLINED,
    means: "the target's selector also fits pods of another workload, which have no request",
    reason: prose`A selector of a workload cannot be changed, and which labels the other pods need is for a person to decide.`,
  },
  'older-pods': {
    ...MONITORED,
    means: 'the template has the request, the pods were made before',
    reason: prose`The pods get the request when they are recreated.`,
  },
  'no-room': {
    ...ESCALATED,
    means: 'the request is known, and the quota or the nodes cannot hold it',
  },
  'metrics-unavailable': {
    ...DECLINED,
    means: 'the metrics API does not answer',
    reason: prose`The autoscaler is as it should be: what serves its metrics is not.`,
  },
  'metric-missing': {
    ...DECLINED,
    means: 'the metrics API answers, and does not have the metric',
    reason: prose`Which metric is meant is not proven, so a person has to decide.`,
  },
  'pods-without-metrics': {
    ...DECLINED,
    means: 'there are no metrics of the pods: none runs, or none is ready',
    reason: prose`The autoscaler has nothing to measure until pods of its target are ready.`,
  },
  'ambiguous-selector': {
    ...DECLINED,
    means: 'another autoscaler scales the same pods',
    reason: prose`Which of the autoscalers is meant is for a person to decide.`,
  },
  'invalid-selector': {
    ...DECLINED,
    means: 'the target tells no selector for its pods',
    reason: prose`The selector belongs to the target and to its controller.`,
  },
  'update-failed': {
    ...DECLINED,
    means: 'the size cannot be applied: `FailedUpdateScale`',
    reason: prose`The API server refused the new size, and no field of the autoscaler changes that.`,
  },
  inactive: {
    ...DECLINED,
    means: 'any other reason',
    reason: prose`No change in git is known to fix this, so none is proposed.`,
  },
} as const satisfies Causes;

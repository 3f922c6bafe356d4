import { prose } from '../../untrusted/prose.ts';
import { DECLINED, type Causes } from '../causes.ts';
import { TARGET_CAUSES } from '../scale-target.ts';

/** What the rule concludes, with what is the same each time. */
export const CAUSES = {
  ...TARGET_CAUSES,
  'counts-contradict': {
    ...DECLINED,
    means: 'idleReplicaCount, minReplicaCount and maxReplicaCount do not fit together',
    reason: prose`Which of the numbers is meant is for a person to decide.`,
  },
  'other-autoscaler': {
    ...DECLINED,
    means: 'a HorizontalPodAutoscaler that is not of KEDA scales the same workload',
    reason: prose`Which of the two is meant to scale it is for a person to decide.`,
  },
  'authentication-missing': {
    means: 'a trigger names a TriggerAuthentication that does not exist',
    fix: 'draft',
    terms: { settable: { to: 'name' } },
    outcome: 'a draft where one has a similar name, else declined',
  },
  'trigger-misconfigured': {
    ...DECLINED,
    means: "KEDA cannot read a trigger's metadata",
    reason: prose`Which value the trigger needs is not proven, so a person has to decide.`,
  },
  'source-denied': {
    ...DECLINED,
    means: 'the source of a trigger refuses the credentials',
    reason: prose`Credentials are never changed by Faultline.`,
  },
  'source-unreachable': {
    ...DECLINED,
    means: 'the source of a trigger cannot be reached',
    reason: prose`The trigger is as it should be: its source is not reached.`,
  },
  'trigger-failing': {
    ...DECLINED,
    means: 'a trigger fails for another reason',
    reason: prose`Only the error says what the source needs, so a person has to decide.`,
  },
  'not-ready': {
    ...DECLINED,
    means: 'any other reason',
    reason: prose`No change in git is known to fix this, so none is proposed.`,
  },
} as const satisfies Causes;

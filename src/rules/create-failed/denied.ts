import type { Denial, DeniedBy } from '../../facts/denials.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import { printFieldPath } from '../../kubernetes/field-path.ts';
import { podTemplatePath } from '../../kubernetes/workloads.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { joinProse, prose, saying } from '../../untrusted/prose.ts';
import { shortened } from '../../untrusted/shorten.ts';
import type { Conclusion } from '../define-rule.ts';
import { containersInTemplate, explained, lackOf, type Refused } from './refused.ts';

/** An admission webhook, or a policy of the cluster, said no. */
export function denied(refused: Refused, { by, message }: Denial): Conclusion {
  const policies = by.kind === 'webhook' ? by.policies : [];
  const who =
    by.kind === 'policy'
      ? prose`ValidatingAdmissionPolicy ${by.policy}${by.binding === null ? prose`` : prose` (binding ${by.binding})`}`
      : prose`the admission webhook ${by.webhook}`;
  const why =
    policies.length > 0
      ? prose`: ${joinProse(
          policies.map(({ policy, rule, message: text }) =>
            rule === null
              ? prose`policy ${policy} says ${shortened(text)}`
              : prose`policy ${policy}, rule ${rule}, says ${shortened(text)}`,
          ),
          '; ',
        )}`
      : message === ''
        ? prose` without saying why`
        : saying(shortened(message));
  return explained(refused, {
    cause: 'webhook-denied',
    culprit: culpritOf({ by, policies }),
    summary: prose`${lackOf(refused)}: ${who} denies them${why}.`,
    blames: policies.flatMap((one) => blamedBy(refused, one)),
    advice: [
      ...policies.flatMap(({ path, policy }) =>
        path === null
          ? []
          : [
              prose`Change ${path} of the pod to what policy ${policy} wants: its pattern is in the policy's spec.`,
            ],
      ),
      ...(policies.length === 0 && message !== ''
        ? [prose`Change what the message names in the pod template.`]
        : []),
      prose`Ask the owner of the policy for an exception where the workload cannot comply.`,
    ],
  });
}

function culpritOf({
  by,
  policies,
}: {
  readonly by: Denial['by'];
  readonly policies: readonly DeniedBy[];
}): Culprit {
  if (by.kind === 'policy') return { kind: 'ValidatingAdmissionPolicy', namespace: null, name: by.policy };
  const [first] = policies;
  if (!first) return { kind: 'Webhook', namespace: null, name: by.webhook };
  return { kind: first.rule === null ? 'Constraint' : 'ClusterPolicy', namespace: null, name: first.policy };
}

/** `/spec/containers/0/image` of the pod, in the template. */
function blamedBy({ workload }: Refused, { path, message }: DeniedBy): readonly Blame[] {
  const { object, ref } = workload;
  const template = podTemplatePath(ref.kind);
  if (!object || template === null) return [];
  // Gatekeeper names no place; an image that it quotes has one.
  if (path === null)
    return containersInTemplate(workload).flatMap(({ container: { image }, path: own }) =>
      image && message.includes(image) ? [{ object: ref, field: `${own}.image` }] : [],
    );
  const steps = path.split('/').filter((step) => step !== '');
  const field = `${template}.${printFieldPath(steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step)))}`;
  const value = fieldOf(object, field)?.value;
  return value === undefined || (typeof value === 'object' && value !== null) ? [] : [{ object: ref, field }];
}

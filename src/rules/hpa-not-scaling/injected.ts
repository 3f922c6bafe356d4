import { describeRef, recordAt } from '../../kubernetes/objects.ts';
import { quote } from '../../facts/observations.ts';
import { containersOf, podSpecOf, podTemplatePath } from '../../kubernetes/workloads.ts';
import type { Blame } from '../../model/finding.ts';
import { joinProse, listed, prose, type Prose } from '../../untrusted/prose.ts';
import { injectorOf, type Injector } from '../../witnesses/injectors.ts';
import type { Conclusion } from '../define-rule.ts';
import { ofCause } from '../diagnosis.ts';
import { metricFields } from '../../facts/metric-fields.ts';
import { summaryOf, type MissingRequest } from './lacking.ts';
import { partly } from './wording.ts';

/** Containers that the template does not have: whoever adds them to the pods has to give them a request. */
export function injected(missing: MissingRequest, added: readonly string[]): Conclusion {
  const { failure, resource, owner, pods } = missing;
  const known = added.flatMap((name) => injectorOf(name) ?? []);
  return ofCause({
    cause: 'injected-without-request',
    summary: summaryOf(missing, added),
    because: [
      ...partly(failure),
      prose`The template of ${describeRef(failure.target)} has no container ${listed(added)}: ${
        known.length > 0
          ? prose`${listed([...new Set(known.map(({ name }) => name))])} injects it when a pod is made`
          : prose`it is injected when a pod is made`
      }.`,
    ],
    evidence: [
      ...failure.evidence,
      ...pods.slice(0, 1).map((pod) =>
        quote(
          'object',
          pod,
          null,
          `containers: ${containersOf(podSpecOf(pod))
            .map(({ container }) => container.name)
            .join(', ')}`,
        ),
      ),
    ],
    certainty: [0.92, prose`pods have the container, the template does not`],
    blames: [
      ...metricFields(failure.hpa)
        .filter(({ name }) => name === resource)
        .map(({ object, field }) => ({ object, field })),
      ...known.flatMap((injector) => enabling(missing, injector)),
    ],
    advice: [
      ...known.flatMap((injector) => throughAnnotation(missing, injector)),
      ...withoutKnown(missing, added),
      ...measuringOwn(missing, owner, added),
    ],
  });
}

/** The annotation or label that turns the injector on, where the template has it. */
function enabling({ failure: { target }, owner }: MissingRequest, { enabledBy }: Injector): readonly Blame[] {
  const path = podTemplatePath(owner.kind);
  if (path === null) return [];
  const template = recordAt(owner, ...path.split('.'));
  return ['annotations', 'labels'].flatMap((part) =>
    recordAt(template, 'metadata', part)[enabledBy] === undefined
      ? []
      : [{ object: target, field: `${path}.metadata.${part}["${enabledBy}"]` }],
  );
}

function throughAnnotation(
  { failure: { target }, resource }: MissingRequest,
  { requests, name, container }: Injector,
): readonly Prose[] {
  const annotation = requests?.[resource];
  return annotation === undefined
    ? [
        prose`Set the ${resource} request of ${container} where ${name} is configured; it has no annotation for it.`,
      ]
    : [
        prose`Set the annotation ${annotation} in the pod template of ${describeRef(target)}: ${name} gives ${container} that request.`,
      ];
}

function withoutKnown({ resource }: MissingRequest, added: readonly string[]): readonly Prose[] {
  const unknown = added.filter((name) => injectorOf(name) === undefined);
  return unknown.length === 0
    ? []
    : [
        prose`Give ${listed(unknown)} a ${resource} request in the configuration of the webhook that adds it: kubectl get mutatingwebhookconfigurations lists them.`,
      ];
}

/** From Kubernetes 1.27 on an autoscaler can leave the injected containers out. */
function measuringOwn(
  { resource, failure }: MissingRequest,
  owner: MissingRequest['owner'],
  added: readonly string[],
): readonly Prose[] {
  const first = containersOf(podSpecOf(owner)).find(
    ({ role, container }) => role === 'container' && !added.includes(container.name),
  );
  if (!first) return [];
  const { container } = first;
  const hasRequest = container.resources?.requests?.[resource] !== undefined;
  return [
    joinProse(
      [
        prose`Or let ${describeRef(failure.ref)} measure ${container.name} alone: type ContainerResource with containerResource.name ${resource} and containerResource.container ${container.name}`,
        hasRequest ? prose`.` : prose`; it needs a ${resource} request too.`,
      ],
      '',
    ),
  ];
}

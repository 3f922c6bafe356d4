import { quoteFields } from '../../facts/observations.ts';
import type { PodSecurityRefusal, Violation } from '../../facts/refusals.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import { describeRef, recordAt, refOf, type ObjectRef, type Scalar } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { Blame } from '../../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { formerValue, type FormerValue } from '../../witnesses/former-value.ts';
import type { Conclusion } from '../define-rule.ts';
import {
  containersInTemplate,
  explained,
  injectedOf,
  injectedSentence,
  lackOf,
  specInTemplate,
  type Refused,
  type Templated,
} from './refused.ts';

/** https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces */
const ENFORCE = 'metadata.labels["pod-security.kubernetes.io/enforce"]';

export function* podSecurity(refused: Refused, refusal: PodSecurityRefusal, ask: Ask): Asking<Conclusion> {
  const { workload } = refused;
  const { cluster, ref } = workload;
  const name = ref.namespace ?? '';
  const namespace = { apiVersion: 'v1', kind: 'Namespace', namespace: null, name };
  const enforced = formerValue(yield* ask.history(namespace, ENFORCE));
  const since = enforced?.now === refusal.level ? enforced : null;
  const injected = injectedOf(
    workload,
    refusal.violations.flatMap(({ containers }) => containers),
  );
  const repairs = refusal.violations.map((violation) => repairOf(refused, violation));
  const object = cluster.get('Namespace', null, name);
  const wording = refusal.violations.map(({ check, detail }) => `${check} (${detail})`).join('; ');
  const fields = refusal.violations.flatMap((violation) => blamesOf(refused, violation));
  return explained(refused, {
    cause: 'pod-security',
    culprit: { kind: 'Namespace', namespace: null, name },
    summary: prose`${lackOf(refused)}: namespace ${name} enforces the Pod Security level ${refusal.level}, which forbids ${wording}.`,
    because: [...(since ? [sinceWhen(name, since)] : []), ...injectedSentence(injected)],
    evidence: [
      ...(object ? quoteFields(object, recordAt(object, 'metadata'), ['labels']) : []),
      ...(since ? [commitEvidence(since.commit, `enforces ${refusal.level} in namespace ${name}`)] : []),
    ],
    ...(injected.length === 0 ? complying(ref, repairs) : {}),
    blames: [...fields, { object: object ? refOf(object) : namespace, field: ENFORCE }],
    ...(since ? { introducedBy: since.commit } : {}),
    advice: [
      ...refusal.violations.flatMap((violation) => adviceFor(violation, injected)),
      ...(injected.length > 0
        ? [
            prose`Set the securityContext of ${listed(injected)} where the injector is configured that adds ${ownText(injected.length > 1 ? 'them' : 'it')}.`,
          ]
        : []),
      prose`Or run ${describeRef(ref)} in a namespace whose level allows it; whoever owns namespace ${name} decides on its level.`,
    ],
  });
}

function sinceWhen(name: string, { before, commit }: FormerValue): Prose {
  return before === undefined
    ? prose`Namespace ${name} enforces a level since ${describeCommit(commit)}.`
    : prose`Namespace ${name} enforced ${String(before)} before ${describeCommit(commit)}.`;
}

/** What makes a template comply with one check; null where that is not known, or would take away what the program may need. */
type Repair = readonly Change[] | null;

function complying(ref: ObjectRef, repairs: readonly Repair[]) {
  const changes = repairs.flatMap((repair) => repair ?? []);
  if (repairs.length === 0 || repairs.includes(null) || changes.length === 0) return {};
  return {
    verdict: 'fix' as const,
    reason: prose`Each field has one value that complies, and nothing in the template of ${describeRef(ref)} asks for more.`,
    changes,
    guards: [
      { kind: 'draft' as const, reason: prose`whether the program runs with less is for a person to decide` },
    ],
  };
}

function repairOf({ workload }: Refused, { check, detail, containers }: Violation): Repair {
  const known = containersInTemplate(workload);
  const meant = containers.map((name) => known.find((one) => one.name === name));
  const repair = REPAIRS[check];
  if (!repair || meant.length === 0 || /must not (?:include|set)/.test(detail)) return null;
  const repaired = meant.map((one) => (one && !needsMore(one) ? repair(one, workload) : null));
  return repaired.includes(null) ? null : repaired.flatMap((one) => one ?? []);
}

/** A container that is given more on purpose may not run with less. */
function needsMore({ container }: Templated): boolean {
  const { privileged, allowPrivilegeEscalation, capabilities } = securityOf(container);
  const added = recordAt({ capabilities }, 'capabilities')['add'];
  return (
    privileged === true || allowPrivilegeEscalation === true || (Array.isArray(added) && added.length > 0)
  );
}

/** The checks whose field has one value that complies. */
const REPAIRS: Readonly<Record<string, (of: Templated, workload: Refused['workload']) => Repair>> = {
  'allowPrivilegeEscalation != false': (of, { ref }) => [setting(ref, of, 'allowPrivilegeEscalation', false)],
  seccompProfile: (of, { ref }) => [setting(ref, of, 'seccompProfile.type', 'RuntimeDefault')],
  'unrestricted capabilities': (of, { ref }) => {
    const dropped = recordAt(securityOf(of.container), 'capabilities')['drop'];
    const isEmpty = dropped === undefined || (Array.isArray(dropped) && dropped.length === 0);
    return isEmpty ? [setting(ref, of, 'capabilities.drop[0]', 'ALL')] : null;
  },
  'runAsNonRoot != true': (of, { ref, object }) => {
    const spec = object && podSpecOf(object);
    const user = securityOf(of.container)['runAsUser'] ?? securityOf(spec)['runAsUser'];
    return typeof user === 'number' && user > 0 ? [setting(ref, of, 'runAsNonRoot', true)] : null;
  },
};

function securityOf(part: unknown): Readonly<Record<string, unknown>> {
  return recordAt(part, 'securityContext');
}

function setting(ref: ObjectRef, { path }: Templated, field: string, value: Scalar): Change {
  return changeOf(ref, `${path}.securityContext.${field}`, null, value);
}

/** Where the template has what is forbidden; of what it lacks, the containers that lack it. */
function blamesOf({ workload }: Refused, { check, containers }: Violation): readonly Blame[] {
  const { ref, object } = workload;
  const at = specInTemplate(workload);
  if (!object || !at) return [];
  const fields = [
    ...(check === 'host namespaces'
      ? ['hostNetwork', 'hostPID', 'hostIPC'].map((one) => `${at.path}.${one}`)
      : []),
    ...containersInTemplate(workload)
      .filter(({ name }) => containers.includes(name))
      .flatMap(({ path }) => {
        const own = (OWN_FIELDS[check] ?? []).map((field) => `${path}.${field}`);
        const there = own.filter((field) => fieldOf(object, field)?.value !== undefined);
        return there.length > 0 ? there : [`${path}.name`];
      }),
    ...(/hostPath|volume types/.test(check)
      ? (at.spec.volumes ?? [])
          .filter((volume) => volume['hostPath'] !== undefined)
          .map(({ name }) => `${at.path}.volumes[name=${name}].hostPath.path`)
      : []),
  ];
  return fields
    .filter((field) => fieldOf(object, field)?.value !== undefined)
    .map((field) => ({ object: ref, field }));
}

/** Fields of a container that violate a check by what they say. */
const OWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  privileged: ['securityContext.privileged'],
  'allowPrivilegeEscalation != false': ['securityContext.allowPrivilegeEscalation'],
  'unrestricted capabilities': ['securityContext.capabilities.add[0]'],
  'non-default capabilities': ['securityContext.capabilities.add[0]'],
  'runAsNonRoot != true': ['securityContext.runAsNonRoot'],
  'runAsUser=0': ['securityContext.runAsUser'],
  seccompProfile: ['securityContext.seccompProfile.type'],
  hostPort: ['ports[0].hostPort'],
};

/** Nothing for containers that are not in the template. */
function adviceFor({ check, containers: named }: Violation, injected: readonly string[]): readonly Prose[] {
  const containers = named.filter((name) => !injected.includes(name));
  return named.length > 0 && containers.length === 0 ? [] : [wordsFor(check, containers)];
}

function wordsFor(check: string, containers: readonly string[]): Prose {
  const of =
    containers.length === 0
      ? prose`the pod`
      : containers.length === 1
        ? prose`container ${containers[0]!}`
        : prose`containers ${listed(containers)}`;
  switch (check) {
    case 'allowPrivilegeEscalation != false':
      return prose`Set securityContext.allowPrivilegeEscalation of ${of} to false.`;
    case 'unrestricted capabilities':
      return prose`Set securityContext.capabilities.drop of ${of} to ALL, and add back nothing but NET_BIND_SERVICE.`;
    case 'runAsNonRoot != true':
      return prose`Set securityContext.runAsNonRoot of ${of} to true, with a runAsUser other than 0 where the image runs as root.`;
    case 'seccompProfile':
      return prose`Set securityContext.seccompProfile.type of ${of} to RuntimeDefault.`;
    case 'privileged':
      return prose`Remove securityContext.privileged from ${of}.`;
    case 'host namespaces':
      return prose`Remove hostNetwork, hostPID and hostIPC from the pod template.`;
    case 'hostPath volumes':
    case 'restricted volume types':
      return prose`Replace the volumes that the message names by a claim, an emptyDir, or a ConfigMap.`;
    case 'non-default capabilities':
      return prose`Remove from securityContext.capabilities.add of ${of} what the message names.`;
    case 'runAsUser=0':
      return prose`Set runAsUser of ${of} to a number other than 0 that the image supports.`;
    case 'hostPort':
      return prose`Remove hostPort from the ports of ${of}, and reach the pods through a Service.`;
    default:
      return prose`Correct what the check ${check} names in ${of}.`;
  }
}

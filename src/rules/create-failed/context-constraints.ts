import { fieldOf } from '../../kubernetes/field.ts';
import type { Blame } from '../../model/finding.ts';
import { joinProse, listed, prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import { explained, lackOf, specInTemplate, containersInTemplate, type Refused } from './refused.ts';

/** What one SecurityContextConstraints says against a field of the pod. */
interface Objection {
  /** Null for one that the pod's account may not use. */
  readonly field: string | null;
  readonly constraint: string;
  readonly says: string;
}

/**
 * OpenShift: `unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount,
 * provider restricted-v2: .containers[0].runAsUser: Invalid value: 1001: must be in the ranges: [1000680000, 1000689999]]`
 * https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/authentication_and_authorization/managing-pod-security-policies
 */
export function contextConstraints(refused: Refused): Conclusion | null {
  const { message } = refused.failure;
  if (!/unable to validate against any security context constraint/.test(message)) return null;
  const all = objectionsIn(message);
  const told = all.filter(({ field }) => field !== null);
  const closed = [...new Set(all.filter(({ field }) => field === null).map(({ constraint }) => constraint))];
  const blames = told.flatMap((one) => blamesOf(refused, one.field!));
  const words = told.map(({ constraint, field, says }) => prose`${constraint} says of ${field!}: ${says}`);
  return explained(refused, {
    cause: 'security-context-constraint',
    summary:
      told.length === 0
        ? prose`${lackOf(refused)}: no SecurityContextConstraints that their service account may use admits them.`
        : prose`${lackOf(refused)}: no SecurityContextConstraints admits them: ${joinProse(words.slice(0, 3), '; ')}.`,
    because:
      closed.length === 0 ? [] : [prose`Their service account may not use ${listed(closed.slice(0, 8))}.`],
    blames: blames.filter((one, index) => blames.findIndex(({ field }) => field === one.field) === index),
    advice: [
      ...(blames.length > 0
        ? [
            prose`Leave ${listed([...new Set(blames.map(({ field }) => field.split('.').at(-1)!))])} out: OpenShift then chooses a value of the namespace's range.`,
          ]
        : []),
      prose`If the program needs what the template says, have its service account granted a constraint that allows it: oc adm policy who-can use scc anyuid`,
    ],
  });
}

function objectionsIn(message: string): readonly Objection[] {
  const list = /security context constraint: \[(.*)\]/s.exec(message)?.[1] ?? '';
  return list.split(/,? ?(?=\bprovider )/).flatMap((text) => {
    const [, constraint, rest] = /^provider "?([\w.-]+)"?: (.*)$/s.exec(text.trim()) ?? [];
    if (constraint === undefined || rest === undefined) return [];
    const [, field, says] =
      /^\.?([\w.[\]-]+): (?:Invalid value|Forbidden|Unsupported value): (.+?),?$/s.exec(rest) ?? [];
    return [
      { constraint, field: field ?? null, says: (says ?? rest).replace(/^\[\]\w+\{[^}]*\}: /, '').trim() },
    ];
  });
}

/** `spec.securityContext.fsGroup`, `containers[0].runAsUser`, `spec.containers[0].securityContext.runAsUser`: where the template has the value. */
function blamesOf({ workload }: Refused, field: string): readonly Blame[] {
  const { object, ref } = workload;
  const own = specInTemplate(workload);
  if (!object || !own) return [];
  const [, index, name] = /containers\[(\d+)\]\.(?:securityContext\.)?([\w.]+)$/.exec(field) ?? [];
  const leaf = name ?? /securityContext\.([\w.]+?)(?:\[\d+\])?$/.exec(field)?.[1];
  if (leaf === undefined) return [];
  const container = index === undefined ? undefined : containersInTemplate(workload)[Number(index)];
  const places = [
    ...(container ? [`${container.path}.securityContext.${leaf}`] : []),
    `${own.path}.securityContext.${leaf}`,
  ];
  return places
    .filter((one) => typeof fieldOf(object, one)?.value === 'number')
    .map((one) => ({ object: ref, field: one }));
}

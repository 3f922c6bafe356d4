import { matchesExpression } from './node-selection.ts';
import { isRecord, recordAt, recordsOf } from './objects.ts';

/**
 * True when labels fit a LabelSelector: all of its `matchLabels` and `matchExpressions`. One that is missing fits nothing, an empty one everything.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function matchesLabelSelector(
  selector: unknown,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  if (!isRecord(selector)) return false;
  return (
    Object.entries(recordAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value) &&
    recordsOf(selector['matchExpressions']).every((one) => matchesExpression(labels[String(one['key'])], one))
  );
}

/** `app=ferry, tier in (web, api)`, as kubectl writes it. */
export function describeLabelSelector(selector: unknown): string {
  const equal = Object.entries(recordAt(selector, 'matchLabels')).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const others = recordsOf(recordAt(selector)['matchExpressions']).map(({ key, operator, values }) => {
    if (operator === 'Exists') return String(key);
    if (operator === 'DoesNotExist') return `!${String(key)}`;
    const list = Array.isArray(values) ? values.map(String).join(', ') : '';
    return `${String(key)} ${String(operator).toLowerCase()} (${list})`;
  });
  return [...equal, ...others].join(', ');
}

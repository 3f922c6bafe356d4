import { isRecord, recordsOf } from './objects.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Whether labels fit a selector of `matchLabels` and `matchExpressions`; an empty selector fits all. Null for an operator that is not known.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function matchesLabels(selector: Readonly<Record<string, unknown>>, labels: Labels): boolean | null {
  const wanted = isRecord(selector['matchLabels']) ? Object.entries(selector['matchLabels']) : [];
  const fits = recordsOf(selector['matchExpressions']).map((expression) =>
    fitsExpression(expression, labels),
  );
  if (fits.includes(null)) return null;
  return wanted.every(([key, value]) => labels[key] === value) && fits.every((one) => one === true);
}

function fitsExpression(
  { key, operator, values }: Readonly<Record<string, unknown>>,
  labels: Labels,
): boolean | null {
  const value = labels[String(key)];
  const among = Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'In':
      return value !== undefined && among;
    case 'NotIn':
      return value === undefined || !among;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return null;
  }
}

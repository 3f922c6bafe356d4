/**
 * Schedules as the CronJob controller reads them: five fields or a descriptor, as `ParseStandard` of github.com/robfig/cron/v3 does
 * (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax).
 */

/** Minute, hour, day of the month, month and day of the week: the values of each that match. */
export interface Schedule {
  readonly fields: readonly ReadonlySet<number>[];
  /** A day matches where either field does, unless one of them says nothing. */
  readonly isAnyDay: { readonly month: boolean; readonly week: boolean };
}

export type ParsedSchedule =
  | { readonly kind: 'schedule'; readonly schedule: Schedule }
  /** `@every 90m`: milliseconds between two runs. */
  | { readonly kind: 'interval'; readonly every: number }
  | {
      readonly kind: 'invalid';
      /** A clause. */
      readonly why: string;
    };

interface FieldSpec {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export const CRON_FIELDS: readonly FieldSpec[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of the month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 6, names: DAYS },
];

export const CRON_DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

export function parseSchedule(given: string): ParsedSchedule {
  const text = given.trim().replace(/^(?:CRON_)?TZ=\S+\s+/, '');
  if (text.startsWith('@every ')) return interval(text.slice('@every '.length).trim());
  if (text.startsWith('@')) {
    const known = Object.hasOwn(CRON_DESCRIPTORS, text) ? CRON_DESCRIPTORS[text] : undefined;
    return known === undefined ? invalid(`${text} is not a descriptor`) : parseSchedule(known);
  }
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== CRON_FIELDS.length) return invalid(`it has ${parts.length} fields, not 5`);
  const fields: ReadonlySet<number>[] = [];
  for (const [index, part] of parts.entries()) {
    const field = CRON_FIELDS[index]!;
    const values = valuesIn(part, field);
    if (typeof values === 'string') return invalid(`the ${field.name} ${part} ${values}`);
    fields.push(values);
  }
  const isAny = (part: string | undefined): boolean => /^[*?]/.test(part ?? '');
  return {
    kind: 'schedule',
    schedule: { fields, isAnyDay: { month: isAny(parts[2]), week: isAny(parts[4]) } },
  };
}

function invalid(why: string): ParsedSchedule {
  return { kind: 'invalid', why };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

function interval(text: string): ParsedSchedule {
  if (!/^(?:\d+(?:\.\d+)?(?:h|m|s|ms))+$/.test(text)) return invalid(`${text} is not a duration`);
  const every = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (unit === 'ms' ? 1 : UNITS[unit!]!),
    0,
  );
  return { kind: 'interval', every: Math.max(1000, every) };
}

/** The values that a field matches, or what is wrong with it. */
function valuesIn(part: string, field: FieldSpec): ReadonlySet<number> | string {
  const values = new Set<number>();
  for (const item of part.split(',')) {
    const found = rangeIn(item, field);
    if (typeof found === 'string') return found;
    const [start, end, step] = found;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

function rangeIn(item: string, { min, max, names }: FieldSpec): readonly [number, number, number] | string {
  const [range = '', step, ...more] = item.split('/');
  const [low = '', high, ...rest] = range.split('-');
  if (more.length > 0 || rest.length > 0) return 'has a slash or a dash too many';
  const stepping = step === undefined ? 1 : numberIn(step, []);
  if (stepping === null || stepping === 0) return 'has no step above zero';
  if (low === '*' || low === '?') return high === undefined ? [min, max, stepping] : 'is not a range';
  const start = numberIn(low, names.length > 0 ? names : [], min);
  if (start === null) return 'is not a number or name';
  const end = high === undefined ? (step === undefined ? start : max) : numberIn(high, names, min);
  if (end === null) return 'is not a number or name';
  if (start < min) return `is below ${min}`;
  if (end > max || start > max) return `is above ${max}`;
  return start > end ? 'ends before it begins' : [start, end, stepping];
}

/** @param min what the first of the names stands for */
function numberIn(text: string, names: readonly string[], min = 0): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? null : index + min;
}

const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for a schedule whose day no month has, such as the 31st of February. */
export function isNeverDue({ fields, isAnyDay }: Schedule): boolean {
  const [, , days, months] = fields;
  if (isAnyDay.month || !isAnyDay.week || !days || !months) return false;
  const first = Math.min(...days);
  return [...months].every((month) => first > LONGEST_MONTHS[month - 1]!);
}

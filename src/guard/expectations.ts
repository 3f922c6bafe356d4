import { EXPECTATIONS_FILE, type Expectation } from '../config/expectations.ts';
import { describeConfigError } from '../config/checked-yaml.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { FieldPathError, parseFieldPath } from '../kubernetes/field-path.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { kindNamed } from '../kubernetes/kind-names.ts';
import { describeRef, refOf, type Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import type { Tree } from '../tree/tree.ts';
import type { ForeseenBy } from './foresee.ts';
import { identityOf } from './planned.ts';
import type { RootSides } from './outlook.ts';

/** The expectations that the head has: who edits or deletes one does so in the open, in the same change. */
export async function expectationsOf(
  tree: Tree,
): Promise<{ readonly expectations: readonly Expectation[]; readonly problems: readonly Prose[] }> {
  await tree.load([EXPECTATIONS_FILE]);
  const text = tree.read(EXPECTATIONS_FILE)?.toString();
  if (text === undefined) return { expectations: [], problems: [] };
  // Most repositories have no such file, and the schemas take a while to load.
  const { expectationsIn } = await import('../config/expectations.ts');
  const { expectations, errors } = expectationsIn(text);
  const unreadable = expectations.filter(({ field }) => !isPath(field));
  return {
    expectations: expectations.filter((one) => !unreadable.includes(one)),
    problems: [
      ...errors.map((error) => prose`${describeConfigError(error)}`),
      ...unreadable.map(
        ({ line, field }) => prose`${EXPECTATIONS_FILE}:${line}: ${field} is not a field path`,
      ),
    ],
  };
}

/** Fields that a change takes out of what is expected of them. What was so before the change, and what cannot be compared, is nobody's fault. */
export function unmetIn(sides: RootSides, expectations: readonly Expectation[]): readonly ForeseenBy[] {
  const before = new Map(sides.before.map((object) => [identityOf(object), object]));
  return expectations.flatMap((expected) =>
    sides.objects
      .filter((object) => isMeant(object, expected))
      .flatMap((object): readonly ForeseenBy[] => {
        const old = before.get(identityOf(object));
        const [is, was] = [valueOf(object, expected.field), old && valueOf(old, expected.field)];
        if (is === undefined ? was === undefined : isMet(expected, is)) return [];
        if (was !== undefined && !isMet(expected, was)) return [];
        const value = is === undefined ? ownText('no value') : prose`${String(is)}`;
        const instead = insteadOf(expected, is);
        const since = expected.since === undefined ? ownText('') : prose`, since ${expected.since}`;
        return [
          {
            rule: 'expectation',
            cause: 'not-met',
            level: 'error',
            object: refOf(object),
            field: expected.field,
            because: prose`${describeRef(refOf(object))} would have ${value} in ${expected.field}, and ${boundText(expected)} is expected (${EXPECTATIONS_FILE}:${expected.line}${since}).`,
            ...(instead === undefined ? {} : { instead }),
          },
        ];
      }),
  );
}

function isMeant(object: ClusterObject, { object: named, namespace }: Expectation): boolean {
  const [kind, name] = named.split('/');
  const { metadata } = object;
  return (
    object.kind === kindNamed(kind!) &&
    metadata.name === name &&
    (namespace === undefined || metadata.namespace === namespace)
  );
}

function valueOf(object: ClusterObject, field: string): Scalar | undefined {
  const value = fieldOf(object, field)?.value;
  return value !== undefined && isScalarValue(value) ? value : undefined;
}

function isPath(field: string): boolean {
  try {
    return parseFieldPath(field).length > 0;
  } catch (error) {
    if (error instanceof FieldPathError) return false;
    throw error;
  }
}

function isMet({ field, atLeast, atMost, equals }: Expectation, value: Scalar): boolean {
  const amount = amountOf(value);
  const isWithin = (bound: unknown, holds: (one: number, other: number) => boolean): boolean => {
    const other = amountOf(bound);
    return amount === null || other === null || holds(amount, other);
  };
  return (
    (atLeast === undefined || isWithin(atLeast, (one, other) => one >= other)) &&
    (atMost === undefined || isWithin(atMost, (one, other) => one <= other)) &&
    (equals === undefined || sameValue(parseFieldPath(field), value, equals))
  );
}

function amountOf(value: unknown): number | null {
  return typeof value === 'number' ? value : parseQuantity(value);
}

function boundText({ atLeast, atMost, equals }: Expectation): Prose {
  if (equals !== undefined) return prose`${String(equals)}`;
  if (atLeast !== undefined && atMost !== undefined) return prose`${String(atLeast)} to ${String(atMost)}`;
  return atLeast === undefined ? prose`at most ${String(atMost)}` : prose`at least ${String(atLeast)}`;
}

/** The nearest value that is expected. */
function insteadOf({ atLeast, atMost, equals }: Expectation, is: Scalar | undefined): Scalar | undefined {
  if (equals !== undefined) return equals;
  const isBelow = atLeast !== undefined && (amountOf(is) ?? -Infinity) < (amountOf(atLeast) ?? 0);
  return isBelow ? atLeast : atMost;
}

import { EXPECTATIONS_FILE } from '../config/defaults.ts';
import type { Expectation } from '../config/expectations.ts';
import { describeConfigError } from '../config/checked-yaml.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { FieldPathError, parseFieldPath } from '../kubernetes/field-path.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import type { Repository } from '../git/repository.ts';
import { kindNamed } from '../kubernetes/kind-names.ts';
import { describeRef, refOf, type Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { joinProse, ownText, prose, type Prose } from '../untrusted/prose.ts';
import type { Tree } from '../tree/tree.ts';
import type { GuardFinding } from '../model/guard-report.ts';
import type { ForeseenBy } from './foresee.ts';
import { identityOf } from './planned.ts';
import type { RootSides } from './outlook.ts';

/** Lines whose pull request is asked for. */
const MOST_LINES = 20;

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

/**
 * Fields that a change takes out of what is expected of them. What was so before the change, and what cannot be compared, is nobody's fault.
 *
 * @param numberOf the pull request that an expectation came with, by its line; null where that is not known
 */
export async function unmetIn(
  sides: RootSides,
  expectations: readonly Expectation[],
  numberOf: (line: number) => Promise<number | null>,
): Promise<readonly ForeseenBy[]> {
  const before = new Map(sides.before.map((object) => [identityOf(object), object]));
  const unmet = expectations.flatMap((expected) =>
    meantIn(sides, expected).flatMap((object) => {
      const old = before.get(identityOf(object));
      const [is, was] = [valueOf(object, expected.field), old && valueOf(old, expected.field)];
      if (is === undefined ? was === undefined || isLimit(expected) : isMet(expected, is)) return [];
      return was !== undefined && !isMet(expected, was) ? [] : [{ expected, object, is }];
    }),
  );
  return Promise.all(
    unmet.map(async ({ expected, object, is }): Promise<ForeseenBy> => {
      const { since, line, field } = expected;
      const value = is === undefined ? ownText('no value') : prose`${String(is)}`;
      const instead = insteadOf(expected, is);
      const number = await numberOf(line);
      const from = [
        ...(since === undefined ? [] : [prose`, since ${since}`]),
        ...(number === null || since?.includes(`#${number}`) ? [] : [prose`, from pull request #${number}`]),
      ];
      return {
        rule: 'expectation',
        cause: 'not-met',
        level: 'error',
        object: refOf(object),
        field,
        because: prose`${describeRef(refOf(object))} would have ${value} in ${field}, and ${boundText(expected)} is expected (${EXPECTATIONS_FILE}:${line}${joinProse(from, '')}).`,
        ...(instead === undefined ? {} : { instead }),
      };
    }),
  );
}

/**
 * Expectations that a change brings and does not meet itself: somebody pushed another value than the one that they were written for. They
 * would hold nothing, since what was not met before a change is not its fault.
 */
export function unmetFromTheStart(
  sides: RootSides,
  after: readonly Expectation[],
  before: readonly Expectation[],
): readonly GuardFinding[] {
  const known = new Set(before.map(nameOf));
  return after
    .filter((expected) => !known.has(nameOf(expected)))
    .flatMap((expected) =>
      meantIn(sides, expected).flatMap((object): readonly GuardFinding[] => {
        const is = valueOf(object, expected.field);
        if (is === undefined || isMet(expected, is)) return [];
        return [
          {
            rule: 'expectation',
            cause: 'not-met-from-the-start',
            level: 'warning',
            object: refOf(object),
            field: expected.field,
            because: prose`This change expects ${boundText(expected)} in ${expected.field} of ${describeRef(refOf(object))}, and sets ${String(is)}: change the expectation or the value.`,
            roots: [sides.id],
            site: { file: EXPECTATIONS_FILE, line: expected.line, column: null },
            suggestion: null,
          },
        ];
      }),
    );
}

/** The pull requests that the lines of expectations came with, as git tells: none of a file that is not committed. */
export function numbersOf(
  repository: Pick<Repository, 'blame' | 'pullRequestOf'>,
  head: string,
): (line: number) => Promise<number | null> {
  const known = new Map<number, Promise<number | null>>();
  const asked = async (line: number): Promise<number | null> => {
    const commit = await repository.blame(EXPECTATIONS_FILE, line, head);
    return commit && repository.pullRequestOf(commit, head);
  };
  return async (line) => {
    if (!known.has(line) && known.size < MOST_LINES) known.set(line, asked(line));
    return known.get(line) ?? null;
  };
}

/** What it says, wherever in its file. */
function nameOf({ line: _line, ...said }: Expectation): string {
  return JSON.stringify(said);
}

function meantIn(sides: RootSides, expected: Expectation): readonly ClusterObject[] {
  const { root } = expected;
  if (root !== undefined && sides.id !== root && !sides.id.startsWith(`${root} (`)) return [];
  return sides.objects.filter((object) => isMeant(object, expected));
}

function isMeant(object: ClusterObject, { object: named, namespace, root }: Expectation): boolean {
  const [kind, name] = named.split('/');
  const { metadata } = object;
  return (
    object.kind === kindNamed(kind!) &&
    metadata.name === name &&
    // A root may leave it to whoever applies it.
    (namespace === undefined ||
      metadata.namespace === namespace ||
      (root !== undefined && metadata.namespace === undefined))
  );
}

/** Without a limit there is more than any. */
function isLimit({ field, atLeast, atMost, equals }: Expectation): boolean {
  return (
    /\.resources\.limits\.[^.]+$/.test(field) &&
    atLeast !== undefined &&
    atMost === undefined &&
    equals === undefined
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

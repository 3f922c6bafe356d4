import { z } from 'zod';
import { parseChecked, type ConfigError } from './checked-yaml.ts';
import { EXPECTATIONS_FILE } from './defaults.ts';

const SCALAR = { error: 'a text, a number, true or false' };
const scalar = z.union([z.string().max(1000), z.number(), z.boolean()], SCALAR);
const OBJECT = { error: '<Kind>/<name>, such as Deployment/cart' };

function text(error: string, longest: number) {
  return z.string({ error }).min(1, { error }).max(longest, { error });
}

const expectation = z
  .strictObject(
    {
      object: z.string(OBJECT).regex(/^[A-Za-z]+\/[a-z0-9][a-z0-9.-]*$/, OBJECT),
      namespace: text('the name of a namespace', 63).optional(),
      root: text('the folder that renders the object', 1000).optional(),
      field: text('a field, such as spec.replicas', 1000),
      atLeast: scalar.optional(),
      atMost: scalar.optional(),
      equals: scalar.optional(),
      since: text('a short text', 200).optional(),
    },
    { error: 'a mapping of keys to values' },
  )
  .refine((one) => [one.atLeast, one.atMost, one.equals].some((bound) => bound !== undefined), {
    error: 'atLeast, atMost or equals',
  });

const LIST = { error: 'a list of at most 1000 expectations' };

const schema = z.strictObject(
  { expectations: z.array(expectation, LIST).max(1000, LIST).default([]) },
  { error: 'a mapping of keys to values' },
);

/**
 * What a field has to be, whoever changes it, in the root of that folder or in any that renders the object. Amounts are quantities or
 * numbers.
 */
export type Expectation = z.output<typeof schema>['expectations'][number] & {
  /** Where it stands in its file, from 1. */
  readonly line: number;
};

/** The expectations in a file that people write; none where anything in it is wrong. */
export function expectationsIn(text: string): {
  readonly expectations: readonly Expectation[];
  readonly errors: readonly ConfigError[];
} {
  const checked = parseChecked(schema, text, EXPECTATIONS_FILE);
  if (checked.value === null) return { expectations: [], errors: checked.errors };
  const { written, value } = checked;
  return {
    expectations: value.expectations.map((one, index) => ({
      ...one,
      line: written.placeOf(['expectations', index]).line,
    })),
    errors: [],
  };
}

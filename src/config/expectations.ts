import { z } from 'zod';
import { parseChecked, type ConfigError } from './checked-yaml.ts';

export const EXPECTATIONS_FILE = '.github/faultline-expectations.yml';

const scalar = z.union([z.string().max(1000), z.number(), z.boolean()]);

const schema = z.strictObject({
  expectations: z
    .array(
      z
        .strictObject({
          object: z
            .string()
            .regex(/^[A-Za-z]+\/[a-z0-9][a-z0-9.-]*$/, 'expected <Kind>/<name>, such as Deployment/cart'),
          namespace: z.string().min(1).max(63).optional(),
          field: z.string().min(1).max(1000),
          atLeast: scalar.optional(),
          atMost: scalar.optional(),
          equals: scalar.optional(),
          since: z.string().max(200).optional(),
        })
        .refine((one) => [one.atLeast, one.atMost, one.equals].some((bound) => bound !== undefined), {
          message: 'expected atLeast, atMost or equals',
        }),
    )
    .max(1000)
    .default([]),
});

/** What a field has to be, whoever changes it. Amounts are quantities or numbers. */
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

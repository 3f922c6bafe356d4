import type { z } from 'zod';
import type { Alert } from './alert.ts';

/** One alert of a payload, or what is wrong with it: alerts of one payload do not depend on each other. */
export type ReadAlert =
  | { readonly kind: 'alert'; readonly alert: Alert }
  /** `part` is the path of the field that is wrong, never what is in it. */
  | { readonly kind: 'odd'; readonly part: string; readonly expected: string };

/** How one source writes alerts. Answers with none for a payload that is about something else. */
export type Format = (payload: unknown) => readonly ReadAlert[];

/** What is wrong with a value, as an answer to whoever sent it. @param at path of the value in the payload */
export function oddity(error: z.ZodError, at: readonly (string | number)[] = []): ReadAlert {
  const [issue] = error.issues;
  // Names of labels are from outside: only what can be the name of a field or a label is said.
  const steps = [...at, ...(issue?.path ?? [])].map(String).filter((step) => /^[\w-]{1,60}$/.test(step));
  return {
    kind: 'odd',
    part: steps.slice(0, 6).join('.') || 'the payload',
    expected: (issue?.message ?? 'another value').replace(/^Invalid \w+: /, ''),
  };
}

/** A format whose payload is one alert, or none. */
export function single<Schema extends z.ZodType>(
  schema: Schema,
  read: (payload: z.output<Schema>) => Alert | null,
): Format {
  return (payload) => {
    const { success, data, error } = schema.safeParse(payload);
    if (!success) return [oddity(error)];
    const alert = read(data);
    return alert === null ? [] : [{ kind: 'alert', alert }];
  };
}

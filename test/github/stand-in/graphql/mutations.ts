import type { Call } from '../http/route.ts';
import { payloadOf, type Input } from './mutation.ts';
import { pullMutations } from './pull-mutations.ts';
import { refMutations } from './ref-mutations.ts';
import type { Thing } from './things.ts';

export function mutationThing(call: Call): Thing {
  const fields = Object.entries({ ...pullMutations, ...refMutations }).map(([name, mutation]) => [
    name,
    ({ input }: Readonly<Record<string, unknown>>) => payloadOf(call, mutation, name, (input ?? {}) as Input),
  ]);
  return { typeName: 'Mutation', ...Object.fromEntries(fields) };
}

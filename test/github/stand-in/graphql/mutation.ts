import { mayAtLeast, permissionOf } from '../events/people.ts';
import { botLogin, type Doer } from '../github.ts';
import { grants, loginOf } from '../http/authenticate.ts';
import type { Call } from '../http/route.ts';
import type { Repository } from '../state.ts';
import { GraphQLProblem, type Thing } from './things.ts';

export type Input = Readonly<Record<string, unknown>>;

export interface Mutation {
  /** Names of the input's fields. */
  readonly input: readonly string[];
  readonly required: readonly string[];
  /** Does it, and answers with what the payload has beside `clientMutationId`. */
  run(call: Call, input: Input): Readonly<Record<string, unknown>>;
}

/** The query does not fit GitHub's schema: nothing is done. */
export class UnknownInput extends Error {}

export function payloadOf(call: Call, mutation: Mutation, name: string, input: Input): Thing {
  const unknown = Object.keys(input).find((key) => ![...mutation.input, 'clientMutationId'].includes(key));
  if (unknown !== undefined)
    throw new UnknownInput(`InputObject for ${name} doesn't accept argument '${unknown}'`);
  const missing = mutation.required.find((key) => input[key] === undefined || input[key] === null);
  if (missing !== undefined) throw new UnknownInput(`${name} needs '${missing}'`);
  return {
    typeName: `${name.charAt(0).toUpperCase()}${name.slice(1)}Payload`,
    clientMutationId: input['clientMutationId'] ?? null,
    ...mutation.run(call, input),
  };
}

/** Who does it; throws when they must not. */
export function allowedDoer({ github, actor }: Call, repository: Repository, needs: readonly string[]): Doer {
  const login = loginOf(actor);
  if (actor.kind !== 'token' || login === null)
    throw new GraphQLProblem('FORBIDDEN', 'Resource not accessible by integration');
  const { permissions } = actor.token;
  if (permissions !== null && !needs.every((need) => grants(permissions, need))) {
    throw new GraphQLProblem('FORBIDDEN', 'Resource not accessible by integration');
  }
  if (permissions === null && !mayAtLeast(permissionOf(github, repository, login), 'write')) {
    throw new GraphQLProblem(
      'FORBIDDEN',
      `${login} does not have the correct permissions to execute this mutation`,
    );
  }
  return { login, viaApp: login === botLogin(github) };
}

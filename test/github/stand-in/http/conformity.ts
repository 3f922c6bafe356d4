import { type Content, type Operation, type Schema, webhookSchema } from './description.ts';
import { wrongWith } from './schemas.ts';

/*
 * Holds requests, answers and webhooks against GitHub's description.
 */

export interface ReceivedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Undefined without a body. */
  readonly body: unknown;
}

/** What GitHub would not understand of a request. */
export function wrongWithRequest(operation: Operation, request: ReceivedRequest): readonly string[] {
  return [
    ...wrongWith(parametersSchema(operation, 'path'), { ...request.params }, { coerce: true }).map(
      (wrong) => `path: ${wrong}`,
    ),
    ...wrongWith(parametersSchema(operation, 'query'), { ...request.query }, { coerce: true }).map(
      (wrong) => `query: ${wrong}`,
    ),
    ...wrongWithBody(operation, request.body).map((wrong) => `body: ${wrong}`),
  ];
}

const parameterSchemas = new Map<string, Schema>();

function parametersSchema(operation: Operation, place: 'path' | 'query'): Schema {
  const key = `${place} ${operation.route}`;
  const known = parameterSchemas.get(key);
  if (known !== undefined) return known;
  const parameters = operation.parameters.filter((parameter) => parameter.in === place);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required === true).map(({ name }) => name),
    additionalProperties: false,
  };
  parameterSchemas.set(key, schema);
  return schema;
}

function wrongWithBody(operation: Operation, body: unknown): readonly string[] {
  const schema = operation.body?.content?.['application/json']?.schema;
  if (schema === undefined) {
    const empty =
      body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0);
    return empty ? [] : ['this operation takes none'];
  }
  if (body === undefined) return operation.body?.required === true ? ['is missing'] : [];
  return wrongWith(schema, body);
}

/** Answers that any operation may give, whether it lists them or not. */
const anywhere = [301, 304, 307, 401, 403, 404, 422, 429];

/** Where the description contradicts itself: here an account would be a user and an enterprise at once. */
const corrected: Readonly<Record<string, Schema>> = {
  'apps/list-installations': { type: 'array', items: { $ref: '#/components/schemas/installation' } },
};

/** Where the stand-in's own answer is not as described. `text`: of another media type than JSON. */
export function wrongWithAnswer(
  operation: Operation,
  status: number,
  body: unknown,
  text: boolean,
): readonly string[] {
  if (status >= 500) return [];
  const response = operation.responses[status];
  if (response === undefined) {
    return anywhere.includes(status) ? [] : [`${operation.id} has no answer with the status ${status}`];
  }
  if (text || status === 304) return [];
  const schema = corrected[operation.id] ?? jsonSchema(response);
  if (schema === null) return body === undefined || status >= 400 ? [] : ['there should be no body'];
  return wrongWith(schema, body, { loose: status >= 400 });
}

function jsonSchema(response: Content): Schema | null {
  return response.content?.['application/json']?.schema ?? null;
}

export function wrongWithWebhook(event: string, action: string | null, payload: unknown): readonly string[] {
  const schema = webhookSchema(event, action);
  if (schema === null) return [`GitHub sends no webhook ${event} ${action ?? ''}`];
  return wrongWith(schema, payload, { loose: true });
}

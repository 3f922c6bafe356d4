import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * GitHub's OpenAPI description, read once a process (0.15 s; the dereferenced one would be six times as large).
 */

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly 'x-multi-segment'?: boolean;
}

export interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface Operation {
  /** `git/create-ref` */
  readonly id: string;
  /** `POST /repos/{owner}/{repo}/git/refs` */
  readonly route: string;
  readonly parameters: readonly Parameter[];
  readonly body: (Content & { readonly required?: boolean }) | null;
  readonly responses: Readonly<Record<string, Content>>;
}

interface RawOperation {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: Operation['body'];
  readonly responses: Readonly<Record<string, Content | Reference>>;
}

interface Reference {
  readonly $ref: string;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly 'x-webhooks': Readonly<Record<string, { readonly post: { readonly requestBody: Content } }>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Path {
  readonly template: string;
  readonly pattern: RegExp;
  readonly literals: number;
  readonly operations: ReadonlyMap<string, Operation>;
}

let description: Description | null = null;
let paths: readonly Path[] | null = null;

function described(): Description {
  const folder = dirname(createRequire(import.meta.url).resolve('@octokit/openapi/package.json'));
  description ??= JSON.parse(
    readFileSync(join(folder, 'generated/api.github.com.json'), 'utf8'),
  ) as Description;
  return description;
}

export function component(kind: string, name: string): unknown {
  return described().components[kind]?.[name];
}

export function webhookSchema(event: string, action: string | null): Schema | null {
  const name = [event, action].filter(Boolean).join('-').replaceAll('_', '-');
  return described()['x-webhooks'][name]?.post.requestBody.content?.['application/json']?.schema ?? null;
}

export type Found =
  | { readonly operation: Operation; readonly params: Readonly<Record<string, string>> }
  | { readonly operation: null; readonly why: string };

/** The operation that a method and an encoded path mean. The most literal path wins. */
export function findOperation(method: string, path: string): Found {
  paths ??= allPaths();
  let methods: string | null = null;
  for (const { template, pattern, operations } of paths) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const operation = operations.get(method);
    if (operation !== undefined) return { operation, params: decoded(match.groups ?? {}) };
    methods ??= `${template} has only ${[...operations.keys()].join(', ')}`;
  }
  return { operation: null, why: methods ?? 'GitHub has no such path' };
}

function decoded(groups: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
  );
}

/** Parameters that may have slashes in them, although the description marks only some. */
const manySegments = ['path', 'ref', 'branch', 'basehead'];

function segmentPattern(name: string): string {
  return manySegments.includes(name) ? '.+' : '[^/]+';
}

function allPaths(): readonly Path[] {
  return Object.entries(described().paths)
    .map(([template, methods]) => {
      const segments = template.split('/').slice(1);
      const pattern = segments.map((segment) =>
        segment
          .replaceAll(/[.+]/g, '\\$&')
          .replaceAll(/\{(\w+)\}/g, (_all, name: string) => `(?<${name}>${segmentPattern(name)})`),
      );
      return {
        template,
        // The root of a repository has an empty path, and Octokit then leaves the slash out.
        pattern: new RegExp(`^/${pattern.join('/').replace('/(?<path>.+)', '(?:/(?<path>.*))?')}$`),
        literals: segments.filter((segment) => !segment.includes('{')).length,
        operations: new Map(
          Object.entries(methods)
            .filter(([method]) => /^(get|post|put|patch|delete)$/.test(method))
            .map(([method, raw]) => [
              method.toUpperCase(),
              operationOf(`${method.toUpperCase()} ${template}`, raw),
            ]),
        ),
      };
    })
    .sort((a, b) => b.literals - a.literals);
}

function operationOf(route: string, raw: RawOperation): Operation {
  return {
    id: raw.operationId,
    route,
    parameters: (raw.parameters ?? []).map((parameter) => resolved<Parameter>(parameter)),
    body: raw.requestBody ?? null,
    responses: Object.fromEntries(
      Object.entries(raw.responses).map(([status, response]) => [status, resolved<Content>(response)]),
    ),
  };
}

function resolved<Thing extends object>(thing: Thing | Reference): Thing {
  if (!('$ref' in thing)) return thing;
  const [kind = '', name = ''] = thing.$ref.split('/').slice(-2);
  return component(kind, name) as Thing;
}

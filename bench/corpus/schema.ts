import { existsSync, mkdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLiveTools } from '../../scripts/tools/live.ts';
import { startCluster } from '../../test/live/cluster-server.ts';
import { isMapping, type RenderedThing, type Value } from './rendered.ts';

interface Definition {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly additionalProperties?: Definition;
  readonly items?: Definition;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** What the API server says that its kinds look like. */
export class ApiSchema {
  readonly #definitions: Readonly<Record<string, Definition>>;
  readonly #kinds = new Map<string, Definition>();

  constructor(definitions: Readonly<Record<string, Definition>>) {
    this.#definitions = definitions;
    for (const definition of Object.values(definitions))
      for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? [])
        this.#kinds.set(`${group === '' ? '' : `${group}/`}${version} ${kind}`, definition);
  }

  /** Places that the server would refuse for their type, each with what stands there. Nothing is known of custom resources. */
  refusals({ apiVersion, kind, value }: RenderedThing): readonly string[] {
    const definition = this.#kinds.get(`${apiVersion} ${kind}`);
    return definition === undefined ? [] : [...this.#refused(value, definition, '')];
  }

  *#refused(value: Value | undefined, definition: Definition, path: string): Iterable<string> {
    // A key without a value is left out.
    if (value === null || value === undefined) return;
    const name = definition.$ref?.replace('#/definitions/', '');
    if (name !== undefined && isQuantity(name)) {
      if (
        typeof value !== 'number' &&
        !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$/.test(String(value))
      )
        yield `${path}: ${JSON.stringify(value)} is no quantity`;
      return;
    }
    if (name !== undefined && name.endsWith('.IntOrString')) {
      if (typeof value !== 'number' && typeof value !== 'string') yield `${path}: ${JSON.stringify(value)}`;
      // Taken for the name of a port, which must have a letter in it.
      if (typeof value === 'string' && /^\d+$/.test(value))
        yield `${path}: ${JSON.stringify(value)} in quotes`;
      return;
    }
    const meant = name === undefined ? definition : this.#definitions[name];
    if (meant === undefined) return;
    if (meant.properties && isMapping(value)) {
      for (const [key, item] of Object.entries(value)) {
        const property = meant.properties[key];
        if (property) yield* this.#refused(item, property, `${path}/${key}`);
      }
      return;
    }
    if (meant.additionalProperties && isMapping(value)) {
      for (const [key, item] of Object.entries(value))
        yield* this.#refused(item, meant.additionalProperties, `${path}/${key}`);
      return;
    }
    if (meant.items && Array.isArray(value)) {
      for (const [index, item] of (value as readonly Value[]).entries())
        yield* this.#refused(item, meant.items, `${path}/${index}`);
      return;
    }
    if (meant.format === 'date-time' || meant.type === undefined) return;
    const is = Array.isArray(value) ? 'array' : isMapping(value) ? 'object' : typeof value;
    const fits = meant.type === 'integer' ? Number.isInteger(value) : is === meant.type;
    if (!fits) yield `${path}: ${JSON.stringify(value)?.slice(0, 60)} is no ${meant.type}`;
  }
}

function isQuantity(name: string): boolean {
  return name.endsWith('.api.resource.Quantity');
}

/** The schema of the API server that `npm run tools -- --live` makes; null where there is none. Asked once, then kept. */
export async function apiSchema(): Promise<ApiSchema | null> {
  const tools = findLiveTools();
  const [apiserver, etcd] = [tools['kube-apiserver'], tools.etcd];
  if (apiserver === null || etcd === null) return null;
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'faultline-corpus');
  const file = join(folder, `openapi-${apiserver.replace(/[^\w]+/g, '-')}.json`);
  if (!existsSync(file)) {
    const scratch = mkdtempSync(join(tmpdir(), 'faultline-corpus-server-'));
    const server = await startCluster({ 'kube-apiserver': apiserver, etcd }, scratch, {}, () => null);
    try {
      const { body } = await server.send('GET', '/openapi/v2');
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, JSON.stringify(body));
    } finally {
      await server.stop();
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly definitions: Readonly<Record<string, Definition>>;
  };
  return new ApiSchema(definitions);
}

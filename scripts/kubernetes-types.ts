import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCluster } from '../test/live/cluster-server.ts';
import { findLiveTools } from './tools/live.ts';

/*
 * Writes src/kubernetes/types/built-in.json: the fields of Kubernetes' own kinds and their types, from the OpenAPI
 * description that a real kube-apiserver serves. Run it after another version in tools/kube-apiserver/go.mod.
 *
 *     npm run tools -- --live && node scripts/kubernetes-types.ts
 */

interface Definition {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly $ref?: string;
  readonly items?: Definition;
  readonly additionalProperties?: Definition;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

const TARGET = resolve(import.meta.dirname, '../src/kubernetes/types/built-in.json');

/** Types of the OpenAPI description that are written otherwise in JSON than their definition says. */
const SPECIAL: Readonly<Record<string, string>> = {
  'util.intstr.IntOrString': 'IntOrString',
  'api.resource.Quantity': 'Quantity',
  'meta.v1.Time': 'Time',
  'meta.v1.MicroTime': 'MicroTime',
};

async function openApi(): Promise<Readonly<Record<string, Definition>>> {
  const { 'kube-apiserver': apiserver, etcd } = findLiveTools();
  if (!apiserver || !etcd) throw new Error('no kube-apiserver or etcd; run npm run tools -- --live');
  const folder = await mkdtemp(join(tmpdir(), 'faultline-types-'));
  const server = await startCluster({ 'kube-apiserver': apiserver, etcd }, folder, {}, () => null);
  try {
    const { body } = await server.send('GET', '/openapi/v2');
    return (body as { definitions: Readonly<Record<string, Definition>> }).definitions;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `io.k8s.api.core.v1.Container` is `core.v1.Container`. */
function shortName(name: string): string {
  return name.replace(/^io\.k8s\.(?:api|apimachinery\.pkg|.+\.pkg)\.(?:apis\.)?(?=\w+\.\w+\.\w+$)/, '');
}

function typeOf(definition: Definition, all: Readonly<Record<string, Definition>>): string {
  if (definition.$ref !== undefined) {
    const target = definition.$ref.replace('#/definitions/', '');
    const name = shortName(target);
    return SPECIAL[name] ?? (all[target]?.properties ? name : typeOf(all[target] ?? {}, all));
  }
  if (definition.enum) return `string(${definition.enum.join('|')})`;
  if (definition.items) return `[]${typeOf(definition.items, all)}`;
  if (definition.additionalProperties) return `{}${typeOf(definition.additionalProperties, all)}`;
  if (definition.type === 'object' || definition.type === undefined) return 'any';
  return definition.format ?? definition.type;
}

const definitions = await openApi();
const kinds: Record<string, string> = {};
const types: Record<string, Record<string, string>> = {};

/** A field that has to be there ends in `!`. */
function add(name: string): void {
  const short = shortName(name);
  if (types[short]) return;
  const { properties = {}, required = [] } = definitions[name]!;
  types[short] = Object.fromEntries(
    Object.entries(properties)
      .filter(([field]) => field !== 'status' && field !== 'managedFields')
      .map(([field, definition]) => [
        required.includes(field) ? `${field}!` : field,
        typeOf(definition, definitions),
      ]),
  );
  for (const [field, definition] of Object.entries(properties)) {
    if (field === 'status' || field === 'managedFields') continue;
    const inner = definition.items ?? definition.additionalProperties ?? definition;
    const target = inner.$ref?.replace('#/definitions/', '');
    if (target && definitions[target]?.properties) add(target);
  }
}

/** What has metadata is stored as an object; the others are options of requests and lists. */
for (const [name, definition] of Object.entries(definitions)) {
  const [id] = definition['x-kubernetes-group-version-kind'] ?? [];
  const metadata = definition.properties?.['metadata']?.$ref ?? '';
  if (!id || !metadata.endsWith('.ObjectMeta')) continue;
  kinds[`${id.group === '' ? '' : `${id.group}/`}${id.version}/${id.kind}`] = shortName(name);
  add(name);
}

const version = /k8s\.io\/kubernetes v(\S+)/.exec(
  readFileSync(resolve(import.meta.dirname, 'tools/kube-apiserver/go.mod'), 'utf8'),
)![1]!;
const table = {
  kubernetes: version,
  source: `/openapi/v2 of kube-apiserver ${version}, by scripts/kubernetes-types.ts`,
  kinds: sorted(kinds),
  types: sorted(types),
};
writeFileSync(TARGET, `${JSON.stringify(table, null, 2)}\n`);

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import { join } from 'node:path';
import type { Declarer, Folders } from './folder-roots.ts';
import { listOf, mappingOf, textOf, type Mapping, type Recipe, type ValuesLayer } from './recipe.ts';
import { isMapping, valueAt, valuesIn, type RenderedThing, type Value } from './rendered.ts';

/*
 * What Argo CD and Flux objects say, read apart from src/sources: an object becomes a recipe for the plain tools, or a
 * sentence why it does not.
 */

/** What an object applies. */
export interface Declared {
  /** `Application/argocd/cart` */
  readonly id: string;
  readonly by: Exclude<Declarer, 'folder' | 'mapping'>;
  readonly kind: 'kustomize' | 'plain' | 'helm';
  readonly path: string;
  readonly namespace: string | undefined;
  readonly recipe: Recipe;
  /** Objects that it takes values from, as `Kind/name`. */
  readonly inputs: readonly string[];
}

export interface NotDeclared {
  readonly id: string;
  readonly reason: string;
  /** The folder that it applies; left out where none is known. */
  readonly path?: string;
  /** The folder is a plugin's to render. */
  readonly isByPlugin?: true;
}

/** What a declaration is read beside. */
export interface Surroundings {
  readonly folders: Folders;
  /** Address of the repository; null where it is not known. */
  readonly remote: string | null;
  /** What the same root renders, to find Git repositories and ConfigMaps. */
  readonly things: readonly RenderedThing[];
}

export function declaredBy(thing: RenderedThing, around: Surroundings): Declared | NotDeclared | null {
  const group = thing.apiVersion.split('/')[0]!;
  const read =
    group === 'argoproj.io' && thing.kind === 'Application'
      ? applicationOf
      : group === 'helm.toolkit.fluxcd.io' && thing.kind === 'HelmRelease'
        ? releaseOf
        : group === 'kustomize.toolkit.fluxcd.io' && thing.kind === 'Kustomization'
          ? fluxKustomizationOf
          : null;
  if (read === null) return null;
  const id = `${thing.kind}/${thing.namespace ?? (thing.kind === 'Application' ? 'argocd' : 'default')}/${thing.name}`;
  const found = read(thing, around);
  if (typeof found !== 'string') return { id, ...found };
  const path =
    valueAt(thing.value, ['spec', 'source', 'path']) ??
    valueAt(thing.value, ['spec', 'chart', 'spec', 'chart']);
  return {
    id,
    reason: found,
    ...(typeof path === 'string' ? { path: folderOf(path) } : {}),
    ...(found === PLUGIN ? { isByPlugin: true } : {}),
  };
}

type Found = Omit<Declared, 'id'> | string;

const ELSEWHERE = 'content of another repository';
const PUBLISHED = 'published chart';
const PLUGIN = 'plugin';
const NOWHERE = 'folder that is not there';

/** `acme/infra` */
function slugOf(address: string): string {
  return address
    .toLowerCase()
    .replace(/\.git$|\/$/g, '')
    .split(/[/:]/)
    .slice(-2)
    .join('/');
}

function isOwn(address: Value | undefined, { remote }: Surroundings): boolean {
  return remote === null || (typeof address === 'string' && slugOf(address) === slugOf(remote));
}

function applicationOf({ name, value }: RenderedThing, around: Surroundings): Found {
  const spec = mappingOf(valueAt(value, ['spec']));
  const namespace = textOf(valueAt(value, ['spec', 'destination', 'namespace']));
  // Argo CD takes an empty list for none.
  const several = listOf(spec['sources']);
  const sources = several.length === 0 ? [spec['source']] : several;
  const refs = new Map(
    sources
      .map(mappingOf)
      .flatMap((source) => (textOf(source['ref']) ? [[String(source['ref']), source] as const] : [])),
  );
  const contents: (Omit<Declared, 'id' | 'by' | 'namespace' | 'inputs'> | string)[] = sources
    .map(mappingOf)
    .filter((source) => source['chart'] !== undefined || source['path'] !== undefined)
    .map((source) => argoContent(source, { name, namespace, refs, around }));
  const problem = contents.find((content) => typeof content === 'string');
  if (problem !== undefined) return problem;
  const all = contents.filter((content) => typeof content !== 'string');
  const [first] = all;
  if (first === undefined) return 'nothing to apply';
  const recipe: Recipe =
    all.length === 1 ? first.recipe : { kind: 'several', parts: all.map((one) => one.recipe) };
  return { by: 'Application', ...first, namespace, recipe, inputs: [] };
}

interface ArgoContext {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly refs: ReadonlyMap<string, Mapping>;
  readonly around: Surroundings;
}

function argoContent(
  source: Mapping,
  { name, namespace, refs, around }: ArgoContext,
): Omit<Declared, 'id' | 'by' | 'namespace' | 'inputs'> | string {
  const { folders } = around;
  if (source['chart'] !== undefined) return PUBLISHED;
  if (!isOwn(source['repoURL'], around)) return ELSEWHERE;
  if (source['plugin'] !== undefined) return PLUGIN;
  const path = folderOf(source['path']);
  if (
    folders.isFile(join(path, '.argocd-source.yaml')) ||
    folders.isFile(join(path, `.argocd-source-${name}.yaml`))
  )
    return 'parameters in .argocd-source files';
  const kustomize = mappingOf(source['kustomize']);
  if (folders.isKustomization(path) && source['helm'] === undefined) {
    const fields = argoKustomize(kustomize);
    if (typeof fields === 'string') return fields;
    const recipe: Recipe = {
      kind: 'kustomize',
      path,
      ...(Object.keys(fields).length > 0 ? { around: fields } : {}),
    };
    return { kind: 'kustomize', path, recipe };
  }
  if (folders.isChart(path)) {
    const helm = mappingOf(source['helm']);
    const values = argoValues(helm, path, refs, around);
    if (typeof values === 'string') return values;
    const release = {
      name: textOf(helm['releaseName']) ?? name,
      namespace: textOf(helm['namespace']) ?? namespace ?? 'default',
    };
    return { kind: 'helm', path, recipe: { kind: 'helm', path, release, values } };
  }
  const directory = mappingOf(source['directory']);
  if (
    directory['jsonnet'] !== undefined ||
    directory['include'] !== undefined ||
    directory['exclude'] !== undefined
  )
    return 'directory with patterns or jsonnet';
  const files = folders.manifests(path, directory['recurse'] === true);
  return files.length === 0 ? NOWHERE : { kind: 'plain', path, recipe: { kind: 'plain', files } };
}

function argoKustomize(options: Mapping): Mapping | string {
  const { images, patches, components, commonLabels, commonAnnotations, ...rest } = options;
  const plain = ['namePrefix', 'nameSuffix', 'replicas', 'namespace'];
  const unread = Object.keys(rest).find(
    (key) => !plain.includes(key) && key !== 'version' && key !== 'forceCommonLabels',
  );
  if (unread !== undefined) return `kustomize.${unread}`;
  const fields: Record<string, Value> = {};
  for (const key of plain) if (rest[key] !== undefined) fields[key] = rest[key];
  if (Array.isArray(images)) fields['images'] = images.map((one) => imageEntry(String(one)));
  for (const [key, item] of Object.entries({ patches, components, commonLabels, commonAnnotations }))
    if (item !== undefined) fields[key] = item;
  return fields;
}

/** `name=newName:tag`, `name:tag`, `name=newName@digest` as `kustomize edit set image` takes it. */
function imageEntry(text: string): Mapping {
  const [name, given] = text.includes('=') ? text.split('=', 2) : [undefined, text];
  const [, newName, tag, digest] = /^(.*?)(?::([\w.-]+))?(?:@(.+))?$/.exec(given!)!;
  return {
    name: name ?? newName!,
    ...(name === undefined ? {} : { newName: newName! }),
    ...(tag === undefined ? {} : { newTag: tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function argoValues(
  helm: Mapping,
  path: string,
  refs: ReadonlyMap<string, Mapping>,
  around: Surroundings,
): readonly ValuesLayer[] | string {
  if (listOf(helm['fileParameters']).length > 0) return 'fileParameters';
  const layers: ValuesLayer[] = [];
  for (const file of listOf(helm['valueFiles']).map(String)) {
    if (/^https?:|[*?{]/.test(file)) return 'values from an address or a pattern';
    const [, ref, below] = /^\$([^/]+)\/(.+)$/.exec(file) ?? [];
    if (ref !== undefined && !isOwn(refs.get(ref)?.['repoURL'], around))
      return 'values of another repository';
    const target =
      ref !== undefined ? join('.', below!) : file.startsWith('/') ? file.slice(1) : join(path, file);
    if (around.folders.isFile(target)) layers.push({ kind: 'file', path: target });
    else if (helm['ignoreMissingValueFiles'] !== true) return 'values file that is not there';
  }
  const text = textOf(helm['values']);
  const inline = isMapping(helm['valuesObject'])
    ? helm['valuesObject']
    : text === undefined
      ? null
      : parsed(text);
  if (inline === undefined) return 'inline values that are no mapping';
  if (inline !== null) layers.push({ kind: 'inline', values: inline });
  for (const one of listOf(helm['parameters']).map(mappingOf))
    layers.push({
      kind: 'set',
      name: String(one['name']),
      value: String(one['value'] ?? '').replace(/(?<!\\),/g, '\\,'),
      asString: one['forceString'] === true,
    });
  return layers;
}

function releaseOf({ name, namespace, value }: RenderedThing, around: Surroundings): Found {
  const spec = mappingOf(valueAt(value, ['spec']));
  const chart = mappingOf(valueAt(value, ['spec', 'chart', 'spec']));
  if (spec['chartRef'] !== undefined || spec['chart'] === undefined) return PUBLISHED;
  const source = mappingOf(chart['sourceRef']);
  if (source['kind'] !== 'GitRepository') return PUBLISHED;
  if (!isOwnSource(source, namespace, around)) return ELSEWHERE;
  const path = folderOf(chart['chart']);
  if (!around.folders.isChart(path)) return NOWHERE;
  const layers: ValuesLayer[] = [];
  const valuesFiles = listOf(chart['valuesFiles']).map((file) => folderOf(file));
  for (const file of valuesFiles) {
    const target = around.folders.isFile(file) ? file : join(path, file);
    if (around.folders.isFile(target)) layers.push({ kind: 'file', path: target });
    else if (chart['ignoreMissingValuesFiles'] !== true) return 'values file that is not there';
  }
  const inputs: string[] = [];
  for (const from of listOf(spec['valuesFrom']).map(mappingOf)) {
    const layer = layerFrom(from, namespace, around);
    if (typeof layer === 'string') {
      if (from['optional'] === true && from['kind'] === 'ConfigMap') continue;
      return layer;
    }
    inputs.push(`ConfigMap/${String(from['name'])}`);
    layers.push(layer);
  }
  if (isMapping(spec['values'])) layers.push({ kind: 'inline', values: spec['values'] });
  const target = textOf(spec['targetNamespace']) ?? namespace ?? 'default';
  const release = {
    name: textOf(spec['releaseName']) ?? (spec['targetNamespace'] === undefined ? name : `${target}-${name}`),
    namespace: target,
  };
  const renderers = listOf(spec['postRenderers']).map((one) => mappingOf(mappingOf(one)['kustomize']));
  return {
    by: 'HelmRelease',
    kind: 'helm',
    path,
    namespace: target,
    recipe: {
      kind: 'helm',
      path,
      release,
      values: layers,
      ...(valuesFiles.length > 0 ? { withoutOwnValues: true } : {}),
      ...(renderers.length > 0 ? { around: renderers } : {}),
    },
    inputs,
  };
}

function layerFrom(from: Mapping, namespace: string | undefined, around: Surroundings): ValuesLayer | string {
  if (from['kind'] !== 'ConfigMap') return 'values from a Secret';
  const map = around.things.find(
    (one) => one.kind === 'ConfigMap' && one.name === from['name'] && one.namespace === namespace,
  );
  const text = map && valueAt(map.value, ['data', textOf(from['valuesKey']) ?? 'values.yaml']);
  if (typeof text !== 'string') return 'values from a ConfigMap that is not there';
  const target = textOf(from['targetPath']);
  if (target !== undefined) return { kind: 'set', name: target, value: text, asString: false };
  const values = parsed(text);
  return values === undefined ? 'values from a ConfigMap that are no mapping' : { kind: 'inline', values };
}

function fluxKustomizationOf({ namespace, value }: RenderedThing, around: Surroundings): Found {
  const { folders, things } = around;
  const spec = mappingOf(valueAt(value, ['spec']));
  const source = mappingOf(spec['sourceRef']);
  if (source['kind'] !== 'GitRepository' || !isOwnSource(source, namespace, around)) return ELSEWHERE;
  const path = folderOf(spec['path'] ?? '.');
  const isKustomization = folders.isKustomization(path);
  const resources = isKustomization ? undefined : folders.generated(path);
  if (resources?.length === 0) return NOWHERE;
  const build = mappingOf(spec['postBuild']);
  let variables: Record<string, string> | undefined;
  const inputs: string[] = [];
  if (spec['postBuild'] !== undefined) {
    variables = {};
    for (const from of listOf(build['substituteFrom']).map(mappingOf)) {
      const map = things.find((one) => one.kind === 'ConfigMap' && one.name === from['name']);
      if (from['kind'] !== 'ConfigMap' || map === undefined) {
        if (from['optional'] === true) continue;
        return 'variables from a Secret, or from elsewhere';
      }
      inputs.push(`ConfigMap/${map.name}`);
      for (const [key, item] of Object.entries(mappingOf(valueAt(map.value, ['data']))))
        variables[key] = String(item);
    }
    for (const [key, item] of Object.entries(mappingOf(build['substitute']))) variables[key] = String(item);
  }
  const fields: Record<string, Value> = {};
  const target = textOf(spec['targetNamespace']);
  if (target !== undefined) fields['namespace'] = target;
  for (const key of ['namePrefix', 'nameSuffix', 'images', 'patches', 'components'] as const)
    if (spec[key] !== undefined) fields[key] = spec[key];
  const metadata = mappingOf(spec['commonMetadata']);
  if (metadata['labels'] !== undefined) fields['labels'] = [{ pairs: metadata['labels'] }];
  if (metadata['annotations'] !== undefined) fields['commonAnnotations'] = metadata['annotations'];
  return {
    by: 'Kustomization',
    kind: 'kustomize',
    path,
    namespace: target,
    recipe: {
      kind: 'kustomize',
      path,
      ...(resources === undefined ? {} : { resources }),
      ...(Object.keys(fields).length > 0 ? { around: fields } : {}),
      ...(variables === undefined ? {} : { variables }),
    },
    inputs,
  };
}

/** A source without an object in the repository is the one that Flux was started with. */
function isOwnSource(source: Mapping, namespace: string | undefined, around: Surroundings): boolean {
  const inNamespace = textOf(source['namespace']) ?? namespace;
  const object = around.things.find(
    (one) =>
      one.kind === 'GitRepository' &&
      one.name === source['name'] &&
      (one.namespace === undefined || inNamespace === undefined || one.namespace === inNamespace),
  );
  if (object === undefined) return /flux|cluster|home|repo|k8s|infra|fleet/.test(String(source['name']));
  return isOwn(valueAt(object.value, ['spec', 'url']), around);
}

function folderOf(value: Value | undefined): string {
  return join('.', String(value ?? '.')).replace(/(.)\/$/, '$1');
}

function parsed(text: string): Mapping | undefined {
  const [value] = valuesIn(text) ?? [];
  return isMapping(value) ? value : undefined;
}

/**
 * Reads Argo CD Applications.
 *
 * Which tool renders a source: one whose block is given, else what the folder holds
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/). Of a folder with a chart and a kustomization Argo CD
 * takes the kustomization. A block without content counts as none.
 */
import { posix } from 'node:path';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { kustomizationIn } from '../../renderers/kustomization.ts';
import { realPath } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import { buildVariables } from './build-variables.ts';
import { helmContent, parameterFiles } from './argo-helm.ts';
import { kustomizeFields } from './argo-kustomize.ts';
import { versionsOf } from './argo-versions.ts';
import { mappingIn, recordOf, recordsOf, repositoryPath, isEmpty, textOf, type Obstacles } from './fields.ts';
import { argoRevision } from './followed.ts';
import { globsOf } from './globs.ts';
import { mergePatched } from './merge-patch.ts';
import type { FolderContent, Plan, PlanContext, Unplanned } from './plan.ts';
import { writesNothing } from './written-kustomization.ts';
import type { Applying, Reading, Source, Written } from './argo-reading.ts';

export async function applicationPlans(
  application: KubernetesObject,
  context: PlanContext,
): Promise<readonly (Plan | Unplanned)[]> {
  const files = sourcesOf(application, []).flatMap((source) => parameterFiles(source, context.tree));
  await context.tree.load(files);
  return plansOfApplication(application, context, (at) => at);
}

export function plansOfApplication(
  application: KubernetesObject,
  { tree, origin = null }: Pick<PlanContext, 'tree' | 'origin'>,
  written: Written,
): readonly (Plan | Unplanned)[] {
  const by = nameOf(application);
  const obstacles: Obstacles = [];
  const sources = sourcesOf(application, obstacles);
  const unplanned = (option: string, path: string | null = null): readonly Unplanned[] => [
    { by, ref: refOf(application), option, path },
  ];
  const hydrator = recordAt(application, 'spec', 'sourceHydrator');
  if (!isEmpty(hydrator)) {
    const dry = textOf(recordAt(hydrator, 'drySource')['path'], 'drySource.path', []);
    return unplanned('spec.sourceHydrator', dry === null ? null : repositoryPath(dry));
  }
  if (obstacles.length > 0) return unplanned(obstacles[0]!);
  if (sources.length === 0) return unplanned('no source');
  const plans = sources
    .filter(({ fields }) => isEmpty(fields['ref']) || !isEmpty(fields['path']) || !isEmpty(fields['chart']))
    .map((source) => planOf(source, { application, sources, tree, origin, written }));
  return plans.length > 0 ? plans : unplanned('spec.sources, of which none has a path or a chart');
}

function nameOf(application: KubernetesObject): string {
  return `Argo CD ${describeRef(refOf(application))}`;
}

/** `sources` wins over `source` where it has any. */
function sourcesOf(application: KubernetesObject, obstacles: Obstacles): readonly Source[] {
  const spec = recordOf(application['spec'], 'spec', obstacles);
  const several = recordsOf(spec['sources'], 'spec.sources', obstacles);
  const none = { overrides: {} };
  if (several.length > 0)
    return several.map((fields, index) => ({
      fields: withoutEmptyBlocks(fields),
      at: ['spec', 'sources', index],
      name: `spec.sources[${index}]`,
      ...none,
    }));
  const fields = recordOf(spec['source'], 'spec.source', obstacles);
  return isEmpty(fields)
    ? []
    : [{ fields: withoutEmptyBlocks(fields), at: ['spec', 'source'], name: 'spec.source', ...none }];
}

const BLOCKS = ['kustomize', 'helm', 'directory', 'plugin'] as const;

function withoutEmptyBlocks(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isBlock = (name: string): boolean => (BLOCKS as readonly string[]).includes(name);
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !isBlock(name) || !isEmpty(value)),
  );
}

function planOf(written: Source, applying: Applying): Plan | Unplanned {
  const { application, tree } = applying;
  const obstacles: Obstacles = [];
  const ref = refOf(application);
  const folder = textOf(written.fields['path'], `${written.name}.path`, obstacles);
  const path = folder === null ? null : repositoryPath(folder);
  const hasFolder = path !== null && isEmpty(written.fields['chart']);
  const source = hasFolder ? overridden(written, path, ref.name, tree, obstacles) : written;
  const destination = recordAt(application, 'spec', 'destination');
  const namespace = textOf(destination['namespace'], 'spec.destination.namespace', obstacles);
  const variables = buildVariables(application, source, namespace);
  const content = contentOf(source, path, namespace, { ...applying, obstacles, variables });
  const by = nameOf(application);
  const [option] = obstacles;
  return content === null || option !== undefined
    ? { by, ref, option: option ?? `${source.name}, which is not read`, path }
    : { by, ref, namespace, cluster: clusterOf(destination), ...content, steps: [] };
}

/** What a source takes from where; null with a reason among the obstacles. `path` is its folder, where it has one here. */
function contentOf(
  source: Source,
  path: string | null,
  namespace: string | null,
  reading: Reading,
): Pick<Plan, 'from' | 'content'> | null {
  const { fields, name } = source;
  const { tree, obstacles } = reading;
  const refuse = (option: string): null => {
    obstacles.push(option);
    return null;
  };
  const text = (field: string): string | null => textOf(fields[field], `${name}.${field}`, obstacles);
  const [repository, chart, target] = [text('repoURL'), text('chart'), text('targetRevision')];
  const [block, other] = BLOCKS.filter((each) => fields[each] !== undefined && fields[each] !== null);
  if (repository === null) return refuse(`${name} without repoURL`);
  if (other !== undefined) return refuse(`${name} with both ${block} and ${other}`);
  if (block === 'plugin') return refuse(`${name}.plugin`);
  if (chart !== null) {
    if (block !== undefined && block !== 'helm') return refuse(`${name}.${block} of a chart`);
    const version = target ?? '*';
    const remote = { kind: 'remote', repository, name: chart, version } as const;
    const content = helmContent(source, remote, namespace, reading);
    return { from: { repository, revision: { pin: version } }, content };
  }
  if (path === null)
    return refuse(
      isEmpty(fields['path']) ? `${name} without a path` : `${name}.path, which leaves the repository`,
    );
  if (/^oci:/i.test(repository)) return refuse(`${name}.repoURL, an OCI artifact`);
  const from = { repository, revision: argoRevision(target) };
  const hasKustomization = kustomizationIn(tree, path) !== undefined;
  const hasChart = isFile(tree, posix.join(path, 'Chart.yaml'));
  switch (block ?? (hasKustomization ? 'kustomize' : hasChart ? 'helm' : 'directory')) {
    case 'helm':
      return { from, content: helmContent(source, { kind: 'folder', path }, namespace, reading) };
    case 'kustomize': {
      if (!hasKustomization) return refuse(`${name}.kustomize without a kustomization in ${path}`);
      const written = kustomizeFields(source, path, reading);
      const at = `${name}.kustomize`;
      const versions = versionsOf(recordOf(fields['kustomize'], at, []), at, obstacles);
      const content = {
        kind: 'folder',
        path,
        recurse: false,
        include: [],
        exclude: [],
        ...versions,
      } as const;
      return { from, content: writesNothing(written) ? content : { ...content, written } };
    }
    case 'directory':
      if (hasKustomization || hasChart)
        return refuse(`${name}.directory over a ${hasKustomization ? 'kustomization' : 'chart'}`);
      return { from, content: directoryContent(source, path, obstacles) };
  }
}

/** The names that Argo CD gives to the cluster it runs in. */
const OWN_CLUSTER = new Set(['in-cluster', 'https://kubernetes.default.svc']);

function clusterOf({ name, server }: Readonly<Record<string, unknown>>): string | null {
  const named = [name, server].find((text) => typeof text === 'string' && text !== '');
  return typeof named === 'string' && !OWN_CLUSTER.has(named) ? named : null;
}

function isFile(tree: Tree, path: string): boolean {
  const real = realPath(tree, path);
  return real !== null && tree.entry(real)?.kind === 'file';
}

function directoryContent({ fields, name }: Source, path: string, obstacles: Obstacles): FolderContent {
  const at = `${name}.directory`;
  const directory = recordOf(fields['directory'], at, obstacles);
  for (const field of ['jsonnet', 'disableExtensionFilter'])
    if (!isEmpty(directory[field])) obstacles.push(`${at}.${field}`);
  const globs = (field: 'include' | 'exclude'): readonly string[] => {
    const glob = textOf(directory[field], `${at}.${field}`, obstacles);
    const globs = glob === null ? [] : globsOf(glob);
    if (globs === null) obstacles.push(`${at}.${field}`);
    return globs ?? [];
  };
  return {
    kind: 'folder',
    path,
    recurse: directory['recurse'] === true,
    include: globs('include'),
    exclude: globs('exclude'),
  };
}

/**
 * The source with what `.argocd-source.yaml` and `.argocd-source-<application>.yaml` in its folder change, as Argo CD Image
 * Updater writes them: JSON merge patches of everything but the place.
 */
function overridden(
  source: Source,
  path: string,
  application: string,
  tree: Tree,
  obstacles: Obstacles,
): Source {
  let { fields, overrides } = source;
  for (const name of overrideNames(application)) {
    const file = realPath(tree, posix.join(path, name));
    const content = file === null || tree.entry(file)?.kind !== 'file' ? undefined : tree.read(file);
    if (content === undefined) continue;
    const patch = mappingIn(content.toString());
    if (patch === null) {
      obstacles.push(`${posix.join(path, name)}, which is not a mapping`);
      continue;
    }
    fields = { ...mergePatched(fields, patch), ...placeOf(source.fields) };
    overrides = { ...mergePatched(overrides, patch) };
  }
  return { ...source, fields, overrides };
}

/** The later one wins. */
function overrideNames(application: string): readonly string[] {
  return ['.argocd-source.yaml', `.argocd-source-${application}.yaml`];
}

/** The files of the repository that say what an Application's source is to be instead. */
export function overrideFiles(tree: Tree, plan: Plan): readonly string[] {
  const { ref, content } = plan;
  const folder = content.kind === 'folder' ? content : content.chart;
  if (ref.kind !== 'Application' || folder.kind === 'remote') return [];
  return overrideNames(ref.name)
    .map((name) => posix.join(folder.path, name))
    .filter((file) => tree.entry(file)?.kind === 'file');
}

function placeOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    ['repoURL', 'path', 'chart', 'targetRevision'].map((name) => [name, fields[name]]),
  );
}

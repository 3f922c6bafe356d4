import yaml from 'js-yaml';
import { buildState } from '../../src/cluster/build-state.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import type { Repository } from '../../src/git/repository.ts';
import { detect } from '../../src/incidents/detect.ts';
import { Investigations } from '../../src/incidents/investigate.ts';
import { describeRef } from '../../src/kubernetes/objects.ts';
import { rules } from '../../src/rules/index.ts';
import type { Symptom } from '../../src/model/finding.ts';
import { toJson } from '../../src/output/json.ts';
import { diagnose } from '../../src/pipeline.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import { KustomizeRenderer } from '../../src/renderers/kustomize.ts';
import { ManifestReader } from '../../src/renderers/manifests.ts';
import { Revision } from '../../src/sources/revision.ts';
import type { Renderers } from '../../src/renderers/renderers.ts';
import { treeOf, type Tree } from '../../src/tree/tree.ts';
import { seeded } from '../random.ts';
import { bases, readTexts, type Base } from './bases.ts';
import { garble, mutate, pick, type Mutable, type Random } from './mutations.ts';
import type { Fuzz, FuzzReport } from './report.ts';

/*
 * Recorded clusters and manifests with one object changed. Whatever the change is: nothing throws, no rule breaks on it, every incident of other
 * objects is found as before, none is found of them that was not there, and what is set aside is named.
 */

export const fuzzSnapshots: Fuzz = async ({ count, seed, onProgress }) => {
  const tried = await Promise.all((await bases()).map(prepared));
  const counts = new Map<string, number>();
  const count1 = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const failures: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const random = seeded(seed * 1_000_003 + index);
    // The small one with every kind of failure has the most in the least time.
    const base = tried[ORDER[index % ORDER.length]!]!;
    const depth = random() < 0.01 ? 'located' : 'investigated';
    const wrong = await attempt(base, depth, random, count1).catch((error: Error) => [
      `threw ${error.stack}`,
    ]);
    failures.push(...wrong.map((each) => `#${index} (${base.name}): ${each}`));
    if ((index + 1) % 1000 === 0) onProgress?.(index + 1);
  }
  const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${times} ${name}`);
  return { tried: count, lines, failures } satisfies FuzzReport;
};

/** Which of the bases take turns. */
const ORDER = [1, 0, 1, 2, 1];

interface Prepared extends Base {
  readonly texts: readonly string[];
  readonly manifests: Readonly<Record<string, string>>;
  readonly incidents: Readonly<Record<Depth, Incidents>>;
  /** Those that objects lie in. */
  readonly namespaces: ReadonlySet<string | null>;
  /** Incidents that are there only with the object, by its place. */
  readonly related: Map<number, Promise<ReadonlySet<string>>>;
}

/** How far a try goes. Locating takes ten times as long as all before it. */
type Depth = 'investigated' | 'located';

/** By rule, object and container. */

type Incidents = ReadonlyMap<string, { readonly namespace: string | null; readonly name: string }>;

async function prepared(base: Base): Promise<Prepared> {
  const texts = base.objects.map((object) => JSON.stringify(object));
  const manifests = manifestsOf(base.objects);
  const files = { 'all.json': `[${texts.join(',')}]` };
  const investigated = await incidentsOf(base, files, manifests, 'investigated');
  const located = await incidentsOf(base, files, manifests, 'located');
  const problems = [...investigated.problems, ...located.problems];
  if (problems.length > 0) throw new Error(`${base.name} is not whole: ${JSON.stringify(problems)}`);
  const incidents = { investigated: investigated.incidents, located: located.incidents };
  const namespaces = new Set(base.objects.map(namespaceOf));
  namespaces.delete(null);
  return { ...base, texts, manifests, incidents, namespaces, related: new Map() };
}

type CountOne = (name: string) => void;

async function attempt(
  base: Prepared,
  depth: Depth,
  random: Random,
  count: CountOne,
): Promise<readonly string[]> {
  count(`tries that end where things are ${depth}`);
  if (random() < (depth === 'located' ? 0.7 : 0.005)) return attemptManifest(base, random, count);
  const place = Math.floor(random() * base.objects.length);
  const before = base.objects[place]!;
  const object = JSON.parse(base.texts[place]!) as Mutable;
  let what = mutate(object, random);
  const rest = base.texts.filter((_, index) => index !== place);
  const form = pick(['json', 'json', 'yaml', 'list', 'garbled'] as const, random);
  count(`snapshots as ${form}`);
  let files: Record<string, string>;
  if (form === 'json') files = { 'all.json': `[${[...rest, JSON.stringify(object)].join(',')}]` };
  else {
    const unchanged = { 'all.json': `[${rest.join(',')}]` };
    const printed = yaml.dump(form === 'garbled' ? before : object, { noRefs: true, noCompatMode: true });
    if (form === 'garbled') what = 'garbled';
    files =
      form === 'yaml'
        ? { ...unchanged, 'one.yaml': printed }
        : form === 'garbled'
          ? { ...unchanged, 'one.yaml': garble(printed, random) }
          : { ...unchanged, 'one.yaml': listOf([before, object], random) };
  }
  const { incidents, problems, setAside, read } = await incidentsOf(base, files, base.manifests, depth);
  const whole = base.incidents[depth];
  count(setAside > 0 ? 'objects set aside' : 'objects taken as they were');
  const id = `${describe(before)}: ${what}`;
  const wrong = broken(problems).map((each) => `${id}: ${each}`);
  const expected = base.objects.length + (form === 'list' ? 1 : 0);
  // What no longer says that it is an object is no object, and a garbled text may be several.
  if (form !== 'garbled' && read < expected && problems.length === 0 && isStillObject(object))
    wrong.push(`${id}: ${expected - read} objects are gone, and no problem says so`);

  if (form === 'list') return wrong;
  const related = await relatedTo(base, place);
  const own = namespaceOf(before);
  // Garbling may give an object another name or namespace: then its own incidents move.
  const isOwn = (namespace: string | null): boolean =>
    form === 'garbled'
      ? namespace === own || !base.namespaces.has(namespace)
      : namespace === namespaceOf(object);
  const lost = [...whole].filter(([one]) => !incidents.has(one) && !related.has(one));
  const isCoupled = changesOthers(before, object, base);
  if (isCoupled) return wrong;
  // What is wrong with the object itself may change with it.
  const isItsOwn = (name: string): boolean => name.startsWith(`${describe(before)} (`);
  const others = lost.filter(
    ([, { name, namespace }]) => !isItsOwn(name) && (form !== 'garbled' || namespace !== own),
  );
  wrong.push(...others.map(([, at]) => `${id}: lost the incident of ${at.name}`));
  if (own === null) return wrong;
  const added = [...incidents].filter(([one, at]) => !whole.has(one) && at.namespace !== own);
  const foreign = added.filter(([, at]) => !isOwn(at.namespace));
  return [...wrong, ...foreign.map(([, at]) => `${id}: made an incident of ${at.name}`)];
}

/** The same cluster, and a repository in which one file was changed: what is wrong in the cluster stays the same. */
async function attemptManifest(base: Prepared, random: Random, count: CountOne): Promise<readonly string[]> {
  count('manifests');
  const path = pick(Object.keys(base.manifests), random);
  const object = yaml.load(base.manifests[path]!, { schema: yaml.CORE_SCHEMA }) as Mutable;
  const isGarbled = random() < 0.5;
  const what = isGarbled ? 'garbled' : mutate(object, random);
  const text = isGarbled
    ? garble(base.manifests[path]!, random)
    : yaml.dump(object, { noRefs: true, noCompatMode: true });
  const files = { 'all.json': `[${base.texts.join(',')}]` };
  const { incidents, problems } = await incidentsOf(
    base,
    files,
    { ...base.manifests, [path]: text },
    'located',
  );
  const whole = base.incidents.located;
  const id = `${path}: ${what}`;
  const lost = [...whole.keys()].filter((one) => !incidents.has(one));
  const added = [...incidents.keys()].filter((one) => !whole.has(one));
  return [
    ...broken(problems).map((each) => `${id}: ${each}`),
    ...lost.map((one) => `${id}: lost the incident of ${whole.get(one)!.name}`),
    ...added.map((one) => `${id}: made an incident of ${incidents.get(one)!.name}`),
  ];
}

function broken(problems: readonly { readonly where: string; readonly message: string }[]): string[] {
  return problems
    .filter(({ where }) => /^(?:rule|locating) /.test(where))
    .map(({ where, message }) => `${where}: ${message}`);
}

interface Outcome {
  readonly incidents: Incidents;
  readonly problems: readonly { readonly where: string; readonly message: string }[];
  readonly setAside: number;
  readonly read: number;
}

async function incidentsOf(
  base: Base,
  files: Readonly<Record<string, string>>,
  manifests: Readonly<Record<string, string>>,
  depth: Depth,
): Promise<Outcome> {
  const { objects, problems, setAside } = readTexts(files);
  const cluster = buildState({ name: base.name, now: base.now, objects, problems, setAside });
  if (depth === 'investigated') {
    const found = await investigated(base, cluster);
    return { ...found, setAside: setAside.length, read: objects.length };
  }
  const tree = treeOf(manifests);
  const report = await diagnose({
    source: { isRecorded: true, read: async () => cluster, ...base.source },
    cluster,
    repository: repositoryOf(tree),
    revision: await Revision.of(tree, renderers),
    renderers,
    config: DEFAULT_CONFIG,
    configErrors: [],
  });
  // What is told has to be tellable.
  JSON.stringify(toJson(report));
  const incidents = bySubject(report.results.map(({ incident: { symptom } }) => symptom));
  return { incidents, problems: report.problems, setAside: setAside.length, read: objects.length };
}

function bySubject(symptoms: readonly Symptom[]): Incidents {
  return new Map(
    symptoms.map((symptom) => {
      const { kind, namespace, name: own } = symptom.object;
      return [
        JSON.stringify([symptom.rule, kind, namespace, own, symptom.container]),
        { namespace, name: `${kind} ${namespace}/${own} (${symptom.rule})` },
      ];
    }),
  );
}

/** Detected and investigated, where nothing is known of any repository. */
async function investigated(
  base: Base,
  cluster: ClusterState,
): Promise<Pick<Outcome, 'incidents' | 'problems'>> {
  const source = { isRecorded: true, read: async () => cluster, ...base.source };
  const repository = { answer: async () => null };
  const investigations = new Investigations({ cluster, source, repository, memoryFactor: 2 });
  const { detected, failures } = detect(rules, cluster);
  const problems = failures.map(({ rule, object, message }) => ({
    where: `rule ${rule} on ${object ? describeRef(object) : 'nothing'}`,
    message,
  }));
  const symptoms: Symptom[] = [];
  for (const one of detected) {
    const { symptom } = one;
    try {
      const finding = await investigations.investigate(one);
      if (finding === null) continue;
      // What is told has to be tellable.
      JSON.stringify(finding);
      symptoms.push(symptom);
    } catch (error) {
      problems.push({
        where: `rule ${symptom.rule} on ${describeRef(symptom.object)}`,
        message: String((error as Error).stack),
      });
    }
  }
  return { incidents: bySubject(symptoms), problems: [...cluster.problems, ...problems] };
}

/** What is wrong only because of this object: incidents that are not there without it. */
function relatedTo(base: Prepared, place: number): Promise<ReadonlySet<string>> {
  const known = base.related.get(place);
  if (known) return known;
  const found = (async () => {
    const others = base.texts.filter((_, index) => index !== place);
    const without = { 'all.json': `[${others.join(',')}]` };
    const { incidents } = await incidentsOf(base, without, base.manifests, 'investigated');
    return new Set(
      [...base.incidents.investigated].filter(([one]) => !incidents.has(one)).map(([one]) => one),
    );
  })();
  base.related.set(place, found);
  return found;
}

/** A change that Kubernetes would understand and that concerns others: another identity, another owner, events about something else. */
function changesOthers(before: Mutable, after: Mutable, { objects }: Base): boolean {
  const identity = (object: Mutable): string => {
    const { name, namespace } = Object(object['metadata']) as { name?: unknown; namespace?: unknown };
    return JSON.stringify([object['apiVersion'], object['kind'], namespace, name]);
  };
  const identityAfter = identity(after);
  if (identityAfter === identity(before)) return false;
  return objects.some((object) => identity(object) === identityAfter);
}

function isStillObject(object: Mutable): boolean {
  return (
    typeof object['kind'] === 'string' &&
    typeof object['apiVersion'] === 'string' &&
    object['metadata'] !== undefined &&
    !object['kind'].endsWith('List')
  );
}

function namespaceOf(object: Mutable): string | null {
  const { namespace } = Object(object['metadata']) as { readonly namespace?: unknown };
  return typeof namespace === 'string' ? namespace : null;
}

function describe(object: Mutable): string {
  const { name } = Object(object['metadata']) as { readonly name?: unknown };
  return `${String(object['kind'])} ${namespaceOf(object) ?? ''}/${String(name)}`;
}

/** The object twice, once as it was: of two that are the same, one is taken. */
function listOf([before, after]: readonly [Mutable, Mutable], random: Random): string {
  const items = random() < 0.5 ? [before, after] : [after, before];
  return yaml.dump(
    { apiVersion: 'v1', kind: 'List', items },
    { noRefs: true, noCompatMode: true, noArrayIndent: true },
  );
}

const WORKLOADS = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'ConfigMap',
  'HorizontalPodAutoscaler',
]);

/** What a repository would have of the cluster. */
function manifestsOf(objects: readonly Mutable[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    objects
      .filter(({ kind }) => WORKLOADS.has(String(kind)))
      .slice(0, 12)
      .map(({ apiVersion, kind, metadata, spec, data }) => {
        const { name, namespace } = metadata as { readonly name: string; readonly namespace: string };
        const manifest = { apiVersion, kind, metadata: { name, namespace }, ...(spec ? { spec } : { data }) };
        return [
          `apps/${namespace}/${String(kind).toLowerCase()}-${name}.yaml`,
          yaml.dump(manifest, { noRefs: true, noCompatMode: true }),
        ];
      }),
  );
}

const uncached = (): RenderCache => new RenderCache({ folder: null, parallel: 1 });
/** Nothing here is rendered by another program. */
const renderers: Renderers = {
  kustomize: new KustomizeRenderer(async () => null, uncached()),
  helm: new HelmRenderer(async () => null, uncached()),
  kustomizations: new KustomizationReader(),
  manifests: new ManifestReader(),
};

/** A folder without history. */
function repositoryOf(tree: Tree): Repository {
  return {
    path: '/repository',
    remote: null,
    head: null,
    branch: null,
    defaultBranch: null,
    branches: async () => new Map(),
    onBranch: async () => null,
    treeAt: async () => tree,
    commitAt: async () => null,
    messageOf: async () => null,
    mergeBase: async () => null,
    modesAt: async () => null,
    workTree: async () => tree,
    log: async () => [],
    lineage: async () => [],
    blame: async () => null,
    pullRequestOf: async () => null,
    contains: async () => null,
    writeBranch: () => Promise.reject(new Error('nothing is written')),
  };
}

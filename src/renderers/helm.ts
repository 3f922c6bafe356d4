import { createHash } from 'node:crypto';
import yaml from 'js-yaml';
import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import { isKubernetesObject, isRecord, recordsOf, type Json } from '../kubernetes/objects.ts';
import { contentHash, type Tree } from '../tree/tree.ts';
import { jsonText } from './as-json.ts';
import type { RenderCache } from './cache.ts';
import { isPackage, repacked } from './chart-archive.ts';
import { handedIn } from './chart-files.ts';
import { describeChart, type ChartClosure, type RemoteChart } from './chart.ts';
import type { ChartStore } from './chart-store.ts';
import { isAliasBomb, KUBECTL_SCHEMA } from './manifests.ts';
import { namespaceProblem, releaseNameProblem } from './names.ts';
import type { RenderedObject, RenderFailure, Rendering } from './rendering.ts';
import { RENDER_LIMITS, run, shortened, type Limits, type RunResult } from './run.ts';
import { inSandbox } from './sandbox.ts';
import { disputedBytes, type TextProblem } from './disputed.ts';
import type { HelmTool } from './tools.ts';

export interface HelmCall {
  /** What the rendering is called: a chart can be installed several times. */
  readonly id: string;
  readonly closure: ChartClosure;
  readonly release: { readonly name: string; readonly namespace: string };
  /** Lowest precedence first. Helm lets every `set` win over every file and inline value, wherever it stands. */
  readonly values: readonly HelmValues[];
  /** To see what values do: without the charts' values.schema.json, and not for long. */
  readonly isTrial?: boolean;
  /** What else `helm template` is told. */
  readonly flags?: HelmFlags;
  /** The cluster that the chart is installed in, as far as it is known; `flags` win. */
  readonly cluster?: ClusterVersions;
}

/** Versions in the form that helm takes them, checked by whoever read them. */
export interface HelmFlags {
  readonly includeCRDs: boolean;
  readonly skipHooks: boolean;
  readonly skipTests: boolean;
  /** Null: the cluster's, or the one that charts are rendered for otherwise. */
  readonly kubeVersion: string | null;
  /** None: the cluster's. */
  readonly apiVersions: readonly string[];
}

export type HelmValues =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inline'; readonly values: Readonly<Record<string, Json>> }
  | {
      /** `--set name=value`, or `--set-string`, in Helm's own notation. */
      readonly kind: 'set';
      readonly name: string;
      readonly value: string;
      readonly asString: boolean;
    };

export interface HelmOptions {
  /** What brings in published charts; null where nothing may be fetched. */
  readonly charts?: ChartStore | null;
  readonly limits?: Limits;
}

const TRIAL_LIMITS: Limits = { ...RENDER_LIMITS, seconds: 15 };

/** The repository's files in the sandbox; values lie beside them, so that no chart can read those it is not given. */
const REPOSITORY = 'repository';
/** Values by their place in the call. */
const VALUES = /\bvalues\/(\d+)\.yaml\b/g;

/** What charts are rendered for where no cluster is known: every build of helm claims another version, and old ones refuse charts. */
const KUBERNETES = 'v1.34.0';

/**
 * Renders charts with `helm template`. Only the closure's files and the values are written to a fresh folder: nothing else of
 * the machine or of the repository exists for the tool, and it has no network, no cluster and no plugins.
 */
export class HelmRenderer {
  readonly #findTool: () => Promise<HelmTool | null>;
  #tool: Promise<HelmTool | null> | undefined;
  readonly #cache: RenderCache;
  readonly #charts: ChartStore | null;
  readonly #limits: Limits;
  readonly #documents = new DocumentReader();
  /** Renders done by the tool, answers from the cache not counted. */
  builds = 0;

  /** The tool is looked for when the first chart is to be rendered. */
  constructor(
    findTool: () => Promise<HelmTool | null>,
    cache: RenderCache,
    { charts = null, limits = RENDER_LIMITS }: HelmOptions = {},
  ) {
    this.#findTool = findTool;
    this.#cache = cache;
    this.#charts = charts;
    this.#limits = limits;
  }

  /** A published chart that was pulled for an earlier render. */
  pulled(chart: RemoteChart): Buffer | undefined {
    return this.#charts?.pulled(chart);
  }

  render(tree: Tree, call: HelmCall): Promise<Rendering> {
    return this.#render(tree, call, (key, build) => this.#cache.get(key, build));
  }

  /** Without the cache, for telling output that differs by itself: random passwords, the time. */
  renderAgain(tree: Tree, call: HelmCall): Promise<Rendering> {
    return this.#render(tree, call, (_key, build) => this.#cache.again(build));
  }

  async #render(
    tree: Tree,
    call: HelmCall,
    through: (key: string, build: () => Promise<RunResult>) => Promise<RunResult>,
  ): Promise<Rendering> {
    const text = await this.#text(tree, call, through);
    if (text.kind === 'failed') return text;
    const objects = this.#objectsIn(text.printed, call.closure);
    return typeof objects === 'string'
      ? { kind: 'failed', root: call.id, code: 'error', message: objects }
      : { kind: 'rendered', root: call.id, objects, problems: [] };
  }

  /** What helm prints, as it prints it. */
  renderText(tree: Tree, call: HelmCall): Promise<HelmText | RenderFailure> {
    return this.#text(tree, call, (key, build) => this.#cache.get(key, build));
  }

  async #text(
    tree: Tree,
    call: HelmCall,
    through: (key: string, build: () => Promise<RunResult>) => Promise<RunResult>,
  ): Promise<HelmText | RenderFailure> {
    const fail = (code: RenderFailure['code'], message: string): RenderFailure => ({
      kind: 'failed',
      root: call.id,
      code,
      message,
    });
    const tool = await (this.#tool ??= this.#findTool());
    if (tool === null) return fail('tool-missing', 'helm is not installed (`npm run tools` installs it)');
    const pulled = new Map<string, Buffer>();
    for (const chart of call.closure.remote) {
      const archive = this.#charts ? await this.#charts.pull(chart) : 'which is not in the repository';
      if (typeof archive === 'string') return fail('remote', `needs ${describeChart(chart)}, ${archive}`);
      pulled.set(chart.placedAt, archive);
    }
    const [problem] = call.closure.problems;
    if (problem)
      return fail(
        'error',
        `${problem.file}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`,
      );
    const { name, namespace } = call.release;
    const odd = releaseNameProblem(name) ?? (namespace === '' ? null : namespaceProblem(namespace));
    if (odd !== null) return fail('error', odd);
    const sandbox = await sandboxOf(tree, call, pulled);
    if ('unreadable' in sandbox) return fail('error', sandbox.unreadable);
    const { files, args } = sandbox;
    const text = await through(keyOf(tool, files, args), () =>
      this.#build(tool, files, args, call.isTrial ? TRIAL_LIMITS : this.#limits),
    );
    return text.ok
      ? { kind: 'text', printed: text.stdout }
      : fail(text.stopped ? 'over-budget' : 'error', withNames(text.message, call.values));
  }

  async #build(
    tool: HelmTool,
    files: ReadonlyMap<string, Content>,
    args: readonly string[],
    limits: Limits,
  ): Promise<RunResult> {
    for (const [path, { bytes }] of files)
      if (/\.(ya?ml|json)$/i.test(path) && !path.includes('/templates/') && isAliasBomb(bytes.toString()))
        return { ok: false, message: `${spoken(path)}: its aliases expand to millions of nodes` };
    this.builds += 1;
    const contents = new Map([...files].map(([path, { bytes }]) => [path, bytes]));
    const result = await inSandbox(contents, (sandbox) =>
      run(tool.command, args, sandbox, { limits, messageOf: helmMessage }),
    );
    return result.ok ? result : { ...result, message: spoken(result.message) };
  }

  /** What is printed as objects, or why it cannot be read. */
  #objectsIn(output: string, closure: ChartClosure): readonly RenderedObject[] | string {
    const templates = templatesOf(closure);
    const objects: RenderedObject[] = [];
    for (const document of output.split(/^---[ \t]*\r?\n/m)) {
      const [, source, text] = /^(?:# Source: ([^\r\n]*)\r?\n)?(.*)$/s.exec(document) ?? [];
      if (text === undefined || text.trim() === '') continue;
      const read = this.#documents.read(text);
      if (typeof read === 'string') return `${source ?? 'the output'}: ${read}`;
      const template = source === undefined ? undefined : templates.get(source);
      const archive = source === undefined ? undefined : archiveOf(source, closure);
      const by = {
        ...(template === undefined ? {} : { template }),
        ...(archive === undefined ? {} : { archive }),
      };
      for (const each of read) objects.push({ ...each, origin: null, ...by });
    }
    return objects;
  }
}

/** What `helm template` printed. */
export interface HelmText {
  readonly kind: 'text';
  readonly printed: string;
}

interface Content {
  readonly bytes: Buffer;
  readonly hash: string;
}

/** Everything that Helm gets to see, and how it is called there. */
async function sandboxOf(
  tree: Tree,
  { closure, release, values, isTrial, flags, cluster }: HelmCall,
  pulled: ReadonlyMap<string, Buffer>,
): Promise<
  | { readonly files: ReadonlyMap<string, Content>; readonly args: readonly string[] }
  | { readonly unreadable: string }
> {
  const valuesFiles = values.flatMap((each) => (each.kind === 'file' ? [each.path] : []));
  const sources = new Map(valuesFiles.map((path) => [path, regularFile(tree, path)]));
  await tree.load([...closure.files.keys(), ...[...sources.values()].filter((path) => path !== null)]);
  const files = new Map<string, Content>();

  /** Null, or why the file is refused. */
  const add = (at: string, path: string, handed: (bytes: Buffer) => Buffer | TextProblem): string | null => {
    const entry = tree.entry(path);
    const bytes = tree.read(path);
    if (entry?.kind !== 'file' || bytes === undefined) return `${path} cannot be read`;
    const content = handed(bytes);
    if ('message' in content)
      return `${path}${content.line === null ? '' : `:${content.line}`}: ${content.message}`;
    files.set(at, { bytes: content, hash: content === bytes ? entry.hash : contentHash(content) });
    return null;
  };

  for (const [at, path] of closure.placed) {
    if (isTrial && /(^|\/)values\.schema\.json$/.test(at)) continue;
    const within = closure.root === '.' ? at : at.slice(closure.root.length + 1);
    const refused = add(`${REPOSITORY}/${at}`, path, (bytes) =>
      isPackage(within) ? packageOf(bytes) : withoutLeftOut(closure, within, handedIn(within, bytes)),
    );
    if (refused !== null) return { unreadable: refused };
  }
  for (const [at, archive] of pulled) {
    const bytes = repacked(archive);
    if (typeof bytes === 'string') return { unreadable: `${at}: ${bytes}` };
    files.set(`${REPOSITORY}/${at}`, { bytes, hash: contentHash(archive) });
  }
  const options: string[] = [];
  for (const [index, each] of values.entries()) {
    if (each.kind === 'set') {
      options.push(`${each.asString ? '--set-string' : '--set'}=${each.name}=${each.value}`);
      continue;
    }
    // Helm takes a list of files apart at commas, and what it calls a file may be an address: none of its names are a repository's.
    const at = `values/${index}.yaml`;
    if (each.kind === 'inline') {
      const bytes = Buffer.from(jsonText(each.values));
      files.set(at, { bytes, hash: bytes.toString() });
    } else {
      const path = sources.get(each.path);
      if (path === null || path === undefined)
        return { unreadable: `${each.path} is no file of the repository` };
      const refused = add(at, path, (bytes) => disputedBytes(bytes) ?? bytes);
      if (refused !== null) return { unreadable: refused };
    }
    options.push(`--values=${at}`);
  }
  const apiVersions = flags && flags.apiVersions.length > 0 ? flags.apiVersions : (cluster?.api ?? []);
  const args = [
    'template',
    `--kube-version=${flags?.kubeVersion ?? cluster?.kubernetes ?? KUBERNETES}`,
    `--namespace=${release.namespace}`,
    ...apiVersions.map((version) => `--api-versions=${version}`),
    ...(flags?.includeCRDs ? ['--include-crds'] : []),
    ...(flags?.skipTests ? ['--skip-tests'] : []),
    ...(flags?.skipHooks ? ['--no-hooks'] : []),
    ...options,
  ];
  return { files, args: [...args, '--', release.name, `${REPOSITORY}/${closure.root}`] };
}

/** Helm renders no chart that lacks a dependency which it names. */
function withoutLeftOut(
  { leftOut }: ChartClosure,
  within: string,
  handed: Buffer | TextProblem,
): Buffer | TextProblem {
  if (leftOut.length === 0 || 'message' in handed || !/(^|\/)(Chart|requirements)\.yaml$/.test(within))
    return handed;
  const value: unknown = JSON.parse(handed.toString());
  if (!isRecord(value) || !Array.isArray(value['dependencies'])) return handed;
  const dependencies = recordsOf(value['dependencies']).filter(
    ({ name, repository = '' }) =>
      !leftOut.some((chart) => chart.name === name && chart.repository === repository),
  );
  return Buffer.from(JSON.stringify({ ...value, dependencies }));
}

function packageOf(bytes: Buffer): Buffer | TextProblem {
  const packed = repacked(bytes);
  return typeof packed === 'string' ? { line: null, message: packed } : packed;
}

/** Where a path of the repository ends, symlinks followed within it. */
function regularFile(tree: Tree, path: string): string | null {
  const entry = tree.entry(path);
  if (entry?.kind === 'symlink')
    return entry.target !== null && tree.entry(entry.target)?.kind === 'file' ? entry.target : null;
  return entry?.kind === 'file' ? path : null;
}

function keyOf(tool: HelmTool, files: ReadonlyMap<string, Content>, args: readonly string[]): string {
  const key = createHash('sha256').update(JSON.stringify(['helm', tool.version, args]));
  for (const [at, { hash }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    key.update(JSON.stringify([at, hash]));
  return key.digest('hex');
}

/** Helm names a template by charts' names: `# Source: umbrella/charts/cache/templates/x.yaml`. To its path in the repository. */
function templatesOf({ parts, placed }: ChartClosure): ReadonlyMap<string, string> {
  const templates = new Map<string, string>();
  const [top] = parts;
  for (const { prefix, placedAt } of parts) {
    const named = [top!.name, ...prefix].join('/charts/');
    const folder = placedAt === '.' ? '' : `${placedAt}/`;
    for (const [at, path] of placed) {
      if (at.startsWith(`${folder}templates/`)) templates.set(`${named}/${at.slice(folder.length)}`, path);
    }
  }
  return templates;
}

/** The packaged subchart whose template that is, or whose own subchart's. */
function archiveOf(source: string, { parts: [top], archives }: ChartClosure): string | undefined {
  const isBelow = (prefix: readonly string[]): boolean =>
    source.startsWith(`${[top?.name, ...prefix].join('/charts/')}/`);
  return archives.find(({ prefix }) => isBelow(prefix))?.file;
}

/** Documents that were read lately, by their text: from one render of a chart to the next few change. */
class DocumentReader {
  readonly #known = new Map<string, readonly Pick<RenderedObject, 'object' | 'text'>[]>();

  /** The objects of one document, Lists opened; a text says why there are none. */
  read(text: string): readonly Pick<RenderedObject, 'object' | 'text'>[] | string {
    const known = this.#known.get(text);
    if (known) return known;
    if (isAliasBomb(text)) return 'its aliases expand to millions of nodes';
    let document: unknown;
    try {
      // As the API's clients read it: of keys that are written twice, the last counts.
      document = yaml.load(text, { schema: KUBECTL_SCHEMA, json: true });
    } catch (error) {
      return error instanceof yaml.YAMLException ? `is not YAML: ${error.reason}` : String(error);
    }
    const objects = objectsOf(document, text);
    if (this.#known.size >= 5_000) this.#known.clear();
    this.#known.set(text, objects);
    return objects;
  }
}

function objectsOf(document: unknown, text: string): readonly Pick<RenderedObject, 'object' | 'text'>[] {
  if (isRecord(document) && String(document['kind']).endsWith('List') && Array.isArray(document['items']))
    return document['items']
      .filter(isKubernetesObject)
      .map((object) => ({ object, text: JSON.stringify(object) }));
  return isKubernetesObject(document) ? [{ object: document, text }] : [];
}

/** What Helm says, from the innermost template on: it tells the whole way there, and each template's name several times. */
export function helmMessage(stderr: string, folder: string): string {
  const error = stderr.split(/^Error: /m).at(-1)!;
  const line = spoken(error.replaceAll(`${folder}/`, '').replaceAll(folder, '.'))
    .replace(/\s*Use --debug flag to render out invalid YAML\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const innermost = /^.*(?:template: |execution error at \()([^\s:]+:\d+(?::\d+)?)\)?: (.*)$/.exec(line);
  if (!innermost) return shortened(line);
  const [, place, what] = innermost;
  return shortened(`${place}: ${what!.replace(/^executing "[^"]*" at <.*?>: (?=\S)/, '')}`);
}

/** Paths as the repository has them. */
function spoken(text: string): string {
  return text.replaceAll(`${REPOSITORY}/`, '');
}

function withNames(message: string, values: readonly HelmValues[]): string {
  return message.replace(VALUES, (_written, index: string) => {
    const each = values[Number(index)];
    return each?.kind === 'file' ? each.path : 'its values';
  });
}

import yaml from 'js-yaml';
import { isKubernetesObject, isRecord } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import type { RenderCache } from './cache.ts';
import type { ChartStore } from './chart-store.ts';
import { type ChartClosure, describeChart, type RemoteChart } from './chart.ts';
import { spoken, withNames } from './helm-message.ts';
import { archiveOf, type Content, type HelmCall, keyOf, sandboxOf } from './helm-sandbox.ts';
import { isAliasBomb, KUBECTL_SCHEMA } from './manifests.ts';
import { namespaceProblem, releaseNameProblem } from './names.ts';
import type { RenderJob } from './job.ts';
import { runHere } from './run-here.ts';
import { failureCode, type RenderedObject, type RenderFailure, type Rendering } from './rendering.ts';
import type { Limits, RunResult } from './isolation/tool-run.ts';
import { rendering } from './render-step.ts';
import { RENDER_LIMITS } from './run.ts';
import { type Away, foundOnce, type HelmTool } from './tools.ts';

export interface HelmOptions {
  /** What brings in published charts; null where nothing may be fetched. */
  readonly charts?: ChartStore | null;
  readonly limits?: Limits;
}

const TRIAL_LIMITS: Limits = { ...RENDER_LIMITS, seconds: 15 };

/**
 * Renders charts with `helm template`. Only the closure's files and the values are written to a fresh folder: nothing else of
 * the machine or of the repository exists for the tool, and it has no network, no cluster and no plugins.
 */
export class HelmRenderer {
  readonly #findTool: () => Promise<HelmTool | Away | null>;
  readonly #cache: RenderCache;
  readonly #charts: ChartStore | null;
  readonly #limits: Limits;
  readonly #documents = new DocumentReader();
  /** Renders done by the tool, answers from the cache not counted. */
  builds = 0;

  /** The tool is looked for when the first chart is to be rendered. */
  constructor(
    findTool: () => Promise<HelmTool | Away | null>,
    cache: RenderCache,
    { charts = null, limits = RENDER_LIMITS }: HelmOptions = {},
  ) {
    this.#findTool = foundOnce(findTool);
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

  /** Without the cache, to find output that differs between renders: random passwords, the time. */
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
    const tool = await this.#findTool();
    if (tool === null) return fail('tool-missing', 'helm is not installed (`npm run tools` installs it)');
    if ('away' in tool) return fail('renderer-away', tool.away);
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
      : fail(failureCode(text.stopped), withNames(text.message, call.values));
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
    const job: RenderJob = { tool: 'helm', args, files: contents, links: new Map(), limits };
    const result = await rendering('helm', () => tool.run?.(job) ?? runHere(tool, job));
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

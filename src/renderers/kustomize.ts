import { createHash } from 'node:crypto';
import yaml from 'js-yaml';
import { UNKNOWN_VERSIONS } from '../kubernetes/cluster-versions.ts';
import { isKubernetesObject } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { closureHere } from './closure.ts';
import { KustomizationReader, type Closure } from './kustomization.ts';
import { printedBy, type InflatedFor } from './chart-installs.ts';
import type { ChartStep } from './chart-steps.ts';
import { HelmRenderer } from './helm.ts';
import { contentsOf } from './kustomize-contents.ts';
import { OUTPUT_SCHEMA } from './manifests.ts';
import type { RenderCache } from './cache.ts';
import { failureCode, type RenderedObject, type RenderFailure, type Rendering } from './rendering.ts';
import { rendering } from './render-step.ts';
import type { RenderJob } from './job.ts';
import { runHere } from './run-here.ts';
import { RENDER_LIMITS } from './run.ts';
import { type Away, findHelm, foundOnce, type HelmTool, type KustomizeTool } from './tools.ts';

/**
 * Builds kustomizations. Only the closure's files are written to a fresh folder and built there: a file that the closure
 * forgot fails loudly, and nothing else of the machine or of the repository exists for the tool. Charts are rendered before, by
 * helm itself: Kustomize never runs it.
 */
export class KustomizeRenderer {
  readonly #findTool: () => Promise<KustomizeTool | Away | null>;
  readonly #helm: HelmRenderer;
  readonly #cache: RenderCache;
  readonly #kustomizations = new KustomizationReader();
  /** Builds done by the tool, answers from the cache not counted. */
  builds = 0;

  /** The tools are looked for when the first root that needs them is to be built: plain manifests need none. */
  constructor(
    findTool: () => Promise<KustomizeTool | Away | null>,
    cache: RenderCache,
    helm: () => Promise<HelmTool | Away | null> = () => findHelm(),
  ) {
    this.#findTool = foundOnce(findTool);
    this.#cache = cache;
    this.#helm = new HelmRenderer(helm, cache);
  }

  async render(tree: Tree, known: Closure, cluster: InflatedFor = ANY_CLUSTER): Promise<Rendering> {
    const closure = closureHere(tree, known, this.#kustomizations);
    const tool = await this.#findTool();
    const obstacle = obstacleTo(closure, tool);
    if (obstacle || tool === null || 'away' in tool) return obstacle!;
    const fail = (message: string): RenderFailure => ({
      kind: 'failed',
      root: closure.root,
      code: 'error',
      message,
    });
    await tree.load([...closure.files.keys()]);
    const printed = new Map<ChartStep, readonly string[]>();
    for (const step of closure.charts) {
      const texts = await printedBy(this.#helm, tree, closure.root, step, cluster);
      if ('kind' in texts) return texts;
      printed.set(step, texts);
    }
    const contents = contentsOf(tree, closure, printed, { marksCharts: marksCharts(tool) });
    if (contents.kind === 'refused') return fail(contents.message);
    const args = argumentsFor(closure);
    const key = createHash('sha256')
      .update(JSON.stringify([tool.version, [...tool.args, ...args], contents.key]))
      .digest('hex');
    const { files } = contents;
    const job: RenderJob = { tool: 'kustomize', args, files, links: closure.links, limits: RENDER_LIMITS };
    const text = await this.#cache.get(key, () => {
      this.builds += 1;
      return rendering('kustomize', () => tool.run?.(job) ?? runHere(tool, job));
    });
    return text.ok
      ? {
          kind: 'rendered',
          root: closure.root,
          objects: splitOutput(text.stdout),
          problems: closure.problems,
        }
      : {
          kind: 'failed',
          root: closure.root,
          code: failureCode(text.stopped),
          message: text.message,
        };
  }
}

const ANY_CLUSTER: InflatedFor = { versions: UNKNOWN_VERSIONS, told: UNKNOWN_VERSIONS };

/** Since 5.8, Kustomize knows which objects helm made; for an older one the mark would be an annotation like any other. */
function marksCharts({ version }: KustomizeTool): boolean {
  const [, major, minor] = /(?:^|Kustomize Version: |kustomize\/)v(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 8);
}

/** Why a root is not given to the tool at all. */
function obstacleTo(closure: Closure, tool: KustomizeTool | Away | null): RenderFailure | null {
  const fail = (code: RenderFailure['code'], message: string): RenderFailure => ({
    kind: 'failed',
    root: closure.root,
    code,
    message,
  });
  if (tool === null)
    return fail(
      'tool-missing',
      'neither kustomize nor kubectl is installed (`npm run tools` installs kustomize)',
    );
  if ('away' in tool) return fail('renderer-away', tool.away);
  if (closure.remote.length > 0)
    return fail('remote', `needs ${closure.remote[0]}, which is not in the repository`);
  if (closure.unsupported.length > 0) return fail('unsupported', `${closure.unsupported[0]} is not rendered`);
  const [problem] = closure.problems;
  if (problem)
    return fail(
      'error',
      `${problem.file}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`,
    );
  return null;
}

/** A root may read a sibling folder's files, as Argo CD and Flux let it. Only one that does is allowed to. */
function argumentsFor({ root, crossesFolders }: Closure): readonly string[] {
  const restrictor = crossesFolders ? 'LoadRestrictionsNone' : 'LoadRestrictionsRootOnly';
  return [root, '--load-restrictor', restrictor];
}

/** One document of a tool's output. It is parsed when it is first read: most never are. */
class OutputObject implements RenderedObject {
  readonly text: string;
  readonly origin = null;
  #object: RenderedObject['object'] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get object(): RenderedObject['object'] {
    return (this.#object ??= yaml.load(this.text, { schema: OUTPUT_SCHEMA }) as RenderedObject['object']);
  }
}

const NOTHING = { apiVersion: '', kind: '', metadata: { name: '' } };

/** Splits what `kustomize build` prints. Its documents are separated by lines of `---`; a block scalar's are indented. */
export function splitOutput(text: string): readonly RenderedObject[] {
  return text
    .split(/^---\n/m)
    .filter((document) => document.trim() !== '')
    .map((document) => new OutputObject(document))
    .filter(
      ({ text: document }) =>
        /^kind:/m.test(document) ||
        isKubernetesObject(yaml.load(document, { schema: OUTPUT_SCHEMA }) ?? NOTHING),
    );
}

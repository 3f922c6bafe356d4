import { createHash } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import yaml from 'js-yaml';
import { isKubernetesObject } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import type { Closure } from './kustomization.ts';
import { isAliasBomb, OUTPUT_SCHEMA } from './manifests.ts';
import type { RenderCache } from './cache.ts';
import type { RenderedObject, RenderFailure, Rendering } from './rendering.ts';
import { run } from './run.ts';
import { inSandbox } from './sandbox.ts';
import { findHelm, type HelmTool, type KustomizeTool } from './tools.ts';

/**
 * Builds kustomizations. Only the closure's files are written to a fresh folder and built there: a file that the closure
 * forgot fails loudly, and nothing else of the machine or of the repository exists for the tool.
 */
export class KustomizeRenderer {
  readonly #findTool: () => Promise<KustomizeTool | null>;
  #tool: Promise<KustomizeTool | null> | undefined;
  readonly #findHelm: () => Promise<HelmTool | null>;
  #helm: Promise<HelmTool | null> | undefined;
  readonly #cache: RenderCache;
  /** Builds done by the tool, answers from the cache not counted. */
  builds = 0;

  /** The tools are looked for when the first root that needs them is to be built: plain manifests need none. */
  constructor(
    findTool: () => Promise<KustomizeTool | null>,
    cache: RenderCache,
    helm: () => Promise<HelmTool | null> = () => findHelm(),
  ) {
    this.#findTool = findTool;
    this.#cache = cache;
    this.#findHelm = helm;
  }

  async render(tree: Tree, closure: Closure): Promise<Rendering> {
    const kustomize = await (this.#tool ??= this.#findTool());
    const helm = closure.usesHelm ? await (this.#helm ??= this.#findHelm()) : null;
    const obstacle = obstacleTo(closure, kustomize, helm);
    if (obstacle || kustomize === null) return obstacle!;
    const tool = helm ? withHelm(kustomize, helm) : kustomize;
    await tree.load([...closure.files.keys()]);
    const text = await this.#cache.get(renderKey(tool, tree, closure), () =>
      this.#build(tool, tree, closure),
    );
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
          code: text.stopped ? 'over-budget' : 'error',
          message: text.message,
        };
  }

  async #build(tool: KustomizeTool, tree: Tree, closure: Closure) {
    const bomb = [...closure.files].find(
      ([path, role]) => role !== 'content' && role !== 'env' && isAliasBomb(String(tree.read(path))),
    );
    if (bomb) return { ok: false, message: `${bomb[0]}: its aliases expand to millions of nodes` } as const;
    this.builds += 1;
    const contents = new Map([...closure.files.keys()].map((path) => [path, tree.read(path)!]));
    return inSandbox(contents, async (sandbox) => {
      await link(sandbox, closure.links);
      return run(tool.command, argumentsFor(tool, closure), sandbox);
    });
  }
}

/** Symlinks as the repository has them, but each straight to where it ends, which is inside. */
async function link(sandbox: string, links: Closure['links']): Promise<void> {
  for (const [path, target] of links) {
    const folder = posix.dirname(path);
    await mkdir(join(sandbox, folder), { recursive: true });
    await symlink(posix.relative(folder, target) || '.', join(sandbox, path));
  }
}

/** Why a root is not given to the tool at all. */
function obstacleTo(
  closure: Closure,
  tool: KustomizeTool | null,
  helm: HelmTool | null,
): RenderFailure | null {
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
  if (closure.remote.length > 0)
    return fail('remote', `needs ${closure.remote[0]}, which is not in the repository`);
  if (closure.unsupported.length > 0) return fail('unsupported', `${closure.unsupported[0]} is not rendered`);
  const [problem] = closure.problems;
  if (problem)
    return fail(
      'error',
      `${problem.file}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`,
    );
  if (closure.usesHelm && helm === null)
    return fail('tool-missing', 'its helmCharts need helm, which is not installed');
  return null;
}

/** Kustomize itself calls helm, for charts that the closure holds: there is nothing to pull. */
function withHelm(tool: KustomizeTool, helm: HelmTool): KustomizeTool {
  return {
    command: tool.command,
    args: [...tool.args, '--enable-helm', '--helm-command', helm.command],
    version: `${tool.version} with helm ${helm.version}`,
  };
}

/** A root may read a sibling folder's files, as Argo CD and Flux let it. Only one that does is allowed to. */
function argumentsFor(tool: KustomizeTool, { root, crossesFolders }: Closure): readonly string[] {
  const restrictor = crossesFolders ? 'LoadRestrictionsNone' : 'LoadRestrictionsRootOnly';
  return [...tool.args, root, '--load-restrictor', restrictor];
}

function renderKey(tool: KustomizeTool, tree: Tree, closure: Closure): string {
  const call = argumentsFor(tool, closure).join(' ');
  const hash = createHash('sha256').update(`${tool.version}\0${call}\0`);
  for (const path of [...closure.files.keys()].sort()) {
    const entry = tree.entry(path);
    hash.update(`${path}\0${entry?.kind === 'file' ? entry.hash : ''}\0`);
  }
  for (const [path, target] of [...closure.links].sort()) hash.update(`${path}\0-> ${target}\0`);
  return hash.digest('hex');
}

/** One document of a tool's output. It is parsed when it is first looked at: most never are. */
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

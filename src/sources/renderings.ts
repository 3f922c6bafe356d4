import { UNKNOWN_VERSIONS } from '../kubernetes/cluster-versions.ts';
import { messageOf } from '../errors/error-message.ts';
import { MAX_FILE_SIZE } from '../tree/folder.ts';
import { applySteps } from '../renderers/apply-steps.ts';
import type { Step } from '../renderers/steps.ts';
import { hasPlainVariables } from '../renderers/gathering/plain-variables.ts';
import { BudgetExceeded, mib } from '../renderers/budget.ts';
import type { InflatedFor } from '../renderers/chart-installs.ts';
import { withoutRemote, type RemoteChart } from '../renderers/chart.ts';
import type { HelmCall } from '../renderers/helm-sandbox.ts';
import { closureHere, closureOf } from '../renderers/closure.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import { gathered, type Gathered } from '../renderers/gathering/gathered.ts';
import { type Manifests } from '../renderers/manifests.ts';
import {
  type FileProblem,
  isPassing,
  type RenderedObject,
  type RenderFailure,
  type Rendering,
} from '../renderers/rendering.ts';
import { withOverlay, type Tree } from '../tree/tree.ts';
import { isOfController } from './declarations/plans.ts';
import type { HelmRoot, KustomizeRoot, Root } from './roots.ts';
import type { Renderers } from '../renderers/renderers.ts';
import type { Shared } from './shared-budget.ts';

/** What the roots of one tree render to, each rendered once and within the budget of the repository. */
export class Renderings {
  readonly tree: Tree;
  readonly #renderers: Renderers;
  readonly #shared: Shared;
  /** Roots beyond those that a repository may have, by id. */
  readonly #beyond: () => ReadonlySet<string>;
  readonly #renderings = new Map<string, Promise<Rendering>>();
  readonly #again = new Map<string, Promise<Rendering>>();
  readonly #gathered = new Map<string, Promise<Gathered | null>>();

  constructor(tree: Tree, renderers: Renderers, shared: Shared, beyond: () => ReadonlySet<string>) {
    this.tree = tree;
    this.#renderers = renderers;
    this.#shared = shared;
    this.#beyond = beyond;
  }

  /** Objects of one manifest file, as kubectl types them. */
  manifests(file: string): Manifests {
    const message = this.#shared.leftOut.get(file);
    if (message !== undefined) return { objects: [], documents: [], problem: { file, line: null, message } };
    return this.#renderers.manifests.read(this.tree, file);
  }

  /** The kustomization in one of the root's folders, with what whoever applies the root writes into it. */
  kustomizationIn(root: KustomizeRoot, folder: string): Readonly<Record<string, unknown>> {
    const tree = this.#around(root);
    const file = kustomizationIn(tree, folder);
    return file === undefined ? {} : this.#renderers.kustomizations.read(tree, file).value;
  }

  /**
   * What can be rendered here of a root that takes bases, charts or a program's output from elsewhere; null where that is nothing, or
   * where something else stands in the way too.
   */
  inPart(root: Root): Root | null {
    const id = `${root.id} (without what is elsewhere)`;
    if (root.kind === 'plain' || root.whole) return null;
    if (root.kind === 'helm') {
      const { closure } = root;
      const isInPart = closure.remote.length > 0 && closure.parts.length > 0;
      return isInPart ? { ...root, id, whole: root, closure: withoutRemote(closure) } : null;
    }
    if (root.closure.remote.length + root.closure.unsupported.length === 0) return null;
    const { kustomizations } = this.#renderers;
    const closure = closureOf(this.#around(root), root.closure.root, kustomizations, 'what is here');
    const isAlone = closure.leftOut.length > 0 && closure.remote.length + closure.unsupported.length === 0;
    return isAlone ? { ...root, id, whole: root, closure } : null;
  }

  render(root: Root): Promise<Rendering> {
    let rendering = this.#renderings.get(root.id);
    if (!rendering) {
      rendering = this.#withinBudget(root, () => this.#render(root));
      this.#renderings.set(root.id, rendering);
      // The next scan has a budget of its own, and a renderer comes back.
      void rendering.then((result) => {
        if (result.kind === 'failed' && isPassing(result.code)) this.#renderings.delete(root.id);
      });
    }
    return rendering;
  }

  /** The Argo CD and Flux objects that a root renders, where its files tell without a build; null where only {@link render} can tell. */
  gathered(root: Root): Promise<Gathered | null> {
    const known = this.#gathered.get(root.id) ?? this.#gather(root);
    this.#gathered.set(root.id, known);
    return known;
  }

  async #gather(root: Root): Promise<Gathered | null> {
    if (root.kind !== 'kustomize' || root.whole || this.#beyond().has(root.id)) return null;
    const steps = root.declared?.plan.steps ?? [];
    if (steps.some(({ kind }) => kind !== 'substitute') || (await this.#unreadableIn(root))) return null;
    const tree = this.#around(root);
    const { kustomizations, manifests } = this.#renderers;
    const closure = closureHere(tree, root.closure, kustomizations);
    const found = gathered(tree, closure, { kustomizations, manifests }, isOfController);
    return found && steps.length > 0 ? this.#filledIn(found, root, steps) : found;
  }

  /** What is gathered with the variables of Flux; null where their place in the printed text decides what they become. */
  async #filledIn(
    { objects, find }: Gathered,
    { id }: Root,
    steps: readonly Step[],
  ): Promise<Gathered | null> {
    if (!objects.every(({ object }) => hasPlainVariables(object))) return null;
    const rendering = { kind: 'rendered', root: id, objects, problems: [] } as const;
    const filled = await applySteps(steps, rendering, { tree: this.tree, ...this.#renderers });
    if (filled.kind === 'failed') return null;
    const isOpen = (object: ReturnType<typeof find>): boolean => JSON.stringify(object).includes('$');
    return {
      objects: filled.objects,
      find: (...names) => {
        const object = find(...names);
        return isOpen(object) ? 'unclear' : object;
      },
    };
  }

  /** A root that cannot be read, or would cost too much, fails by name: that says nothing about what it would render. */
  async #withinBudget(root: Root, render: () => Promise<Rendering>): Promise<Rendering> {
    const { budget } = this.#shared;
    const fail = (code: RenderFailure['code'], message: string): RenderFailure => {
      if (isPassing(code)) budget.note(root.id, message);
      return { kind: 'failed', root: root.id, code, message };
    };
    if (this.#beyond().has(root.id))
      return fail('over-budget', budget.exceeds('roots', 'is one of too many roots').message);
    try {
      const obstacle = await this.#unreadableIn(root);
      if (obstacle) return fail(...obstacle);
      const rendering = await render();
      if (rendering.kind === 'failed')
        return isPassing(rendering.code) ? fail(rendering.code, rendering.message) : rendering;
      const { objectsPerRoot } = budget.limits;
      const count = rendering.objects.length;
      return count > objectsPerRoot
        ? fail('over-budget', budget.exceeds('objectsPerRoot', `renders ${count} objects`).message)
        : rendering;
    } catch (error) {
      return error instanceof BudgetExceeded
        ? fail('over-budget', error.message)
        : fail('unreadable', messageOf(error));
    }
  }

  /** A file that its renderer needs, and that nobody can read. Of a folder of manifests the others are rendered. */
  async #unreadableIn(root: Root): Promise<readonly [RenderFailure['code'], string] | null> {
    if (root.kind === 'plain') return null;
    const tree = root.kind === 'kustomize' ? this.#around(root) : this.tree;
    const files = [...root.closure.files.keys()];
    const { budget } = this.#shared;
    let size = 0;
    for (const file of files) {
      const message = this.#shared.leftOut.get(file);
      if (message !== undefined) return ['over-budget', `${file}: ${message}`];
      const entry = tree.entry(file);
      size += entry?.kind === 'file' ? entry.size : 0;
      if (entry?.kind === 'file' && entry.size > MAX_FILE_SIZE)
        return [
          'unreadable',
          `${file}: ${mib(entry.size)}, more than the ${mib(MAX_FILE_SIZE)} that are read`,
        ];
    }
    if (size > budget.limits.inputPerRoot * 2 ** 20)
      return ['over-budget', budget.exceeds('inputPerRoot', `reads ${mib(size)} of files`, 'MiB').message];
    await tree.load(files);
    const missing = files.find((file) => tree.entry(file)?.kind === 'file' && tree.read(file) === undefined);
    return missing === undefined ? null : ['unreadable', `${missing}: cannot be read`];
  }

  /** A chart with its schema out of the way: a marker is seldom what a schema allows. */
  renderUnchecked(root: HelmRoot): Promise<Rendering> {
    return this.#withinBudget(root, () =>
      this.#withSteps(root, this.#renderers.helm.render(this.tree, { ...this.#callOf(root), isTrial: true })),
    );
  }

  /** A published chart, once something was rendered from it. */
  pulledChart(chart: RemoteChart): Buffer | undefined {
    return this.#renderers.helm.pulled(chart);
  }

  /** Renders again, past the cache, to find random output. A third call returns the second result. */
  renderAgain(root: Root): Promise<Rendering> {
    if (root.kind !== 'helm') return this.render(root);
    const again =
      this.#again.get(root.id) ??
      this.#withinBudget(root, () =>
        this.#withSteps(root, this.#renderers.helm.renderAgain(this.tree, this.#callOf(root))),
      );
    this.#again.set(root.id, again);
    return again;
  }

  #render(root: Root): Promise<Rendering> {
    switch (root.kind) {
      case 'plain':
        return this.#withSteps(root, Promise.resolve(this.#renderPlain(root.path, root.files)));
      case 'kustomize':
        return this.#withSteps(
          root,
          this.#renderers.kustomize.render(this.#around(root), root.closure, this.#inflatedFor(root)),
        );
      case 'helm':
        return this.#withSteps(root, this.#renderers.helm.render(this.tree, this.#callOf(root)));
    }
  }

  #around({ overlay }: KustomizeRoot): Tree {
    return overlay ? withOverlay(this.tree, overlay) : this.tree;
  }

  async #withSteps({ declared }: Root, rendering: Promise<Rendering>): Promise<Rendering> {
    const steps = declared?.plan.steps ?? [];
    return steps.length === 0
      ? rendering
      : applySteps(steps, await rendering, { tree: this.tree, ...this.#renderers });
  }

  #callOf({ id, closure, release, values, declared }: HelmRoot): HelmCall {
    const cluster = this.#renderers.cluster ?? UNKNOWN_VERSIONS;
    const said = declared?.plan.content.versions;
    const versions = said
      ? {
          kubernetes: said.kubernetes ?? cluster.kubernetes,
          api: said.api.length > 0 ? said.api : cluster.api,
        }
      : cluster;
    return { id, closure, release, values, cluster: versions };
  }

  #inflatedFor({ declared }: KustomizeRoot): InflatedFor {
    return {
      versions: this.#renderers.cluster ?? UNKNOWN_VERSIONS,
      told: declared?.plan.content.versions ?? UNKNOWN_VERSIONS,
    };
  }

  #renderPlain(path: string, files: readonly string[]): Rendering {
    const objects: RenderedObject[] = [];
    const problems: FileProblem[] = [];
    for (const file of files) {
      const manifests = this.manifests(file);
      if (manifests.problem) problems.push(manifests.problem);
      for (const { object, origin } of manifests.objects)
        objects.push({ object, origin, text: JSON.stringify(object) });
    }
    return { kind: 'rendered', root: path, objects, problems };
  }
}

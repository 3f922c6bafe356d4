import type { Remote } from '../git/repository.ts';
import { applySteps } from '../renderers/apply-steps.ts';
import { chartClosureOf, type RemoteChart } from '../renderers/chart.ts';
import type { HelmCall, HelmRenderer } from '../renderers/helm.ts';
import { closureOf } from '../renderers/closure.ts';
import { KustomizationReader } from '../renderers/kustomization.ts';
import type { KustomizeRenderer } from '../renderers/kustomize.ts';
import { isManifestPath, ManifestReader, type Manifests } from '../renderers/manifests.ts';
import type { FileProblem, RenderedObject, Rendering } from '../renderers/rendering.ts';
import { withOverlay, type Overlay, type Tree } from '../tree/tree.ts';
import { declarationOf, declarationsIn, redeclared, type Declaration } from './declared.ts';
import { isPublishedChart, type Plan } from './declarations/plan.ts';
import { isOrigin } from './declarations/same-repository.ts';
import {
  filesOf,
  isChart,
  mappedRoot,
  mayRead,
  Roots,
  standsFor,
  type HelmRoot,
  type KustomizeRoot,
  type MappedRelease,
  type Root,
} from './roots.ts';

/** What renders roots, shared between revisions: readers keep each content once, the renderer keeps each build. */
export interface Renderers {
  readonly kustomize: KustomizeRenderer;
  readonly helm: HelmRenderer;
  readonly kustomizations: KustomizationReader;
  readonly manifests: ManifestReader;
}

/** One tree with its roots and what they render to. */
export class Revision {
  readonly tree: Tree;
  /** `acme/infra`: the repository that the tree is from; null where that is not known. */
  readonly origin: string | null;
  readonly #renderers: Renderers;
  readonly #releases: readonly MappedRelease[];
  readonly #renderings = new Map<string, Promise<Rendering>>();
  #roots: Roots | undefined;
  #declarations: Promise<readonly Declaration[]> | undefined;

  private constructor(
    tree: Tree,
    renderers: Renderers,
    origin: string | null,
    releases: readonly MappedRelease[],
  ) {
    this.tree = tree;
    this.origin = origin;
    this.#releases = releases;
    this.#renderers = renderers;
  }

  /** Loads all manifests of the tree; other files are loaded when a root needs them. `releases` are what the configuration maps. */
  static async of(
    tree: Tree,
    renderers: Renderers,
    remote: Remote | null = null,
    releases: readonly MappedRelease[] = [],
  ): Promise<Revision> {
    await tree.load(tree.paths().filter((path) => isManifestPath(path) || path.endsWith('Kustomization')));
    return new Revision(tree, renderers, remote?.slug ?? null, releases);
  }

  /** The same tree with some files replaced. */
  with(overlay: Overlay): Revision {
    return new Revision(withOverlay(this.tree, overlay), this.#renderers, this.origin, this.#releases);
  }

  get roots(): Roots {
    return (this.#roots ??= new Roots(this.tree, this.#renderers.kustomizations));
  }

  /** Objects of one manifest file, as kubectl types them. */
  manifests(file: string): Manifests {
    return this.#renderers.manifests.read(this.tree, file);
  }

  kustomization(file: string): Readonly<Record<string, unknown>> {
    return this.#renderers.kustomizations.read(this.tree, file).value;
  }

  /** What Argo CD and Flux objects of the repository apply. */
  declarations(): Promise<readonly Declaration[]> {
    return (this.#declarations ??= declarationsIn(this, this.#renderers.kustomizations));
  }

  /** The root that a plan means here, one that no manifest of the repository writes down. */
  declare(plan: Plan): Declaration {
    const by = { parent: null, object: plan.ref, inputs: [], inputFiles: [] };
    return declarationOf(plan, by, this.tree, this.#renderers.kustomizations);
  }

  /**
   * Everything that is applied as a unit: the scan's roots and those that objects declare. A folder that is declared with
   * changes of its own stands there in that form only.
   */
  async allRoots(): Promise<readonly Root[]> {
    const declared = await this.declaredRoots();
    return [
      ...this.roots.all.filter((root) => !declared.some((other) => standsFor(other, root))),
      ...declared,
    ];
  }

  /** Every root that reads the file, or may read it because it is not understood. */
  async readersOf(file: string): Promise<readonly Root[]> {
    const declared = await this.declaredRoots();
    return [
      ...this.roots.readersOf(file).filter((root) => !declared.some((other) => standsFor(other, root))),
      ...declared.filter((root) => mayRead(root, file) || [...filesOf(root)].includes(file)),
    ];
  }

  /**
   * Roots that exist because an object declares them. What follows a tag does not change with the branch, and a folder of another
   * repository is not the one that has its name here. With them, the releases that the configuration maps.
   */
  async declaredRoots(): Promise<readonly Root[]> {
    // The version of a published chart pins the chart, and not the values that the declaring object gives it.
    const declared = (await this.ownDeclarations()).flatMap(({ plan, roots }) =>
      isPublishedChart(plan) || plan.from.revision.pin === undefined
        ? roots.filter((root) => root.declared)
        : [],
    );
    return [...declared, ...this.mappedReleases()];
  }

  /** What is applied from this repository, in whatever revision of it, as far as that is known. */
  async ownDeclarations(): Promise<readonly (Declaration & { readonly plan: Plan })[]> {
    const planned = (await this.declarations()).flatMap(({ plan, ...rest }) =>
      'from' in plan ? [{ plan, ...rest }] : [],
    );
    const origins = planned.flatMap(({ plan }) => plan.from.repository ?? []);
    return planned.filter(
      ({ plan }) =>
        isPublishedChart(plan) ||
        plan.from.repository === null ||
        isOrigin(plan.from.repository, this.origin, origins) !== false,
    );
  }

  mappedReleases(): readonly HelmRoot[] {
    return this.#releases
      .filter(({ path }) => isChart(this.tree, path))
      .map((release) => mappedRoot(chartClosureOf(this.tree, release.path), release));
  }

  /** The root as it is in this revision, where it may read other files than in another; null where it is no more. */
  async here(root: Root): Promise<Root | null> {
    const { path, declared } = root;
    if (declared) return redeclared(this, { path, declared }, this.#renderers.kustomizations);
    if (root.kind === 'plain')
      return { ...root, files: root.files.filter((file) => this.tree.entry(file) !== undefined) };
    if (root.kind === 'helm')
      return isChart(this.tree, root.path)
        ? { ...root, closure: chartClosureOf(this.tree, root.path) }
        : null;
    return { ...root, closure: closureOf(this.tree, root.path, this.#renderers.kustomizations) };
  }

  render(root: Root): Promise<Rendering> {
    let rendering = this.#renderings.get(root.id);
    if (!rendering) {
      rendering = this.#render(root);
      this.#renderings.set(root.id, rendering);
    }
    return rendering;
  }

  /** A chart with its schema out of the way: a marker is seldom what a schema allows. */
  renderUnchecked(root: HelmRoot): Promise<Rendering> {
    return this.#withSteps(root, this.#renderers.helm.render(this.tree, { ...callOf(root), isTrial: true }));
  }

  /** A published chart, once something was rendered from it. */
  pulledChart(chart: RemoteChart): Buffer | undefined {
    return this.#renderers.helm.pulled(chart);
  }

  /** Once more and not from the cache, to see what differs by itself. */
  renderAgain(root: Root): Promise<Rendering> {
    return root.kind === 'helm'
      ? this.#withSteps(root, this.#renderers.helm.renderAgain(this.tree, callOf(root)))
      : this.render(root);
  }

  #render(root: Root): Promise<Rendering> {
    switch (root.kind) {
      case 'plain':
        return this.#withSteps(root, Promise.resolve(this.#renderPlain(root.path, root.files)));
      case 'kustomize':
        return this.#withSteps(root, this.#renderers.kustomize.render(this.#around(root), root.closure));
      case 'helm':
        return this.#withSteps(root, this.#renderers.helm.render(this.tree, callOf(root)));
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

function callOf({ id, closure, release, values }: HelmRoot): HelmCall {
  return { id, closure, release, values };
}

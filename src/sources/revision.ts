import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import { kindTypes, type KindTypes } from '../kubernetes/types/kind-types.ts';
import type { Remote } from '../model/remote.ts';
import { Budget } from '../renderers/budget.ts';
import { chartClosureOf } from '../renderers/chart-closure.ts';
import type { RemoteChart } from '../renderers/chart.ts';
import { closureOf } from '../renderers/closure.ts';
import type { Gathered } from '../renderers/gathering/gathered.ts';
import { isManifestPath, type Manifests } from '../renderers/manifests.ts';
import type { Renderers } from '../renderers/renderers.ts';
import type { FileProblem, Rendering } from '../renderers/rendering.ts';
import { type Overlay, overlayKey, type Tree, withOverlay } from '../tree/tree.ts';
import { type Declaration, declarationOf } from './declaration.ts';
import { isPublishedChart, type Plan, type Unplanned } from './declarations/plan.ts';
import { declarationsIn, plannedFrom, plansHere, redeclared, solvedApplications } from './declared.ts';
import type { DeclaringRevision } from './declaring-revision.ts';
import { definitionsOf } from './definitions.ts';
import { helmfileDeclarations, isOfHelmfile, releaseHere } from './helmfiles.ts';
import { Renderings } from './renderings.ts';
import {
  filesOf,
  type HelmRoot,
  isChart,
  type KustomizeRoot,
  type MappedRelease,
  mayRead,
  type Root,
} from './roots.ts';
import { standsFor } from './same-root.ts';
import { releasesHere, Roots } from './scanned-roots.ts';
import { beyondBudget, type Shared, overBudget } from './shared-budget.ts';

/** Edited revisions that are kept with what they render to. */
const EDITED_KEPT = 12;

/** One tree with its roots and what they render to. */
export class Revision implements DeclaringRevision {
  readonly tree: Tree;
  /** `acme/infra`: the repository that the tree is from; null where that is not known. */
  readonly origin: string | null;
  readonly #renderers: Renderers;
  readonly #releases: readonly MappedRelease[];
  readonly #edited = new Map<string, Revision>();
  readonly #inClusters = new Map<string, Revision>();
  readonly #shared: Shared;
  readonly #rendered: Renderings;
  #roots: Roots | undefined;
  #declarations: Promise<readonly Declaration[]> | undefined;
  readonly #solved = new Map<string, Promise<readonly Declaration[]>>();

  private constructor(
    tree: Tree,
    renderers: Renderers,
    origin: string | null,
    releases: readonly MappedRelease[],
    shared: Shared,
  ) {
    this.tree = tree;
    this.#shared = shared;
    this.origin = origin;
    this.#releases = releases;
    this.#renderers = renderers;
    this.#rendered = new Renderings(tree, renderers, shared, () => this.#beyond());
  }

  /** Loads all manifests of the tree; other files are loaded when a root needs them. `releases` are what the configuration maps. */
  static async of(
    tree: Tree,
    renderers: Renderers,
    remote: Remote | null = null,
    releases: readonly MappedRelease[] = [],
  ): Promise<Revision> {
    const budget = renderers.budget ?? new Budget();
    const manifests = tree
      .paths()
      .filter((path) => isManifestPath(path) || /(Kustomization|\.gotmpl)$/.test(path));
    const leftOut = beyondBudget(tree, manifests, budget);
    await tree.load(manifests.filter((path) => !leftOut.has(path)));
    return new Revision(tree, renderers, remote?.slug ?? null, releases, {
      budget,
      leftOut,
      beyond: null,
      types: null,
    });
  }

  /** The same tree with some files replaced. The last ones are kept: workloads behind one line ask for one edit again and again. */
  with(overlay: Overlay): Revision {
    const key = overlayKey(overlay);
    const edited =
      this.#edited.get(key) ??
      new Revision(
        withOverlay(this.tree, overlay),
        this.#renderers,
        this.origin,
        this.#releases,
        this.#shared,
      );
    this.#edited.delete(key);
    this.#edited.set(key, edited);
    if (this.#edited.size > EDITED_KEPT) this.#edited.delete(this.#edited.keys().next().value!);
    return edited;
  }

  /** The same tree, rendered for a cluster. */
  inCluster(cluster: ClusterVersions): Revision {
    const key = JSON.stringify(cluster);
    const known = this.#inClusters.get(key) ?? this.#renderedFor(cluster);
    this.#inClusters.set(key, known);
    return known;
  }

  #renderedFor(cluster: ClusterVersions): Revision {
    const renderers = { ...this.#renderers, cluster };
    const revision = new Revision(this.tree, renderers, this.origin, this.#releases, this.#shared);
    revision.#roots = this.roots;
    return revision;
  }

  get roots(): Roots {
    return (this.#roots ??= new Roots(
      this.tree,
      this.#renderers.kustomizations,
      this.#shared.budget.limits.folders,
    ));
  }

  /** The roots and files that are not rendered because this repository exceeds its budget. */
  overBudget(): readonly FileProblem[] {
    return overBudget(this.#shared, this.roots.leftOut, this.#beyond());
  }

  /**
   * The first roots by path are within the budget; what an object declares is limited where it is read. Nothing is looked for here:
   * of an old commit one root is rendered, and an edit adds none.
   */
  #beyond(): ReadonlySet<string> {
    if (this.#shared.beyond) return this.#shared.beyond;
    if (!this.#roots) return new Set();
    const { limits } = this.#shared.budget;
    return (this.#shared.beyond = new Set(this.#roots.all.slice(limits.roots).map(({ id }) => id)));
  }

  /** Objects of one manifest file, as kubectl types them. */
  manifests(file: string): Manifests {
    return this.#rendered.manifests(file);
  }

  kustomization(file: string): Readonly<Record<string, unknown>> {
    return this.#renderers.kustomizations.read(this.tree, file).value;
  }

  /** The types of Kubernetes' own kinds, and of those that the repository's CustomResourceDefinitions define. */
  kindTypes(): KindTypes {
    return (this.#shared.types ??= kindTypes((kind) => definitionsOf(this, kind)));
  }

  /** The kustomization in one of the root's folders, with what whoever applies the root writes into it. */
  kustomizationIn(root: KustomizeRoot, folder: string): Readonly<Record<string, unknown>> {
    return this.#rendered.kustomizationIn(root, folder);
  }

  /** What Argo CD and Flux objects of the repository apply, and what its helmfiles install. */
  declarations(): Promise<readonly Declaration[]> {
    const { kustomizations } = this.#renderers;
    return (this.#declarations ??= declarationsIn(this, kustomizations).then((declared) => [
      ...declared,
      ...helmfileDeclarations(this.tree, kustomizations),
    ]));
  }

  /** The root that a plan means here, one that no manifest of the repository writes down. */
  declare(plan: Plan): Declaration {
    const by = { parent: null, object: plan.ref, inputs: [], inputFiles: [] };
    return declarationOf(plan, by, this.tree, this.#renderers.kustomizations);
  }

  /**
   * What Argo CD Applications of this name apply that ApplicationSets of the repository may make, for clusters which only Argo CD
   * knows.
   */
  solvedApplications(name: string): Promise<readonly Declaration[]> {
    const solved =
      this.#solved.get(name) ??
      this.declarations().then((declared) =>
        solvedApplications(this, declared, name, this.#renderers.kustomizations),
      );
    this.#solved.set(name, solved);
    return solved;
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
    return plannedFrom(await this.declarations(), this.origin);
  }

  mappedReleases(): readonly HelmRoot[] {
    return releasesHere(this.tree, this.#releases);
  }

  /** The root as it is in this revision, where it may read other files than in another; null where it is no more. */
  async here(root: Root): Promise<Root | null> {
    const { path, declared, whole } = root;
    if (whole) {
      const here = await this.here(whole);
      return here && (this.inPart(here) ?? here);
    }
    if (declared && isOfHelmfile(root)) {
      const releases = releaseHere(this.tree, declared, this.#renderers.kustomizations);
      return releases.flatMap(({ roots }) => roots).find((one) => one.path === path) ?? null;
    }
    if (declared) return redeclared(this, { path, declared }, this.#renderers.kustomizations);
    if (root.kind === 'plain')
      return { ...root, files: root.files.filter((file) => this.tree.entry(file) !== undefined) };
    if (root.kind === 'helm')
      return isChart(this.tree, root.path)
        ? { ...root, closure: chartClosureOf(this.tree, root.path) }
        : null;
    return { ...root, closure: closureOf(this.tree, root.path, this.#renderers.kustomizations) };
  }

  /** What an Argo CD or Flux object of another revision says in this one: of an Application with several sources, each. */
  plansHere(declaration: Declaration): Promise<readonly (Plan | Unplanned)[]> {
    return plansHere(this, declaration, this.#renderers.kustomizations);
  }

  /**
   * What can be rendered here of a root that takes bases, charts or a program's output from elsewhere; null where that is nothing, or
   * where something else stands in the way too.
   */
  inPart(root: Root): Root | null {
    return this.#rendered.inPart(root);
  }

  render(root: Root): Promise<Rendering> {
    return this.#rendered.render(root);
  }

  /** The Argo CD and Flux objects that a root renders, where its files tell without a build; null where only {@link render} can tell. */
  gathered(root: Root): Promise<Gathered | null> {
    return this.#rendered.gathered(root);
  }

  /** A chart with its schema out of the way: a marker is seldom what a schema allows. */
  renderUnchecked(root: HelmRoot): Promise<Rendering> {
    return this.#rendered.renderUnchecked(root);
  }

  /** A published chart, once something was rendered from it. */
  pulledChart(chart: RemoteChart): Buffer | undefined {
    return this.#rendered.pulledChart(chart);
  }

  /** Renders again, past the cache, to find random output. A third call returns the second result. */
  renderAgain(root: Root): Promise<Rendering> {
    return this.#rendered.renderAgain(root);
  }
}

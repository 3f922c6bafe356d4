import { UNKNOWN_VERSIONS, type ClusterVersions } from '../kubernetes/cluster-versions.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { kindTypes, type KindTypes } from '../kubernetes/types/kind-types.ts';
import type { Remote } from '../model/remote.ts';
import { messageOf } from '../errors/error-message.ts';
import { MAX_FILE_SIZE } from '../tree/folder.ts';
import { applySteps } from '../renderers/apply-steps.ts';
import type { Step } from '../renderers/steps.ts';
import { hasPlainVariables } from '../renderers/gathering/plain-variables.ts';
import { Budget, BudgetExceeded, mib } from '../renderers/budget.ts';
import type { InflatedFor } from '../renderers/chart-installs.ts';
import { chartClosureOf } from '../renderers/chart-closure.ts';
import { withoutRemote, type RemoteChart } from '../renderers/chart.ts';
import type { HelmCall } from '../renderers/helm-sandbox.ts';
import { closureHere, closureOf } from '../renderers/closure.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import { gathered, type Gathered } from '../renderers/gathering/gathered.ts';
import { isManifestPath, type Manifests } from '../renderers/manifests.ts';
import type { FileProblem, RenderedObject, RenderFailure, Rendering } from '../renderers/rendering.ts';
import { overlayKey, withOverlay, type Overlay, type Tree } from '../tree/tree.ts';
import {
  declarationOf,
  declarationsIn,
  plansHere,
  redeclared,
  solvedDeclarations,
  type Declaration,
} from './declared.ts';
import { isOfController } from './declarations/plans.ts';
import { isForAnyCluster, isPublishedChart, type Plan, type Unplanned } from './declarations/plan.ts';
import { helmfileDeclarations, isOfHelmfile, releaseHere } from './helmfiles.ts';
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
import type { Renderers } from '../renderers/renderers.ts';

/** What a revision shares with those that are edited from it. */
interface Shared {
  readonly budget: Budget;
  /** Manifests that were not read, with what there are too many of. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** Roots beyond those that a repository may have, by id. */
  beyond: ReadonlySet<string> | null;
  /** No edit changes what a kind is. */
  types: KindTypes | null;
}

/** Edited revisions that are kept with what they render to. */
const EDITED_KEPT = 12;

/** One tree with its roots and what they render to. */
export class Revision {
  readonly tree: Tree;
  /** `acme/infra`: the repository that the tree is from; null where that is not known. */
  readonly origin: string | null;
  readonly #renderers: Renderers;
  readonly #releases: readonly MappedRelease[];
  readonly #renderings = new Map<string, Promise<Rendering>>();
  readonly #again = new Map<string, Promise<Rendering>>();
  readonly #gathered = new Map<string, Promise<Gathered | null>>();
  readonly #edited = new Map<string, Revision>();
  readonly #inClusters = new Map<string, Revision>();
  readonly #shared: Shared;
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

  /** What is left out, and is not rendered, because this repository has more than the budget allows. */
  overBudget(): readonly FileProblem[] {
    const { budget, leftOut } = this.#shared;
    const { leftOut: unfollowed } = this.roots;
    const beyond = this.#beyond();
    const problem = (file: string, message: string): FileProblem => ({ file, line: null, message });
    const found = [...leftOut].map(([file, message]) => problem(file, message));
    for (const folder of unfollowed)
      found.push(problem(folder, budget.exceeds('folders', 'is one of too many kustomizations').message));
    for (const root of beyond)
      found.push(problem(root, budget.exceeds('roots', 'is one of too many roots').message));
    return summarised(found);
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
    const message = this.#shared.leftOut.get(file);
    if (message !== undefined) return { objects: [], documents: [], problem: { file, line: null, message } };
    return this.#renderers.manifests.read(this.tree, file);
  }

  kustomization(file: string): Readonly<Record<string, unknown>> {
    return this.#renderers.kustomizations.read(this.tree, file).value;
  }

  /** The types of Kubernetes' own kinds, and of those that the repository's CustomResourceDefinitions define. */
  kindTypes(): KindTypes {
    return (this.#shared.types ??= kindTypes((kind) => this.#definitionsOf(kind)));
  }

  /** Definitions are large: only files that speak of the kind are parsed. */
  *#definitionsOf(kind: string): Iterable<KubernetesObject> {
    for (const file of this.tree.paths()) {
      const content = isManifestPath(file) ? this.tree.read(file) : undefined;
      if (!content?.includes('CustomResourceDefinition') || !content.includes(kind)) continue;
      for (const { object } of this.manifests(file).objects) yield object;
    }
  }

  /** The kustomization in one of the root's folders, with what whoever applies the root writes into it. */
  kustomizationIn(root: KustomizeRoot, folder: string): Readonly<Record<string, unknown>> {
    const tree = this.#around(root);
    const file = kustomizationIn(tree, folder);
    return file === undefined ? {} : this.#renderers.kustomizations.read(tree, file).value;
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
    const solved = this.#solved.get(name) ?? this.#solve(name);
    this.#solved.set(name, solved);
    return solved;
  }

  async #solve(name: string): Promise<readonly Declaration[]> {
    const sets = new Map(
      (await this.declarations())
        .filter(({ plan, object }) =>
          'option' in plan ? plan.ref.kind === 'ApplicationSet' : object && isForAnyCluster(plan),
        )
        .map((one) => [JSON.stringify([one.parent?.id, one.object?.metadata.name ?? one.plan.by]), one]),
    );
    const found = await Promise.all(
      [...sets.values()].map((set) => solvedDeclarations(this, set, name, this.#renderers.kustomizations)),
    );
    return found.flat();
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
    const here = this.#releases.filter(({ path }) => isChart(this.tree, path));
    const distinct = [...new Map(here.map((one) => [JSON.stringify(one), one])).values()];
    const nameOf = ({ path, release }: MappedRelease): string => JSON.stringify([path, release]);
    const named = Map.groupBy(distinct, nameOf);
    return distinct.map((release) =>
      mappedRoot(chartClosureOf(this.tree, release.path), release, named.get(nameOf(release))!.length > 1),
    );
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
      // The next scan has a budget of its own.
      void rendering.then((result) => {
        if (result.kind === 'failed' && result.code === 'over-budget') this.#renderings.delete(root.id);
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
      if (code === 'over-budget') budget.note(root.id, message);
      return { kind: 'failed', root: root.id, code, message };
    };
    if (this.#beyond().has(root.id))
      return fail('over-budget', budget.exceeds('roots', 'is one of too many roots').message);
    try {
      const obstacle = await this.#unreadableIn(root);
      if (obstacle) return fail(...obstacle);
      const rendering = await render();
      if (rendering.kind === 'failed')
        return rendering.code === 'over-budget' ? fail('over-budget', rendering.message) : rendering;
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

  /** A second time, and not from the cache, to see what differs by itself. A third time is as the second. */
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

/** Manifests that are not read: beyond as many as may be, and then the largest, so that most of a repository is. */
function beyondBudget(tree: Tree, manifests: readonly string[], budget: Budget): ReadonlyMap<string, string> {
  const leftOut = new Map<string, string>();
  for (const path of manifests.slice(budget.limits.files))
    leftOut.set(path, budget.exceeds('files', 'is one of too many manifests').message);
  const sizeOf = (path: string): number => {
    const entry = tree.entry(path);
    return entry?.kind === 'file' && entry.size <= MAX_FILE_SIZE ? entry.size : 0;
  };
  const read = manifests.slice(0, budget.limits.files).map((path) => ({ path, size: sizeOf(path) }));
  const total = read.reduce((sum, { size }) => sum + size, 0);
  let over = total - budget.limits.input * 2 ** 20;
  if (over <= 0) return leftOut;
  const message = budget.exceeds('input', `is left out of ${mib(total)} of manifests`, 'MiB').message;
  for (const { path, size } of read.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))) {
    if (over <= 0) break;
    leftOut.set(path, message);
    over -= size;
  }
  return leftOut;
}

/** Problems listed one by one, as long as they are few. */
const MOST_LISTED = 20;

/** Thousands of files with one fault are told as some of them and how many more there are. */
function summarised(problems: readonly FileProblem[]): readonly FileProblem[] {
  return [...Map.groupBy(problems, ({ message }) => message).values()].flatMap((alike) => {
    const [first, ...rest] = alike.slice(0, MOST_LISTED);
    const more = alike.length - MOST_LISTED;
    if (first === undefined || more <= 0) return alike;
    return [{ ...first, message: `${first.message}; so are ${alike.length - 1} others` }, ...rest];
  });
}

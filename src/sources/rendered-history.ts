import type { CommitWithParents, Repository } from '../git/repository.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { fieldOf } from '../kubernetes/field.ts';
import { parseFieldPath } from '../kubernetes/field-path.ts';
import { refOf, type KubernetesObject, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import { isKustomizationPath } from '../renderers/kustomization.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Commit } from '../model/commit.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import { findObject, type Match } from './find.ts';
import { matchesWanted } from './wanted.ts';
import { Revision } from './revision.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { filesOf, kustomizeRoot, type HelmRoot, type Root } from './roots.ts';

/** Commits that are rendered for one question, commits listed at a time, and values reported. */
const MOST_RENDERED = 60;
const MOST_LISTED = 200;
const MOST_VERSIONS = 8;

/** What is read from a rendered object, and when two such values count as the same. */
export interface Reading<Value> {
  /** @param beside everything that the same root renders */
  of(object: KubernetesObject, beside: readonly RenderedObject[]): Value | undefined;
  isAlike(a: Value, b: Value): boolean;
}

/** One field, as a single value. */
export function fieldReading(object: KubernetesObject, field: string): Reading<Scalar> {
  const path = parseFieldPath(fieldOf(object, field)?.text ?? field);
  return {
    of(one) {
      const value = fieldOf(one, field)?.value;
      return typeof value === 'object' && value !== null ? undefined : (value as Scalar | undefined);
    },
    isAlike: (a, b) => a === b || sameValue(path, a, b) || String(a) === String(b),
  };
}

/** What was read at a commit. `unknown`: the roots did not build, or several render the object. */
type State<Value> =
  | {
      readonly kind: 'value';
      readonly value: Value | undefined;
      readonly match: Match | null;
      readonly revision: Revision;
    }
  | { readonly kind: 'unknown' };

/** A value with the commit that set it; undefined where the object did not have it. */
export interface Version<Value> {
  readonly value: Value | undefined;
  readonly commit: Commit;
}

/**
 * Who gave a value of an object what it is, in the rendered sense: a commit is named when the object renders with the value at it and with
 * another at each of its own parents. So whoever moved or formatted the file, reordered it or wrote a comment is not named, a
 * merge is not where one of its sides brought the value, and nobody is where a shallow clone or the budget ends first.
 */
export class RenderedHistory<Value> {
  readonly #repository: Repository;
  readonly #renderers: Renderers;
  readonly #object: ObjectRef;
  readonly #reading: Reading<Value>;
  readonly #root: Root;
  readonly #mostRendered: number;
  readonly #states = new Map<string, Promise<State<Value>>>();

  constructor(
    repository: Repository,
    renderers: Renderers,
    { root, rendered }: Match,
    reading: Reading<Value>,
    mostRendered = MOST_RENDERED,
  ) {
    this.#repository = repository;
    this.#renderers = renderers;
    this.#object = refOf(rendered.object);
    this.#reading = reading;
    this.#root = root;
    this.#mostRendered = mostRendered;
  }

  /** The values, newest first, each with the commit that set it; it ends where that is not known. */
  async versions(from: string, most = MOST_VERSIONS): Promise<readonly Version<Value>[]> {
    const versions: Version<Value>[] = [];
    let here: string | null = from;
    while (here !== null && versions.length < most) {
      const found: Setter<Value> | null = await this.#setterAt(here);
      if (!found) break;
      versions.push({ value: found.value, commit: found.commit });
      here = found.before;
    }
    return versions;
  }

  /** The commit that set the value that the field has at `start`; null where it is not known. */
  async #setterAt(start: string): Promise<Setter<Value> | null> {
    let here = start;
    for (;;) {
      const state = await this.#at(here);
      if (state === null) return null;
      const setter = await this.#oldestAlike(here, state);
      if (!setter) return null;
      const [own] = await this.#repository.lineage({ from: setter.sha, limit: 1 });
      if (!own?.parents) return null;
      // What is not built says nothing: whether it had the value is not known, unless nothing came before.
      const alike = await this.#parentAlike(own.parents, state);
      if (alike === 'unknown') return null;
      if (alike !== null) {
        here = alike;
        continue;
      }
      const value = state.kind === 'value' ? state.value : undefined;
      return { value, commit: setter, before: own.parents[0] ?? null };
    }
  }

  /** Follows the commits that touched the files of the object as long as the value stays. */
  async #oldestAlike(start: string, state: State<Value>): Promise<Commit | null> {
    const paths = state.kind === 'value' && state.match ? filesAbout(state.revision, state.match) : undefined;
    const listed = await this.#repository.lineage({
      from: start,
      limit: MOST_LISTED,
      ...(paths ? { paths } : {}),
    });
    const byName = new Map(listed.map((one) => [one.commit.sha, one]));
    const [tip] = listed;
    if (!tip) return null;
    let here: CommitWithParents = tip;
    for (;;) {
      const { parents } = here;
      if (parents === null) return null;
      let next: CommitWithParents | undefined;
      for (const parent of parents) {
        const listedParent = byName.get(parent);
        if (!listedParent) return listed.length < MOST_LISTED ? here.commit : null;
        const then = await this.#at(parent);
        if (then === null) return null;
        if (this.#isAlike(state, then)) {
          next = listedParent;
          break;
        }
      }
      if (!next) return here.commit;
      here = next;
    }
  }

  async #parentAlike(parents: readonly string[], state: State<Value>): Promise<string | 'unknown' | null> {
    for (const parent of parents) {
      const then = await this.#at(parent);
      if (then === null) return 'unknown';
      if (this.#isAlike(state, then)) return parent;
      if (then.kind === 'unknown' && (await this.#isAlikeBeyond(parent, state))) return 'unknown';
    }
    return null;
  }

  /** True when the value stood before commits that did not build: then somebody before them may have set it. */
  async #isAlikeBeyond(start: string, state: State<Value>): Promise<boolean> {
    const listed = await this.#repository.lineage({ from: start, limit: 4 });
    for (const { commit, parents } of listed.slice(1)) {
      if (parents === null) return true;
      const then = await this.#at(commit.sha);
      if (then === null) return true;
      if (then.kind === 'value') return this.#isAlike(state, then);
    }
    return false;
  }

  #isAlike(a: State<Value>, b: State<Value>): boolean {
    if (a.kind === 'unknown' || b.kind === 'unknown') return a.kind === b.kind;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return this.#reading.isAlike(a.value, b.value);
  }

  /** Null when the budget is used up. */
  #at(sha: string): Promise<State<Value>> | null {
    const known = this.#states.get(sha);
    if (known) return known;
    if (this.#states.size >= this.#mostRendered) return null;
    const state = this.#render(sha);
    this.#states.set(sha, state);
    return state;
  }

  async #render(sha: string): Promise<State<Value>> {
    const revision = await Revision.of(
      await this.#repository.treeAt(sha),
      this.#renderers,
      this.#repository.remote,
    );
    let failed = false;
    for (const candidate of rootsThen(this.#root)) {
      const then = await revision.here(candidate);
      if (!then || isNotYet(then)) continue;
      const rendering = await revision.render(then);
      if (rendering.kind !== 'rendered') {
        failed ||= [...filesOf(then)].some((file) => revision.tree.entry(file) !== undefined);
        continue;
      }
      const rendered = rendering.objects.find(
        ({ object: one }) =>
          matchesWanted(one, this.#object) && (one.metadata.namespace ?? null) === this.#object.namespace,
      );
      if (rendered) return this.#stateOf(revision, { root: then, rendered });
    }
    // The object may have been in another folder then.
    const { matches, failures } = await findObject(revision, this.#object);
    const [match] = matches;
    if (match && matches.length === 1) return this.#stateOf(revision, match);
    if (failed || failures.length > 0) return { kind: 'unknown' };
    const states = await Promise.all(matches.map((one) => this.#stateOf(revision, one)));
    if (states[0] && states.every((state) => this.#isAlike(state, states[0]!))) return states[0];
    return match ? { kind: 'unknown' } : { kind: 'value', value: undefined, match: null, revision };
  }

  async #stateOf(revision: Revision, match: Match): Promise<State<Value>> {
    const rendering = await revision.render(match.root);
    const beside = rendering.kind === 'rendered' ? rendering.objects : [];
    return { kind: 'value', value: this.#reading.of(match.rendered.object, beside), match, revision };
  }
}

interface Setter<Value> extends Version<Value> {
  /** The parent to go on from. */
  readonly before: string | null;
}

/** Before its kustomization was written, the folder was something else, which is looked for by what it renders. */
function isNotYet(root: Root): boolean {
  return root.kind === 'kustomize' && ![...root.closure.files.values()].includes('kustomization');
}

/** A root may be younger than the overlay that it includes: before it, the overlay was a root of its own. */
function rootsThen(root: Root): readonly Root[] {
  if (root.kind !== 'kustomize' || root.declared) return [root];
  return root.closure.folders.map((folder) => kustomizeRoot({ ...root.closure, root: folder }));
}

/** The files of a root that can have a say in one object. */
function filesAbout(revision: Revision, { root, rendered }: Match): readonly string[] {
  if (rendered.origin) return [rendered.origin.file];
  const { kind, metadata } = rendered.object;
  if (root.kind === 'helm' && rendered.template !== undefined)
    return chartFilesAbout(revision, root, rendered.template);
  return [...filesOf(root)].filter(
    (file) =>
      !isManifestPath(file) ||
      isKustomizationPath(file) ||
      revision.manifests(file).objects.length === 0 ||
      revision
        .manifests(file)
        .objects.some(({ object }) => object.kind === kind && metadata.name.includes(object.metadata.name)),
  );
}

/** Of a chart, what its other objects are written in has no say: their templates, and files that this one does not read. */
function chartFilesAbout(revision: Revision, root: HelmRoot, template: string): readonly string[] {
  const readsFiles = revision.tree.read(template)?.includes('.Files') === true;
  return [...filesOf(root)].filter((file) => {
    const role = root.closure.files.get(file);
    if (role === 'template') return file === template || file.endsWith('.tpl');
    return role !== 'other' || readsFiles;
  });
}

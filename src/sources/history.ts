import { isDeepStrictEqual } from 'node:util';
import type { Repository } from '../git/repository.ts';
import { recordAt, refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { podTemplatePath } from '../kubernetes/workloads.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { isKustomizationPath } from '../renderers/kustomization.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Commit } from '../model/commit.ts';
import type { FieldVersion, Removal, Rename, TemplateVersion } from '../model/need.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Tree } from '../tree/tree.ts';
import { containsText } from '../tree/contains-text.ts';
import { fieldReading, RenderedHistory, type Reading } from './rendered-history.ts';
import type { Match } from './find.ts';
import type { Renderers } from '../renderers/renderers.ts';

/** Commits read for one question. */
const MOST_COMMITS = 60;
/** Names that have the one asked for in them. */
const MOST_LONGER = 4;

/** Commits that are rendered for the past of one template. */
const MOST_TEMPLATES = 24;

/** By repository at one head: a scan that finds the same head does not render again. */
const ANSWERS = new WeakMap<Repository, Map<string, Promise<readonly TemplateVersion[]>>>();

type Template = Omit<TemplateVersion, 'commit'>;

const TEMPLATES: Reading<Template> = {
  of(object, beside) {
    const path = podTemplatePath(object.kind);
    if (path === null) return undefined;
    const text = JSON.stringify(recordAt(object, ...path.split('.')));
    const isRead = ({ object: { kind, metadata } }: RenderedObject): boolean =>
      kind === 'ConfigMap' &&
      metadata.namespace === object.metadata.namespace &&
      text.includes(JSON.stringify(metadata.name));
    return {
      template: recordAt(object, ...path.split('.')),
      configMaps: new Map(
        beside.filter(isRead).map((one) => [one.object.metadata.name, recordAt(one.object, 'data')]),
      ),
    };
  },
  // A ConfigMap under a generated name has another one when its content changes.
  isAlike: (a, b) => isDeepStrictEqual(a.template, b.template),
};

const UNKNOWN: Template = { template: undefined, configMaps: new Map() };

/** What a repository's past says, in the rendered sense: the same root, built at earlier commits. */
export class History {
  readonly #repository: Repository;
  readonly #renderers: Renderers;
  readonly #templates = new Map<string, RenderedHistory<Template>>();
  readonly #parents = new Map<string, Promise<Tree | null>>();

  constructor(repository: Repository, renderers: Renderers) {
    this.#repository = repository;
    this.#renderers = renderers;
  }

  /**
   * The values that a field has had, newest first, each with the commit that set it, as far as that is known; null without
   * commits. `most` values at most.
   */
  async fieldVersions(match: Match, field: string, most?: number): Promise<readonly FieldVersion[] | null> {
    const { head } = this.#repository;
    if (!head) return null;
    const reading = fieldReading(match.rendered.object, field);
    return new RenderedHistory(this.#repository, this.#renderers, match, reading).versions(head.sha, most);
  }

  /** The rendered pod templates of a workload, newest first; null without commits. */
  async templateVersions(match: Match, most: number): Promise<readonly TemplateVersion[] | null> {
    const { head } = this.#repository;
    if (!head) return null;
    const { root, rendered } = match;
    const key = JSON.stringify([root.id, refOf(rendered.object)]);
    const history =
      this.#templates.get(key) ??
      new RenderedHistory(this.#repository, this.#renderers, match, TEMPLATES, MOST_TEMPLATES);
    this.#templates.set(key, history);
    const answers = ANSWERS.get(this.#repository) ?? new Map<string, Promise<readonly TemplateVersion[]>>();
    ANSWERS.set(this.#repository, answers);
    const asked = JSON.stringify([key, most, this.#renderers.cluster]);
    const answer =
      answers.get(asked) ??
      history
        .versions(head.sha, most)
        .then((versions) => versions.map(({ value, commit }) => ({ ...(value ?? UNKNOWN), commit })));
    answers.set(asked, answer);
    return answer;
  }

  /** Commits in which an object of this kind and namespace lost this name while another object appeared, newest first. */
  async renames(object: ObjectRef): Promise<readonly Rename[] | null> {
    if (!this.#repository.head) return null;
    const renames: Rename[] = [];
    for (const commit of await this.#commitsNaming(object, this.#repository.head.sha)) {
      const after = await this.#repository.treeAt(commit.sha);
      const before = await this.#parentTree(commit.sha);
      if (before)
        renames.push(
          ...renamesBetween(
            await this.#named(before, after, object),
            await this.#named(after, before, object),
            object,
            commit,
          ),
        );
    }
    return renames;
  }

  /** The newest commit that took the object out of a manifest of its namespace, where no manifest has it now. */
  async removal(object: ObjectRef): Promise<Removal | null> {
    const { head } = this.#repository;
    if (!head) return null;
    for (const commit of await this.#commitsNaming(object, head.sha)) {
      const after = await this.#repository.treeAt(commit.sha);
      const before = await this.#parentTree(commit.sha);
      if (!before) continue;
      if ((await this.#fileWith(after, before, object)) !== null) return null;
      const file = await this.#fileWith(before, after, object);
      if (file !== null) return { commit, file };
    }
    return null;
  }

  /** The file of `tree` with the object, among those that `other` has not or has otherwise. */
  async #fileWith(tree: Tree, other: Tree, object: ObjectRef): Promise<string | null> {
    const changed = tree
      .paths()
      .filter((path) => isManifestPath(path) && hashOf(tree, path) !== hashOf(other, path));
    await tree.load(changed);
    const has = (path: string): boolean =>
      this.#namesIn(tree, path, object).some(({ name }) => name === object.name);
    return changed.find(has) ?? null;
  }

  /**
   * Commits that change how often the name is written, newest first. `settings` that becomes `cart-settings` is written as often
   * as before, so that longer names of today are looked for too.
   */
  async #commitsNaming(object: ObjectRef, head: string): Promise<readonly Commit[]> {
    const name = withoutHash(object.name);
    const tree = await this.#repository.treeAt(head);
    await tree.load(tree.paths().filter(isManifestPath));
    const files = tree.paths().filter((path) => {
      const content = isManifestPath(path) ? tree.read(path) : undefined;
      return content !== undefined && containsText(content, name);
    });
    const longer = files
      .flatMap((path) => this.#namesIn(tree, path, object))
      .map((named) => named.name)
      .filter((other) => other !== name && other.includes(name));
    const names = [name, ...[...new Set(longer)].slice(0, MOST_LONGER)];
    const found = await Promise.all(
      names.map((changing) => this.#repository.log({ changing, limit: MOST_COMMITS })),
    );
    const commits = new Map(found.flat().map((commit) => [commit.sha, commit]));
    return [...commits.values()].sort((a, b) => b.at - a.at).slice(0, MOST_COMMITS);
  }

  #parentTree(commit: string): Promise<Tree | null> {
    const parent = this.#parents.get(commit) ?? this.#readParentTree(commit);
    this.#parents.set(commit, parent);
    return parent;
  }

  async #readParentTree(commit: string): Promise<Tree | null> {
    const [, parent] = await this.#repository.log({ from: commit, limit: 2 });
    return parent ? this.#repository.treeAt(parent.sha) : null;
  }

  /** Objects of the kind in files of `tree` that `other` has not or has otherwise. */
  async #named(tree: Tree, other: Tree, object: ObjectRef): Promise<readonly Named[]> {
    const changed = tree
      .paths()
      .filter((path) => isManifestPath(path) && hashOf(tree, path) !== hashOf(other, path));
    await tree.load(changed);
    return changed.flatMap((path) => this.#namesIn(tree, path, object));
  }

  #namesIn(tree: Tree, path: string, { kind, namespace }: ObjectRef): readonly Named[] {
    if (isKustomizationPath(path))
      return generated(this.#renderers.kustomizations.read(tree, path).value, kind);
    return this.#renderers.manifests
      .read(tree, path)
      .objects.map(({ object }) => object)
      .filter(
        (object) =>
          object.kind === kind &&
          (object.metadata.namespace === undefined || object.metadata.namespace === namespace),
      )
      .map((object) => ({ name: object.metadata.name, content: contentOf(object), keys: keysOf(object) }));
  }
}

function hashOf(tree: Tree, path: string): string | undefined {
  const entry = tree.entry(path);
  return entry?.kind === 'file' ? entry.hash : undefined;
}

interface Named {
  readonly name: string;
  /** Lines that make the object what it is, for telling how much of one is in another. */
  readonly content: ReadonlySet<string>;
  /** Null where a file outside decides about them. */
  readonly keys: readonly string[] | null;
}

function generated(kustomization: Readonly<Record<string, unknown>>, kind: string): readonly Named[] {
  const generators = kustomization[kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator'];
  if (!Array.isArray(generators) || (kind !== 'ConfigMap' && kind !== 'Secret')) return [];
  return (generators as readonly Record<string, unknown>[]).map(({ name, ...rest }) => ({
    name: String(name),
    content: new Set(JSON.stringify(rest).split(',')),
    keys: generatedKeys(rest),
  }));
}

function keysOf(object: KubernetesObject): readonly string[] {
  return ['data', 'stringData', 'binaryData'].flatMap((part) => Object.keys(recordAt(object, part)));
}

/** `key=value` of literals, `key=path` or the file's name of files; an env file has its own. */
function generatedKeys({
  literals,
  files,
  envs,
  env,
}: Readonly<Record<string, unknown>>): readonly string[] | null {
  if (envs !== undefined || env !== undefined) return null;
  const texts = (list: unknown): readonly string[] => (Array.isArray(list) ? list.map(String) : []);
  return [
    ...texts(literals).map((text) => text.split('=', 1)[0]!),
    ...texts(files).map((text) => (text.includes('=') ? text.split('=', 1)[0]! : text.split('/').at(-1)!)),
  ];
}

function contentOf(object: KubernetesObject): ReadonlySet<string> {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object;
  return new Set(
    Object.values(rest)
      .flatMap((part) => (typeof part === 'object' && part !== null ? Object.entries(part) : []))
      .map((entry) => JSON.stringify(entry)),
  );
}

function renamesBetween(
  before: readonly Named[],
  after: readonly Named[],
  object: ObjectRef,
  commit: Commit,
): readonly Rename[] {
  const from = before.find(({ name }) => name === object.name || name === withoutHash(object.name));
  if (!from || after.some(({ name }) => name === from.name)) return [];
  const appeared = after.filter(({ name }) => !before.some((old) => old.name === name));
  const gone = before.filter((one) => one.name !== from.name && !after.some(({ name }) => name === one.name));
  const renames = appeared
    .map((to): Rename => ({
      from: object.name,
      to: to.name,
      similarity: similarity(from.content, to.content),
      fromKeys: from.keys,
      mergedWith: [...new Set(gone.filter((one) => shares(one.content, to.content)).map(({ name }) => name))],
      commit,
    }))
    .sort((a, b) => b.similarity - a.similarity);
  // One commit often renames in several bases at once; that is one new name, not several to choose from.
  return [...Map.groupBy(renames, ({ to }) => to).values()].map(([closest]) => closest!);
}

function shares(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((entry) => b.has(entry));
}

/** Shared entries among all entries of both (Jaccard index); two empty objects are alike. */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const union = new Set([...a, ...b]).size;
  const shared = [...a].filter((entry) => b.has(entry)).length;
  return union === 0 ? 1 : shared / union;
}

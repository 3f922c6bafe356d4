import type { ClusterSource, ClusterState } from '../model/cluster-state.ts';
import type { Config } from '../config/schema.ts';
import type { Repository } from '../git/repository.ts';
import type { RepositoryAnswers, Answers, Difference, Need, RenderedKeys } from '../model/need.ts';
import { declined, type Declined } from '../model/declined.ts';
import type { PlacedChange } from '../model/change.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { getField, parseFieldPath, type FieldName, type FieldPath } from '../kubernetes/field-path.ts';
import {
  isRecord,
  refOf,
  type KubernetesObject,
  type ObjectRef,
  type Scalar,
} from '../kubernetes/objects.ts';
import type { Commit } from '../model/commit.ts';
import { differenceOf } from './difference.ts';
import { findObject, type Match } from './find.ts';
import { History } from './history.ts';
import { ownershipOf } from './gitops.ts';
import { liveObject } from './managed.ts';
import { mappedReleases, mappedTo } from './mapping.ts';
import { Revision } from './revision.ts';
import type { Renderers } from '../renderers/renderers.ts';
import type { Root } from './roots.ts';
import { unsyncedValue, type Unsynced } from './unsynced.ts';
import { isFetchedFrom, pathPast, pathsBelow, writtenLines } from './written-files.ts';

/** The branch, its files, and which of its roots are meant; null for all. */
export interface Place {
  readonly kind: 'place';
  readonly repository: Repository;
  readonly revision: Revision;
  readonly roots: readonly Root[] | null;
  /** True where its controller or the mapping names those roots; false where only those of other clusters are left out. */
  readonly areNamed: boolean;
}

type RepositoryNeed = Exclude<Need, { kind: 'log' | 'metric' | 'candidates' | 'usage' | 'image' }>;

/** What is known of where a cluster is deployed from. */
export interface KnowledgeInput {
  readonly cluster: ClusterState;
  /** Reads one object with its managed fields, which `cluster` may lack. */
  readonly source?: Pick<ClusterSource, 'object'>;
  readonly repository: Repository;
  readonly revision: Revision;
  readonly renderers: Renderers;
  readonly config: Config;
  /** Told of each other branch that was asked for, and of the commit that it points to. */
  readonly noteBranch?: (branch: string, tip: string | null) => void;
}

/** What is the same for every cluster state: a scan that finds the same commit finds it done. */
interface Lasting {
  readonly histories: Map<Repository, History>;
  readonly branches: Map<string, { readonly repository: Repository; readonly revision: Revision }>;
  readonly setters: Map<string, Promise<Commit | null>>;
}

const LASTING = new WeakMap<Revision, Lasting>();

function lastingOf(revision: Revision): Lasting {
  const known = LASTING.get(revision) ?? { histories: new Map(), branches: new Map(), setters: new Map() };
  LASTING.set(revision, known);
  return known;
}

/** What the repository can tell a rule: what it renders now, and what it rendered before. */
export class RepositoryKnowledge implements RepositoryAnswers {
  readonly #input: KnowledgeInput;
  readonly #lasting: Lasting;
  /** Branches that were asked for, so that one scan sees one commit of each. */
  readonly #tips = new Map<string, Promise<Repository | null>>();

  constructor(input: KnowledgeInput) {
    this.#input = input;
    this.#lasting = lastingOf(input.revision);
  }

  /** Where an object can come from: its controller's word, else the mapping, else all of the repository. */
  async placeOf({
    kind,
    namespace,
    name,
  }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): Promise<Place | Declined> {
    const { cluster, revision, repository } = this.#input;
    const live = cluster.get(kind, namespace, name);
    const owner = live ? await ownershipOf(live, cluster, revision, repository) : null;
    if (owner?.kind === 'declined') return owner;
    if (owner?.kind === 'on-branch') return this.#placeOnBranch(live!, owner);
    if (owner)
      return {
        kind: 'place',
        repository,
        revision,
        roots: await this.#ofThisCluster(owner.roots, namespace),
        areNamed: true,
      };
    return this.#mapped(namespace, repository, revision);
  }

  /** Of several roots that a controller's word leaves open, those that the configuration gives to this cluster. */
  async #ofThisCluster(roots: readonly Root[], namespace: string | null): Promise<readonly Root[]> {
    if (roots.length < 2) return roots;
    const { config, cluster, revision, repository } = this.#input;
    const mapped = await mappedTo(namespace, revision, config, cluster.name, repository);
    const ids = new Set(mapped.kind === 'roots' ? mapped.roots?.map(({ id }) => id) : []);
    const own = roots.filter(({ id }) => ids.has(id));
    return own.length > 0 ? own : roots;
  }

  async #mapped(
    namespace: string | null,
    repository: Repository,
    revision: Revision,
  ): Promise<Place | Declined> {
    const { config, cluster } = this.#input;
    const mapped = await mappedTo(namespace, revision, config, cluster.name, repository);
    if (mapped.kind === 'declined') return mapped;
    if (mapped.kind === 'roots') {
      const { roots, areNamed } = mapped;
      return { kind: 'place', repository, revision, roots, areNamed };
    }
    const there = await this.#onBranch(mapped.branch);
    if (there) return this.#mapped(namespace, there.repository, there.revision);
    return declined(
      'other-revision',
      `the configuration says that branch ${mapped.branch} is deployed, and this repository does not have it`,
      [mapped.branch],
    );
  }

  async #onBranch(
    branch: string,
  ): Promise<{ readonly repository: Repository; readonly revision: Revision } | null> {
    const { renderers, config, noteBranch } = this.#input;
    const asked = this.#tips.get(branch) ?? this.#input.repository.onBranch(branch);
    this.#tips.set(branch, asked);
    const repository = await asked;
    noteBranch?.(branch, repository?.head?.sha ?? null);
    if (!repository) return null;
    const known = this.#lasting.branches.get(branch);
    if (known && known.repository.head?.sha === repository.head?.sha) return known;
    const releases = mappedReleases(config, repository);
    const tree = await repository.workTree();
    const there = { repository, revision: await Revision.of(tree, renderers, repository.remote, releases) };
    this.#lasting.branches.set(branch, there);
    return there;
  }

  /** The branch that is deployed is what is read and changed, whichever is checked out. */
  async #placeOnBranch(
    live: KubernetesObject,
    { branch, otherwise }: { readonly branch: string; readonly otherwise: Declined },
  ): Promise<Place | Declined> {
    const there = await this.#onBranch(branch);
    if (!there) return otherwise;
    const owner = await ownershipOf(live, this.#input.cluster, there.revision, there.repository);
    if (owner?.kind === 'owned') return { kind: 'place', ...there, roots: owner.roots, areNamed: true };
    return owner?.kind === 'declined' ? owner : otherwise;
  }

  /**
   * The commit that set the value that a change replaces, in the rendered sense; null where that is not known, or where nothing
   * is replaced. Asked once for each line, however many objects read it.
   */
  setBy(change: PlacedChange, place: Pick<Place, 'repository' | 'revision'>): Promise<Commit | null> {
    const { file, document, path, kind } = change.site;
    if (kind !== 'replace' || !place.repository.head) return Promise.resolve(null);
    const key = JSON.stringify([place.repository.head.sha, file, document, path, change.before]);
    const { setters } = this.#lasting;
    const known = setters.get(key) ?? this.#setterOf(change, place);
    setters.set(key, known);
    // Git may tell another time what it could not tell now.
    known.then(
      (commit) => commit ?? setters.delete(key),
      () => setters.delete(key),
    );
    return known;
  }

  async #setterOf(
    { object, field, before, site }: PlacedChange,
    { repository, revision }: Pick<Place, 'repository' | 'revision'>,
  ): Promise<Commit | null> {
    const history = this.#historyOf(repository);
    const { matches } = await findObject(revision, object);
    const match = matches.find(({ root }) => root.path === site.root);
    if (match) {
      const [newest] = (await history.fieldVersions(match, field.text, 1)) ?? [];
      return newest && isSameAs(newest.value, before, field) ? newest.commit : null;
    }
    // Of a release whose chart is not here, the object that holds its values is what has a past.
    const declaring = revision
      .manifests(site.file)
      .objects.find(({ origin }) => origin?.document === site.document)?.object;
    const found = declaring && (await findObject(revision, refOf(declaring))).matches;
    const [newest] = (found?.length === 1 && (await history.fieldVersions(found[0]!, site.path, 1))) || [];
    return newest && newest.value !== undefined ? newest.commit : null;
  }

  #historyOf(repository: Repository): History {
    const { histories } = this.#lasting;
    const history = histories.get(repository) ?? new History(repository, this.#input.renderers);
    histories.set(repository, history);
    return history;
  }

  answer(need: RepositoryNeed): Promise<Answers[Need['kind']] | null> {
    switch (need.kind) {
      case 'field-history':
        return this.#fieldHistory(need);
      case 'template-history':
        return this.#templateHistory(need);
      case 'rename':
        return this.#historyOf(this.#input.repository).renames(need.object);
      case 'removal':
        return this.#historyOf(this.#input.repository).removal(need.object);
      case 'rendered':
        return this.#rendered(need);
      case 'rendered-object':
        return this.#renderedObject(need.object);
      case 'difference':
        return this.difference(need.object, need.field);
      case 'written-lines':
      case 'paths':
      case 'path-past':
        return this.#ofFiles(need);
    }
  }

  /** Null where the files are fetched from another repository. */
  async #ofFiles(
    need: Extract<Need, { kind: 'written-lines' | 'paths' | 'path-past' }>,
  ): Promise<Answers[typeof need.kind] | null> {
    const { repository, revision } = this.#input;
    if (!isFetchedFrom(repository, need.url)) return null;
    if (need.kind === 'paths') return pathsBelow(revision.tree, need.folder);
    if (need.kind === 'path-past') return pathPast(repository, need.path);
    return writtenLines(repository, revision.tree, need.folder, need.text);
  }

  /** Why the live object has another value in a field than git renders; null where either is not known. */
  async difference(object: ObjectRef, field: string): Promise<Difference | null> {
    const { cluster } = this.#input;
    const live = liveObject(object, cluster);
    const place = live ? await this.placeOf(object) : null;
    if (!live || place?.kind !== 'place') return null;
    const versions = (await this.#fieldHistory({ kind: 'field-history', object, field })) ?? [];
    const [newest] = versions;
    const path = parseFieldPath(field);
    const told = await this.#withManagers(live, path);
    return differenceOf(told, path, newest?.commit ?? null, newest?.value, cluster, place.repository);
  }

  /** Who wrote a field is told by the API server of the object as it is now: of another value it would be another's. */
  async #withManagers(live: KubernetesObject, path: FieldPath): Promise<KubernetesObject> {
    if (live.metadata['managedFields'] !== undefined) return live;
    const whole = await this.#input.source?.object?.(refOf(live));
    return whole && sameValue(path, getField(whole, path), getField(live, path)) ? whole : live;
  }

  /** The value behind a field that git has otherwise than the object in the cluster that declares its release. */
  async unsynced(object: KubernetesObject, field: string, place: Place): Promise<Unsynced | null> {
    const { revision, repository } = place;
    return unsyncedValue(object, parseFieldPath(field), {
      cluster: this.#input.cluster,
      revision,
      repository,
    });
  }

  async #renderedObject(object: ObjectRef): Promise<KubernetesObject | null> {
    const found = await this.#onlyMatch(object);
    return found && found.match.rendered.object;
  }

  async #fieldHistory({
    object,
    field,
  }: Extract<Need, { kind: 'field-history' }>): Promise<Answers['field-history'] | null> {
    const found = await this.#onlyMatch(object);
    return found && this.#historyOf(found.repository).fieldVersions(found.match, field);
  }

  async #templateHistory({
    object,
    most,
  }: Extract<Need, { kind: 'template-history' }>): Promise<Answers['template-history'] | null> {
    const found = await this.#onlyMatch(object);
    return found && this.#historyOf(found.repository).templateVersions(found.match, most);
  }

  /** Null unless one root renders the object: with several, their pasts say different things. */
  async #onlyMatch(
    object: ObjectRef,
  ): Promise<{ readonly repository: Repository; readonly match: Match } | null> {
    const place = await this.placeOf(object);
    if (place.kind === 'declined') return null;
    const { repository, revision, roots } = place;
    const { matches } = await findObject(revision, object, roots ?? undefined);
    const [match] = matches;
    return match && matches.length === 1 ? { repository, match } : null;
  }

  async #rendered({
    objectKind,
    namespace,
  }: Extract<Need, { kind: 'rendered' }>): Promise<Answers['rendered'] | null> {
    const place = await this.#mapped(namespace, this.#input.repository, this.#input.revision);
    if (place.kind === 'declined') return null;
    const { matches, failures } = await findObject(
      place.revision,
      { kind: objectKind, namespace },
      place.roots ?? undefined,
    );
    // What a root that needs the network would render is not known; one that the tool refuses renders nothing for anybody.
    if (failures.some(({ failure }) => failure.code !== 'error')) return null;
    return matches.map(({ root, rendered: { object } }): RenderedKeys => ({
      ref: { ...refOf(object), namespace },
      keys: keysOf(object),
      root: root.path,
    }));
  }
}

function isSameAs(value: Scalar | undefined, before: Scalar, { path }: FieldName): boolean {
  return value === before || sameValue(path, value, before) || String(value) === String(before);
}

function keysOf(object: KubernetesObject): readonly string[] {
  return ['data', 'stringData', 'binaryData'].flatMap((part) =>
    isRecord(object[part]) ? Object.keys(object[part]) : [],
  );
}

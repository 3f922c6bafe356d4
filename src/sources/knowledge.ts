import type { ClusterState } from '../cluster/state.ts';
import type { Config } from '../config/schema.ts';
import type { Repository } from '../git/repository.ts';
import type { RepositoryAnswers } from '../incidents/investigate.ts';
import { declined } from '../locate/declined.ts';
import type { Declined } from '../locate/located.ts';
import { isRecord, refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { Answers, Need, RenderedKeys } from '../rules/rule.ts';
import { findObject } from './find.ts';
import { History } from './history.ts';
import { ownershipOf } from './gitops.ts';
import { mappedReleases, mappedTo } from './mapping.ts';
import { Revision, type Renderers } from './revision.ts';
import type { Root } from './roots.ts';

/** The branch, its files, and which of its roots are meant; null for all. */
export interface Place {
  readonly kind: 'place';
  readonly repository: Repository;
  readonly revision: Revision;
  readonly roots: readonly Root[] | null;
}

type RepositoryNeed = Exclude<Need, { kind: 'log' | 'metric' }>;

/** What is known of where a cluster is deployed from. */
export interface KnowledgeInput {
  readonly cluster: ClusterState;
  readonly repository: Repository;
  readonly revision: Revision;
  readonly renderers: Renderers;
  readonly config: Config;
}

/** What the repository can tell a rule: what it renders now, and what it rendered before. */
export class RepositoryKnowledge implements RepositoryAnswers {
  readonly #input: KnowledgeInput;
  readonly #history: History;
  readonly #branches = new Map<string, { readonly repository: Repository; readonly revision: Revision }>();

  constructor(input: KnowledgeInput) {
    this.#input = input;
    this.#history = new History(input.repository, input.renderers);
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
    if (owner) return { kind: 'place', repository, revision, roots: owner.roots };
    return this.#mapped(namespace, repository, revision);
  }

  async #mapped(
    namespace: string | null,
    repository: Repository,
    revision: Revision,
  ): Promise<Place | Declined> {
    const { config, cluster } = this.#input;
    const mapped = await mappedTo(namespace, revision, config, cluster.name, repository);
    if (mapped.kind === 'declined') return mapped;
    if (mapped.kind === 'roots') return { kind: 'place', repository, revision, roots: mapped.roots };
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
    const { renderers, config } = this.#input;
    const known = this.#branches.get(branch);
    if (known) return known;
    const repository = await this.#input.repository.onBranch(branch);
    if (!repository) return null;
    const releases = mappedReleases(config, repository);
    const tree = await repository.workTree();
    const there = { repository, revision: await Revision.of(tree, renderers, repository.remote, releases) };
    this.#branches.set(branch, there);
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
    if (owner?.kind === 'owned') return { kind: 'place', ...there, roots: owner.roots };
    return owner?.kind === 'declined' ? owner : otherwise;
  }

  answer(need: RepositoryNeed): Promise<Answers[Need['kind']] | null> {
    switch (need.kind) {
      case 'field-history':
        return this.#fieldHistory(need);
      case 'rename':
        return this.#history.renames(need.object);
      case 'rendered':
        return this.#rendered(need);
    }
  }

  /** Only where one root renders the object: with several, their pasts say different things. */
  async #fieldHistory({
    object,
    field,
  }: Extract<Need, { kind: 'field-history' }>): Promise<Answers['field-history'] | null> {
    const place = await this.placeOf(object);
    if (place.kind === 'declined') return null;
    const { repository, revision, roots } = place;
    const { matches } = await findObject(revision, object, roots ?? undefined);
    const [match] = matches;
    if (!match || matches.length > 1) return null;
    const history =
      repository === this.#input.repository ? this.#history : new History(repository, this.#input.renderers);
    return history.fieldVersions(revision, match, field);
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

function keysOf(object: KubernetesObject): readonly string[] {
  return ['data', 'stringData', 'binaryData'].flatMap((part) =>
    isRecord(object[part]) ? Object.keys(object[part]) : [],
  );
}

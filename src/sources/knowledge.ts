import type { Repository } from '../git/repository.ts';
import type { RepositoryAnswers } from '../incidents/investigate.ts';
import { isRecord, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Answers, Need, RenderedKeys } from '../rules/rule.ts';
import { findObject } from './find.ts';
import { History } from './history.ts';
import type { RootsFor } from './mapping.ts';
import type { Renderers, Revision } from './revision.ts';

type RepositoryNeed = Exclude<Need, { kind: 'log' | 'metric' }>;

/** What the repository can tell a rule: what it renders now, and what it rendered before. */
export class RepositoryKnowledge implements RepositoryAnswers {
  readonly rootsFor: RootsFor;
  readonly #revision: Revision;
  readonly #history: History;

  constructor(
    repository: {
      readonly repository: Repository;
      readonly revision: Revision;
      readonly renderers: Renderers;
    },
    rootsFor: RootsFor,
  ) {
    this.#revision = repository.revision;
    this.#history = new History(repository.repository, repository.renderers);
    this.rootsFor = rootsFor;
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
    const { matches } = await findObject(
      this.#revision,
      object,
      this.rootsFor(object.namespace) ?? undefined,
    );
    const [match] = matches;
    return match && matches.length === 1 ? this.#history.fieldVersions(this.#revision, match, field) : null;
  }

  async #rendered({
    objectKind,
    namespace,
  }: Extract<Need, { kind: 'rendered' }>): Promise<Answers['rendered'] | null> {
    const { matches, failures } = await findObject(
      this.#revision,
      { kind: objectKind, namespace },
      this.rootsFor(namespace) ?? undefined,
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

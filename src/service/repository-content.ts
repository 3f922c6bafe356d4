import type { Config } from '../config/schema.ts';
import type { Mirror } from '../git/mirror.ts';
import type { Repository } from '../git/repository.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import type { Json, ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { ParentTree } from '../github/host.ts';
import type { Inverse, MergedChange, RepositoryFacts } from '../lifecycle/run.ts';
import { declined, type Declined } from '../model/declined.ts';
import type { Lessons } from '../model/lessons.ts';
import type { Located } from '../model/located.ts';
import { locate } from '../locate/locate.ts';
import type { FieldRequest } from '../locate/field-request.ts';
import { findObject } from '../sources/find.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import type { Renderers } from '../renderers/renderers.ts';

/** Something that has a repository's branches: a mirror, or a checkout. */
type Branches = Pick<Mirror, 'at'>;

/** What a mirror can tell of a repository's branches, by rendering them and by their history. */
export class RepositoryContent implements RepositoryFacts {
  readonly #mirror: Branches;
  readonly #defaultBranch: string;
  readonly #renderers: Renderers;
  readonly #config: Config;

  constructor(mirror: Branches, defaultBranch: string, renderers: Renderers, config: Config) {
    this.#mirror = mirror;
    this.#defaultBranch = defaultBranch;
    this.#renderers = renderers;
    this.#config = config;
  }

  async hasBranch(branch: string): Promise<boolean> {
    return (await this.#mirror.at(branch)) !== null;
  }

  async parentTree(commit: string, paths: readonly string[]): Promise<ParentTree | null> {
    const repository = await this.#mirror.at(this.#defaultBranch);
    return (await repository?.modesAt(commit, paths)) ?? null;
  }

  async firstFile(base: string, paths: readonly string[]): Promise<string | null> {
    const repository = await this.#mirror.at(base);
    if (!repository?.head) return null;
    const tree = await repository.treeAt(repository.head.sha);
    const path = paths.find((one) => tree.entry(one)?.kind === 'file');
    if (path === undefined) return null;
    await tree.load([path]);
    return tree.read(path)?.toString('utf8') ?? null;
  }

  async rendered(
    base: string,
    object: ObjectRef,
    field: string,
  ): Promise<{ readonly value: Json | undefined } | null> {
    const repository = await this.#mirror.at(base);
    if (!repository?.head) return null;
    return this.#valueAt(repository, repository.head.sha, object, field);
  }

  async contains(revision: string, commit: string): Promise<boolean | null> {
    const repository = await this.#mirror.at(this.#defaultBranch);
    return repository ? repository.contains(revision, commit) : null;
  }

  async revert({ base, mergeCommit, fields }: MergedChange): Promise<Inverse | Declined> {
    const repository = await this.#mirror.at(base);
    if (!repository?.head || mergeCommit === null || fields.length === 0)
      return declined('no-site', 'it is not known which commit was merged, or what it changed');
    const [first] = fields;
    if (fields.some(({ object }) => JSON.stringify(object) !== JSON.stringify(first!.object)))
      return declined('unsupported-value', 'the change was to several objects: revert it with git');
    const requests: FieldRequest[] = [];
    for (const { object, field } of fields) {
      const earlier = await this.#valueAt(repository, `${mergeCommit}^1`, object, field);
      if (earlier === null) return declined('no-site', `what ${field} was before the merge cannot be told`);
      const { value } = earlier;
      if (value === undefined || !isScalarValue(value))
        return declined('unsupported-value', `${field} was not set before: revert the merge with git`);
      requests.push({ field, after: value as Scalar });
    }
    const commit = repository.head.sha;
    const revision = await this.#revisionAt(repository, commit);
    const located = await locate(revision, {
      target: { wanted: first!.object, live: null, roots: null },
      fields: requests,
    });
    if (located.kind === 'declined') return located;
    return { kind: 'inverse', located, commit, lessons: await this.#unlearnedBy(located, revision) };
  }

  /** The expectations that a fix brought go with it. */
  async #unlearnedBy(located: Located, revision: Revision): Promise<Lessons | null> {
    if (!this.#config.expectations.write) return null;
    const { teachingAt, unlearnedBy } = await import('../lessons/lessons.ts');
    return unlearnedBy(located, await teachingAt(revision));
  }

  /** Null where the root does not render, or where several render the object. */
  async #valueAt(
    repository: Repository,
    commit: string,
    object: ObjectRef,
    field: string,
  ): Promise<{ readonly value: Json | undefined } | null> {
    const { matches, failures } = await findObject(await this.#revisionAt(repository, commit), object);
    const [match, ...others] = matches;
    if (others.length > 0 || (!match && failures.length > 0)) return null;
    return { value: match && (fieldOf(match.rendered.object, field)?.value as Json | undefined) };
  }

  async #revisionAt(repository: Repository, commit: string): Promise<Revision> {
    const releases = mappedReleases(this.#config, repository);
    return Revision.of(await repository.treeAt(commit), this.#renderers, repository.remote, releases);
  }
}

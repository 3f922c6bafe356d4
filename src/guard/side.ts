import type { ClusterObject } from '../model/cluster-state.ts';
import { mayHaveNamespace } from '../kubernetes/scope.ts';
import { clueOf } from '../sources/clues/of-root.ts';
import { findObject, type Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { checked, planned, plannedObjects } from './planned.ts';

/** An object with the root that renders it. */
export interface PlannedObject {
  readonly root: string;
  readonly object: ClusterObject;
}

/** Roots that are rendered to answer one question; with more, the answer is unknown. */
const MOST_ROOTS = 60;

/**
 * One side of a change: what all roots of a revision render. Questions are answered at once with what is known; what is not is noted, and
 * {@link settle} finds it out.
 */
export class Side {
  readonly revision: Revision;
  readonly roots: readonly Root[];
  readonly #answers = new Map<string, readonly PlannedObject[] | null>();
  readonly #noted = new Map<string, () => Promise<readonly PlannedObject[] | null>>();
  readonly #unrendered = new Map<string, readonly Root[]>();

  /** @param roots all that may be applied */
  constructor(revision: Revision, roots: readonly Root[]) {
    this.revision = revision;
    this.roots = roots;
  }

  /** The roots that could not be rendered, where nothing else kept {@link find} from an answer; null where something did, or that is not known yet. */
  unrendered(kind: string, namespace: string | null, name: string): readonly Root[] | null {
    return this.#unrendered.get(keyOf(kind, namespace, name)) ?? null;
  }

  /** What a root renders; null where it does not. */
  async planned(root: Root): Promise<readonly ClusterObject[] | null> {
    const rendering = await this.revision.render(root);
    return rendering.kind === 'failed' ? null : plannedObjects(rendering.objects, root);
  }

  /**
   * Objects of this name in any root; null where that is not known (yet).
   *
   * @param namespace null: in any, or the kind has none
   */
  find(kind: string, namespace: string | null, name: string): readonly PlannedObject[] | null {
    return this.#answer(keyOf(kind, namespace, name), () =>
      this.#find(kind, withinOf(kind, namespace), name),
    );
  }

  /** All objects of a kind in a namespace; null where that is not known (yet). */
  list(kind: string, namespace: string | null): readonly PlannedObject[] | null {
    return this.#answer(`${kind} ${namespace ?? '*'}`, () =>
      this.#find(kind, namespace ?? undefined, undefined),
    );
  }

  /** Finds out what was asked and is not known. False: there was nothing. */
  async settle(): Promise<boolean> {
    const noted = [...this.#noted];
    this.#noted.clear();
    await Promise.all(
      noted.map(async ([key, answer]) => {
        this.#answers.set(key, await answer());
      }),
    );
    return noted.length > 0;
  }

  #answer(
    key: string,
    answer: () => Promise<readonly PlannedObject[] | null>,
  ): readonly PlannedObject[] | null {
    const known = this.#answers.get(key);
    if (known === undefined) this.#noted.set(key, answer);
    return known ?? null;
  }

  async #find(
    kind: string,
    namespace: string | undefined,
    name: string | undefined,
  ): Promise<readonly PlannedObject[] | null> {
    const wanted = { kind, namespace, name };
    const among = this.roots.filter((root) => clueOf(this.revision, root, wanted) !== null);
    if (among.length > MOST_ROOTS) return null;
    const { matches, failures } = await findObject(this.revision, wanted, among);
    // A root that could not be rendered may hold it. One that the tool refuses is applied by nobody.
    const unrendered = failures.filter(({ failure }) => failure.code !== 'error').map(({ root }) => root);
    if (matches.length === 0 && unrendered.length > 0) {
      const isWritten = name !== undefined && this.#isInUnreadable(name);
      if (name !== undefined && !isWritten)
        this.#unrendered.set(keyOf(kind, namespace ?? null, name), unrendered);
      return null;
    }
    const found = matches.flatMap(plannedIn);
    // What is malformed is still there: what it would be is unknown, and it is told where it is.
    if (found.length === 0 && name !== undefined && this.#isInUnreadable(name)) return null;
    const isKnown = name === undefined ? found.length === matches.length : found.length > 0;
    return isKnown || matches.length === 0 ? found : null;
  }

  /** Whether a manifest that nobody can read speaks of a name: the object is still written there. */
  #isInUnreadable(name: string): boolean {
    const { tree } = this.revision;
    return this.roots.some(
      (root) =>
        root.kind === 'plain' &&
        root.files.some(
          (file) =>
            this.revision.manifests(file).problem !== null && tree.read(file)?.includes(name) === true,
        ),
    );
  }
}

/** Undefined: in any namespace, or the kind has none. */
function withinOf(kind: string, namespace: string | null): string | undefined {
  return mayHaveNamespace(kind) ? (namespace ?? undefined) : undefined;
}

function keyOf(kind: string, namespace: string | null, name: string): string {
  return `${kind} ${withinOf(kind, namespace) ?? '*'} ${name}`;
}

function plannedIn({ root, rendered }: Match): readonly PlannedObject[] {
  const one = checked(rendered.object);
  return 'message' in one ? [] : [{ root: root.id, object: planned(one.object, root) }];
}

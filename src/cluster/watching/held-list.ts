import { isDeepStrictEqual } from 'node:util';
import {
  isRecord,
  recordAt,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterProblem } from '../../model/cluster-state.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import { maskedObject } from '../../untrusted/masked.ts';
import { checkObject } from '../checked-object.ts';
import type { ItemType } from '../list-pages.ts';
import type { SharedValues } from './shared-values.ts';
import { versionOf } from './watch-event.ts';

/** One object, or why it cannot be used. */
type Held =
  | { readonly object: ClusterObject; readonly version: string }
  | { readonly object: null; readonly ref: ObjectRef | null; readonly problem: ClusterProblem };

type HeldByName = Map<string, Held>;

/** The objects of one list of the API as they are now: trimmed, masked, and checked while they arrive. */
export class HeldList {
  readonly #type: ItemType;
  readonly #path: string;
  readonly #trim: (object: KubernetesObject) => KubernetesObject;
  readonly #shared: SharedValues;
  readonly #most: number;
  #held: HeldByName = new Map();
  #isCut = false;
  #wasRead = false;

  /** @param most objects; those beyond it are unknown */
  constructor(
    type: ItemType,
    path: string,
    most: number,
    trim: (object: KubernetesObject) => KubernetesObject,
    shared: SharedValues,
  ) {
    this.#type = type;
    this.#path = path;
    this.#most = most;
    this.#trim = trim;
    this.#shared = shared;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Whether the list was read once. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  /** Whether objects may be missing that the server has. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Undefined where it is not there, or cannot be used. */
  get({ namespace, name }: ObjectRef): ClusterObject | undefined {
    return this.#held.get(`${namespace ?? ''}/${name}`)?.object ?? undefined;
  }

  /** Holds this very object, which is equal to the one that is held. */
  adopt(object: ClusterObject): void {
    const key = keyOf(object);
    const held = this.#held.get(key);
    if (held?.object) this.#held.set(key, { ...held, object });
  }

  *objects(): Iterable<ClusterObject> {
    for (const { object } of this.#held.values()) if (object !== null) yield object;
  }

  setAside(): readonly ObjectRef[] {
    return [...this.#held.values()].flatMap((held) => (held.object === null && held.ref ? [held.ref] : []));
  }

  problems(): readonly ClusterProblem[] {
    return [...this.#held.values()].flatMap((held) => (held.object === null ? [held.problem] : []));
  }

  /** Begins to take a whole list; nothing changes before its end. Objects of the version that is held are not read again. */
  relist(): Relisting {
    let next: HeldByName = new Map();
    return {
      add: (item) => {
        const key = keyOf(item);
        const known = this.#held.get(key);
        const isKnown = known !== undefined && known.object !== null && known.version === versionOf(item);
        next.set(key, isKnown && isSame(known.object, item) ? known : this.#read(item));
      },
      restart: () => (next = new Map()),
      end: (isWhole) => {
        const before = this.#held;
        this.#held = next;
        this.#isCut = !isWhole;
        this.#wasRead = true;
        const gone = [...before].filter(([key]) => !next.has(key));
        return [
          ...gone.flatMap(([, held]) => changeOf(held, undefined)),
          ...[...next].flatMap(([key, held]) => changeOf(before.get(key), held)),
        ];
      },
    };
  }

  put(item: unknown): readonly ObjectChange[] {
    const key = keyOf(item);
    const before = this.#held.get(key);
    if (before === undefined && this.#held.size >= this.#most) {
      this.#isCut = true;
      return [];
    }
    const read = this.#read(item);
    const changes = changeOf(before, read);
    // What did not change in anything that is read stays the same object.
    const isSameObject = changes.length === 0 && before?.object && read.object;
    this.#held.set(key, isSameObject ? { object: before.object, version: read.version } : read);
    return changes;
  }

  remove(item: unknown): readonly ObjectChange[] {
    const key = keyOf(item);
    const before = this.#held.get(key);
    if (!this.#held.delete(key)) return [];
    return changeOf(before, undefined);
  }

  #read(item: unknown): Held {
    const checked = checkObject(isRecord(item) ? { ...this.#type, ...item } : item);
    if (checked.kind === 'object') {
      const object = maskedObject(this.#trim(checked.object));
      this.#shared.shareParts(object);
      return { object, version: versionOf(checked.object) };
    }
    if (checked.kind === 'malformed') {
      const problem = { where: checked.name, message: `${checked.message} (${this.#path})` };
      return { object: null, ref: checked.ref, problem };
    }
    const message = 'an item of the list is not an object; it is set aside';
    return { object: null, ref: null, problem: { where: this.#path, message } };
  }
}

export interface Relisting {
  add(item: unknown): void;
  restart(): void;
  /** Replaces what was held. */
  end(isWhole: boolean): readonly ObjectChange[];
}

function changeOf(before: Held | undefined, after: Held | undefined): readonly ObjectChange[] {
  const [was, is] = [before?.object ?? null, after?.object ?? null];
  const some = is ?? was;
  if (some === null || was === is || (was !== null && is !== null && isUnchanged(was, is))) return [];
  return [{ ref: refOf(some), before: was, after: is }];
}

/** Equal, but for the version. */
export function isUnchanged(was: ClusterObject, is: ClusterObject): boolean {
  return isDeepStrictEqual(withoutVersion(was), withoutVersion(is));
}

function withoutVersion({ metadata, ...rest }: ClusterObject): object {
  const { resourceVersion: _, ...others } = metadata;
  return { ...rest, metadata: others };
}

function isSame({ metadata: { uid } }: ClusterObject, item: unknown): boolean {
  return uid === undefined || uid === recordAt(item, 'metadata')['uid'];
}

/** Names have no slash. */
function keyOf(item: unknown): string {
  const { namespace, name } = recordAt(item, 'metadata');
  return `${typeof namespace === 'string' ? namespace : ''}/${typeof name === 'string' ? name : ''}`;
}

/** A value and what stands for it in the key of what contains it. */
interface Entry {
  readonly value: unknown;
  readonly id: string;
}

/** The longest text that is kept for being equal to others. */
const LONGEST_TEXT = 256;

/** Fields in which no two objects are equal. */
const OWN: ReadonlySet<string> = new Set(['name', 'uid', 'resourceVersion', 'creationTimestamp']);

/**
 * Makes equal parts of many objects one: pods of one workload differ in names and addresses, and repeat probes, resources, volumes and
 * tolerations. It remembers what came lately and forgets the rest, so that it stays small however long a cluster is watched.
 */
export class SharedValues {
  readonly #most: number;
  #recent = new Map<string, Entry>();
  #before = new Map<string, Entry>();
  #texts = new Map<string, Entry>();
  #textsBefore = new Map<string, Entry>();
  #ids = 0;

  /** @param most values and texts that it remembers twice over */
  constructor(most = 1_000) {
    this.#most = most;
  }

  /** Shares the parts of an object, which is the caller's own and keeps its identity. */
  shareParts(object: object): void {
    const fields = object as Record<string, unknown>;
    for (const key of Object.keys(fields)) {
      if (OWN.has(key)) continue;
      const value = fields[key];
      if (key === 'metadata' && isObject(value)) this.shareParts(value);
      else fields[key] = this.#enter(value).value;
    }
  }

  #enter(value: unknown): Entry {
    if (typeof value === 'string') return this.#text(value);
    if (!isObject(value)) return { value, id: String(value) };
    let key: string;
    if (Array.isArray(value)) {
      key = '[';
      for (let index = 0; index < value.length; index += 1) {
        const item = this.#enter(value[index]);
        value[index] = item.value;
        key += `${item.id},`;
      }
    } else {
      const fields = value as Record<string, unknown>;
      key = '{';
      for (const name of Object.keys(fields)) {
        const field = this.#enter(fields[name]);
        fields[name] = field.value;
        key += `${this.#text(name).id}:${field.id},`;
      }
    }
    return this.#known(key, value);
  }

  /** Only ids are in keys, so that no text can pass for another value. */
  #known(key: string, value: object): Entry {
    const known = this.#recent.get(key) ?? this.#before.get(key);
    const entry = known ?? { value, id: `#${(this.#ids += 1)}` };
    if (this.#recent.size >= this.#most)
      [this.#before, this.#recent] = [this.#recent, new Map<string, Entry>()];
    this.#recent.set(key, entry);
    return entry;
  }

  #text(value: string): Entry {
    if (value.length > LONGEST_TEXT) return { value, id: `"${(this.#ids += 1)}` };
    const known = this.#texts.get(value) ?? this.#textsBefore.get(value);
    const entry = known ?? { value, id: `"${(this.#ids += 1)}` };
    if (this.#texts.size >= this.#most)
      [this.#textsBefore, this.#texts] = [this.#texts, new Map<string, Entry>()];
    this.#texts.set(entry.value as string, entry);
    return entry;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const SHARDS = 512;

/** A map of which a moment can be kept: only the parts that change afterwards are copied. */
export class ShardedMap<Value> {
  #shards: (Map<string, Value> | undefined)[] = Array.from({ length: SHARDS });
  /** The shards that no kept moment has. */
  #own = new Set<number>();

  get(key: string): Value | undefined {
    return this.#shards[shardOf(key)]?.get(key);
  }

  set(key: string, value: Value): void {
    this.#writable(key).set(key, value);
  }

  delete(key: string): void {
    if (this.get(key) !== undefined) this.#writable(key).delete(key);
  }

  /** Answers as the map is now, whatever changes later. */
  moment(): (key: string) => Value | undefined {
    const shards = [...this.#shards];
    this.#own = new Set();
    return (key) => shards[shardOf(key)]?.get(key);
  }

  #writable(key: string): Map<string, Value> {
    const index = shardOf(key);
    let shard = this.#shards[index];
    if (shard === undefined || !this.#own.has(index)) {
      shard = new Map(shard);
      this.#shards[index] = shard;
      this.#own.add(index);
    }
    return shard;
  }
}

function shardOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (hash * 31 + key.charCodeAt(index)) | 0;
  return (hash >>> 0) % SHARDS;
}

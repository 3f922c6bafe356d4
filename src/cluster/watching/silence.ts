/** Calls back when a connection has been silent for too long. */
export class Silence {
  readonly #call: () => void;
  readonly #longest: () => number;
  #timer: NodeJS.Timeout;

  /** @param longest milliseconds from one sign of life to the next */
  constructor(call: () => void, longest: () => number) {
    this.#call = call;
    this.#longest = longest;
    this.#timer = this.#begin();
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#begin();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #begin(): NodeJS.Timeout {
    return setTimeout(this.#call, this.#longest()).unref();
  }
}

/**
 * The connections to one cluster: where one is dead, the others may be. The API server sends no bookmarks over a watch of a kind of which
 * nothing has changed since the watch began, so that such a watch cannot tell for itself.
 * Source: `processInterval` of k8s.io/apiserver/pkg/storage/cacher, which drops bookmarks of the version that the watch began with.
 */
export class Connected {
  readonly #checks = new Set<() => void>();

  /** @param check is called when another connection turned out dead. @returns ends that */
  add(check: () => void): () => void {
    this.#checks.add(check);
    return () => void this.#checks.delete(check);
  }

  foundDead(): void {
    for (const check of this.#checks) check();
  }
}

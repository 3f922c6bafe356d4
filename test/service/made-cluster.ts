import type { WatchedCluster } from '../../src/service/clusters.ts';
import { RecordedCluster } from '../../src/service/recorded-cluster.ts';

/** A cluster that is never told to have changed. */
export function clusterThatOpens(name: string, open: WatchedCluster['open']): WatchedCluster {
  return { name, repositories: null, open, subscribe: () => () => undefined, close: () => undefined };
}

/** A recorded cluster that says that it has changed whenever a test has it say so, as a live one does. */
export class ToldCluster extends RecordedCluster {
  readonly #listeners = new Set<() => void>();
  /** How often it was read. */
  read = 0;
  isClosed = false;
  /** Called while it is read. */
  whileReading: () => void = () => undefined;

  override open() {
    this.read += 1;
    this.whileReading();
    return super.open();
  }

  override subscribe(changed: () => void = () => undefined): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  override close(): void {
    this.isClosed = true;
    super.close();
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

import { onTestFinished } from 'vitest';
import type { OpenStore, Store } from '../../../src/store/store.ts';
import type { ProposalRecord } from '../../../src/store/records.ts';

export type Open = () => Promise<OpenStore>;

/** A store that is closed when the test has finished. */
export async function opened(open: Open): Promise<OpenStore> {
  const store = await open();
  onTestFinished(() => store.close());
  return store;
}

export function saved(store: Store, proposal: ProposalRecord): Promise<void> {
  return store.proposals.change(proposal.repository, proposal.branch, () => proposal);
}

export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

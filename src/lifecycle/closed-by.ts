import type { Store } from '../store/store.ts';
import type { Own } from './own.ts';
import type { Run } from './run.ts';

/** Who closed a pull request, as far as it was found out; null else. */
export async function closedByKnown(
  store: Pick<Store, 'cursors'>,
  repository: string,
  number: number,
): Promise<string | null> {
  return await store.cursors.get(keyOf(repository, number));
}

/** The same, asked of GitHub once: its lists do not tell. */
export async function closedBy({ host, store }: Run, { pull }: Own): Promise<string | null> {
  const known = await closedByKnown(store, host.repository, pull.number);
  if (known !== null) return known;
  const login = (await host.issue(pull.number))?.closedBy ?? null;
  if (login !== null) await store.cursors.set(keyOf(host.repository, pull.number), login);
  return login;
}

function keyOf(repository: string, number: number): string {
  return `closed ${repository.toLowerCase()} ${number}`;
}

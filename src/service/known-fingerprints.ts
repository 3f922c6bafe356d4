import type { Host } from '../github/host.ts';
import type { KnownFingerprints } from '../incidents/fingerprint.ts';
import { ownAmong } from '../lifecycle/own.ts';
import type { Store } from '../store/store.ts';

/** What pull requests of the repository and the store call the incidents that they know. */
export async function knownFingerprints(
  host: Host,
  store: Pick<Store, 'markers' | 'incidents'>,
): Promise<KnownFingerprints> {
  const known = new Map<string, string>();
  for (const { fingerprint } of await store.incidents.list()) known.set(fingerprint, fingerprint);
  for (const { marker } of await ownAmong(await host.ownPullRequests(), { host, store })) {
    for (const fingerprint of marker?.fingerprints ?? []) known.set(fingerprint, fingerprint);
    for (const { subject, fingerprint } of marker?.subjects ?? []) known.set(subject, fingerprint);
  }
  return known;
}

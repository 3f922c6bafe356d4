import type { Host } from '../github/host.ts';
import { ownFrom } from './own.ts';

/** A value that somebody asked for with `/rca set`, for a field of one incident's finding. */
interface Asked {
  readonly fingerprint: string;
  readonly field: string;
  readonly value: string;
}

/** Values that people asked for in open pull requests, as those say themselves. */
export async function valuesSetIn(host: Pick<Host, 'ownPullRequests'>): Promise<readonly Asked[]> {
  const own = ownFrom(await host.ownPullRequests());
  return own
    .filter(({ pull }) => pull.state === 'open')
    .flatMap(({ marker }) =>
      (marker?.set ?? []).flatMap(({ field, value }) =>
        (marker?.fingerprints ?? []).map((fingerprint) => ({ fingerprint, field, value })),
      ),
    );
}

import { Installations } from '../../src/github/installations.ts';
import type { Clock } from '../../src/github/limits.ts';
import { appClient } from '../../src/github/tokens.ts';
import { watchedCluster, type WatchedCluster } from '../../src/service/clusters.ts';
import type { Log } from '../../src/service/log.ts';
import { Service } from '../../src/service/service.ts';
import type { Settings } from '../../src/service/settings.ts';
import type { Store } from '../../src/store/store.ts';
import type { StandIn } from '../github/stand-in/interface.ts';

/** The stand-in's clock. Who sleeps does not wait: the time passes at once. */
export function clockOf({ clock }: StandIn): Clock {
  return { now: clock.now, sleep: async (milliseconds) => clock.advance(milliseconds) };
}

/** Where the App is installed, asked with its own key. */
export function installationsOf(
  github: StandIn,
  clock = clockOf(github),
  store: Pick<Store, 'cursors'> | null = null,
): Installations {
  const { appId, privateKey, apiUrl } = github;
  const memory = store && {
    get: async (key: string) => (await store.cursors.get(key))?.value ?? null,
    set: (key: string, value: string) => store.cursors.set(key, { value, etag: null }),
  };
  const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock });
  return new Installations(client, clock, memory ?? undefined);
}

/** A cluster for all repositories, recorded in a folder that is read again when it changes. */
export function recordedIn(path: string, name = 'prod'): WatchedCluster {
  return watchedCluster({ name, source: { kind: 'recorded', path }, repositories: null });
}

/** No cluster and no polling, and writes follow each other at once. */
export const bareSettings: Settings = {
  clusters: [],
  interval: 60_000,
  polling: null,
  writePause: 0,
  onboarding: 'none',
  folder: '',
};

export interface ServiceOptions {
  readonly store: Store;
  readonly clusters: readonly WatchedCluster[];
  /** A folder. */
  readonly mirrors: string;
  /** Told of warnings and errors. Default: nobody is. */
  readonly problem?: (facts: object) => void;
  /** Default: `none`, since most tests are about something else. */
  readonly onboarding?: 'required' | 'none';
}

/** The service as `faultline serve` makes it. It looks after no repository yet; nobody is told that an answer takes long. */
export function serviceOn(github: StandIn, options: ServiceOptions): Service {
  const { store, clusters, mirrors, problem = () => {}, onboarding = 'none' } = options;
  const log: Log = { debug: () => {}, info: () => {}, warn: problem, error: problem };
  const sleep = (): Promise<never> => new Promise(() => {});
  return new Service({ store, clusters, mirrors, log, onboarding, now: github.clock.now, sleep });
}

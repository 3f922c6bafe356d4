import { CONFIG_FILE } from '../config/defaults.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import { reconcile } from '../lifecycle/reconcile.ts';
import type { Store } from '../store/store.ts';
import { plainText, prose } from '../untrusted/prose.ts';
import { logOf, type Log } from './log.ts';
import { type Observer, UNOBSERVED } from '../observation/observer.ts';
import type { RepositoryScans } from './repository-scans.ts';
import { hasConfiguration, type RepositoryScan, type Round } from './scan.ts';

export interface ActParts {
  readonly scans: RepositoryScans;
  readonly store: Store;
  /** Whether a repository must have a configuration before anything is proposed in it. */
  readonly onboarding: 'required' | 'none';
  readonly log: Log;
  /** Default: nobody is told. */
  readonly observer?: Observer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Acting {
  /** What is asked of GitHub with other scans. */
  readonly round?: Round;
  /** The pull request whose branch is to be rebuilt. */
  readonly rebuild?: number;
}

const NOT_CONFIGURED = prose`${CONFIG_FILE} is not there yet, so Faultline opens nothing`;

/** Brings GitHub in line with a scan. */
export async function act(
  { scans, store, onboarding, log, observer = UNOBSERVED, now }: ActParts,
  { cluster, report, state, checkout }: RepositoryScan,
  { rebuild, round = scans.newRound() }: Acting = {},
): Promise<readonly Outcome[]> {
  const { presence, host } = scans;
  if (!presence.hasPullRequests) return [];
  const isPending = onboarding === 'required' && !hasConfiguration(checkout);
  const outcomes = await reconcile({
    host: round.host,
    store,
    report,
    cluster: state,
    config: presence.hasIssues ? checkout.config : { ...checkout.config, reports: false },
    repository: checkout.content,
    now: now(),
    hasBoxes: true,
    ...(isPending ? { opensNothing: NOT_CONFIGURED } : {}),
    ...(rebuild === undefined ? {} : { rebuild }),
  });
  observer.acted(cluster, outcomes);
  for (const { kind, number, why, key, fingerprints } of outcomes) {
    if (kind === 'unchanged') continue;
    const about = logOf(log, fingerprints);
    const facts = { repository: host.repository, kind, number, key, why: plainText(why) };
    if (kind === 'failed') about.warn(facts, 'proposal');
    else about.info(facts, 'proposal');
  }
  return outcomes;
}

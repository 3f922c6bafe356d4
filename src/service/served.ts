import { commands } from '../chatops/commands/index.ts';
import { ChatOps } from '../chatops/respond.ts';
import { Boxes } from '../chatops/tick.ts';
import type { Explainer } from '../explanation/explainer.ts';
import type { Host } from '../github/host.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import type { Store } from '../store/store.ts';
import type { ActParts } from './act.ts';
import { Approvals } from './approvals.ts';
import type { WatchedCluster } from './clusters.ts';
import { RepositoryActions } from './command-actions.ts';
import type { Log } from './log.ts';
import type { Difference } from '../incidents/incident-finder.ts';
import type { Observer } from '../observation/observer.ts';
import type { Readings } from './readings.ts';
import { RepositoryScans } from './repository-scans.ts';
import { untick } from './ticked-boxes.ts';
import { Acceptances } from './accepted.ts';
import { WaitingGuards } from './waiting-guards.ts';
import { type CentralPolicy, Workspace } from './workspace.ts';

/** One repository that is served. */
export interface Served {
  readonly scans: RepositoryScans;
  /** What acting on a scan takes. */
  readonly parts: ActParts;
  readonly approvals: Approvals;
  readonly actions: RepositoryActions;
  readonly chat: ChatOps;
  readonly boxes: Boxes;
  /** Clusters whose last scan wants more pull requests than GitHub's limits let it open. */
  readonly postponed: Set<string>;
  /** What failed and was logged, so that it is logged once. */
  readonly said: Map<string, string>;
  readonly acceptances: Acceptances;
  readonly workspace: Workspace;
  readonly waitingGuards: WaitingGuards;
}

interface ServedParts {
  readonly store: Store;
  /** Those that deploy the repository. */
  readonly clusters: readonly WatchedCluster[];
  readonly readings: Readings;
  readonly mirrors: string;
  readonly policy: CentralPolicy;
  readonly explainer?: Pick<Explainer, 'explain'> | null;
  readonly log: Log;
  /** Default: nobody is told. */
  readonly observer?: Observer;
  readonly onboarding: 'required' | 'none';
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly guardAgain: (number: number) => Promise<void>;
  /** Scans a cluster now and acts on it. */
  readonly scan: (cluster: WatchedCluster) => Promise<readonly Outcome[]>;
}

/** How long a comment may take until Faultline says that it is working on it, in milliseconds. */
const PATIENCE = 5_000;

export function served(reached: Host, all: ServedParts): Served {
  const {
    store,
    clusters,
    readings,
    mirrors,
    policy,
    log,
    observer,
    onboarding,
    now,
    sleep,
    scan,
    guardAgain,
  } = all;
  const workspace = new Workspace(reached, mirrors, now, policy);
  const differed = (cluster: string, { kind, incident: { fingerprint, finding } }: Difference): void => {
    observer?.differed(kind);
    const { rule, cause } = finding;
    log.error({ cluster, incidents: [fingerprint], rule, cause, kind }, 'increments differ from a full find');
  };
  const scans = new RepositoryScans({
    host: reached,
    clusters,
    readings,
    store,
    workspace,
    differed,
    explainer: all.explainer ?? null,
    now,
  });
  const { host } = scans;
  const parts: ActParts = { scans, store, onboarding, log, now, ...(observer && { observer }) };
  const acceptances = new Acceptances(host.repository, store);
  const approvals = new Approvals({ scans, store, now });
  const actions = new RepositoryActions({ ...parts, approvals, acceptances, guardAgain, scan });
  const answering = { host, actions, store, commands, now };
  return {
    scans,
    parts,
    approvals,
    acceptances,
    workspace,
    waitingGuards: new WaitingGuards(host.repository, store, now()),
    actions,
    chat: new ChatOps({ ...answering, patience: () => sleep(PATIENCE) }),
    boxes: new Boxes({ ...answering, untick: (thread, boxes, where) => untick(host, thread, boxes, where) }),
    postponed: new Set(),
    said: new Map(),
  };
}

/**
 * Whether a cluster deploys a repository.
 *
 * @param repositories of the cluster; null for all
 */
export function isAmong(repositories: readonly string[] | null, name: string): boolean {
  return repositories === null || repositories.some((one) => one.toLowerCase() === name);
}

import { isDeepStrictEqual } from 'node:util';
import type { Alert } from '../alerts/alert.ts';
import { findObjects } from '../alerts/find-objects.ts';
import type { ReadAlert } from '../alerts/format.ts';
import { EXPECTED_LABELS } from '../alerts/names.ts';
import { endOf } from '../alerts/noted.ts';
import { describeRef, sameObject } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { ReceivedAlert } from '../model/received-alert.ts';
import type { IncidentRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { clusterNamed } from './alert-clusters.ts';
import type { Log } from './log.ts';
import type { ClusterSettings } from './settings.ts';

export interface AlertIntakeParts {
  readonly store: Store;
  readonly clusters: readonly ClusterSettings[];
  /** What this process read last of a cluster; null before the first time, and where it could not be read. */
  readonly latest: (cluster: string) => ClusterState | null;
  /** Has a cluster read, and the alerts about it looked up. */
  readonly investigate: (cluster: string) => Promise<void>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * What became of one alert: `investigating`, its objects are diagnosed now; `joined`, they have an incident; `repeated`, it was
 * taken before; `resolved`, it is over; `unknown`, the cluster has none of what it names; `ignored`, it names no object, or tells the end of one
 * that was not taken; `refused`, it cannot be read, or is about an unknown cluster.
 */
export interface TakenAlert {
  readonly status: 'investigating' | 'joined' | 'repeated' | 'resolved' | 'unknown' | 'ignored' | 'refused';
  readonly alert?: string;
  readonly cluster?: string;
  readonly objects?: readonly string[];
  /** Fingerprints. */
  readonly incidents?: readonly string[];
  readonly message?: string;
}

interface Placed {
  readonly alert: Alert;
  readonly cluster: string;
}

/** Takes alerts, and looks up what they are about. */
export class AlertIntake {
  readonly #parts: AlertIntakeParts;

  constructor(parts: AlertIntakeParts) {
    this.#parts = parts;
  }

  /**
   * Stores what can be taken, in one transaction, and starts the investigations. Resolves once all of it is on the disk.
   *
   * @param cluster the one that the address names; null where it names none
   */
  async take(read: readonly ReadAlert[], cluster: string | null): Promise<readonly TakenAlert[]> {
    const placed = read.map((one) => (one.kind === 'odd' ? refusal(one) : this.#place(one.alert, cluster)));
    const toStore = placed.filter(isPlaced);
    const { store, investigate } = this.#parts;
    const stored = await store.transaction(async (within) => {
      const results = new Map<Placed, Noted>();
      for (const one of toStore) results.set(one, await this.#note(one, within));
      return results;
    });
    for (const name of new Set(toStore.filter((one) => stored.get(one)!.isPending).map((one) => one.cluster)))
      await investigate(name);
    const incidents = await store.incidents.list();
    return placed.map((one) => (isPlaced(one) ? this.#answerTo(one, stored.get(one)!, incidents) : one));
  }

  #place(alert: Alert, given: string | null): Placed | TakenAlert {
    const { names, title } = alert;
    if (names.objects.length + names.also.length === 0)
      return {
        status: 'ignored',
        alert: title,
        message: `it names no object; expected labels: ${EXPECTED_LABELS}`,
      };
    const found = clusterNamed(given ?? names.cluster, this.#parts.clusters);
    return found.kind === 'found'
      ? { alert, cluster: found.name }
      : { status: 'refused', alert: title, message: found.message };
  }

  async #note({ alert, cluster }: Placed, { alerts }: Pick<Store, 'alerts'>): Promise<Noted> {
    const { status, source, id, title, summary, names, startsAt } = alert;
    const at = this.#parts.now();
    const known = await alerts.get({ cluster, source, id });
    const isOpen = known !== null && known.resolvedAt === null && endOf(known) > at;
    if (status === 'resolved') {
      if (isOpen) await alerts.save({ ...known, lastAt: at, resolvedAt: at });
      return { kind: isOpen ? 'resolved' : 'ignored', isPending: false };
    }
    const told = { cluster, source, id, title, summary, names, startsAt, lastAt: at, resolvedAt: null };
    if (isOpen && known.state === 'found' && isDeepStrictEqual(known.names, names)) {
      await alerts.save({ ...known, ...told, receivedAt: known.receivedAt });
      return { kind: 'repeated', isPending: false };
    }
    // What was unknown may be there by now.
    const receivedAt = isOpen ? known.receivedAt : at;
    await alerts.save({ ...told, state: 'pending', about: [], why: null, receivedAt });
    return { kind: 'new', isPending: true };
  }

  #answerTo({ alert, cluster }: Placed, { kind }: Noted, incidents: readonly IncidentRecord[]): TakenAlert {
    const about = { alert: alert.title, cluster };
    if (kind === 'ignored')
      return { ...about, status: 'ignored', message: 'it is resolved, and was not known before' };
    if (kind === 'resolved') return { ...about, status: 'resolved' };
    const state = this.#parts.latest(cluster);
    if (state === null) return { ...about, status: 'investigating' };
    const found = findObjects(alert.names, state);
    if (found.kind === 'unknown')
      return { ...about, status: 'unknown', message: `${found.why}; it is looked up once more now` };
    const open = incidents.filter(
      (one) =>
        one.cluster === cluster &&
        one.notSeenSince === null &&
        found.objects.some((object) => sameObject(object, one.object)),
    );
    return {
      ...about,
      status: kind === 'repeated' ? 'repeated' : open.length > 0 ? 'joined' : 'investigating',
      objects: found.objects.map(describeRef),
      ...(open.length > 0 && { incidents: open.map(({ fingerprint }) => fingerprint) }),
    };
  }

  /** Looks up what the pending alerts of a cluster are about, in the cluster as it was just read. */
  async settle(cluster: string, state: ClusterState): Promise<void> {
    const { store, log } = this.#parts;
    for (const { source, id } of (await store.alerts.list(cluster)).filter(isPending)) {
      const settled = await store.transaction(async ({ alerts }) => {
        const alert = await alerts.get({ cluster, source, id });
        if (alert === null || !isPending(alert)) return null;
        const found = findObjects(alert.names, state);
        const now: ReceivedAlert =
          found.kind === 'found'
            ? { ...alert, state: 'found', about: found.objects }
            : { ...alert, state: 'unknown', why: found.why };
        await alerts.save(now);
        return now;
      });
      if (settled?.state === 'unknown')
        log.warn(
          { cluster, source, alert: settled.title, problem: settled.why },
          'an alert is about nothing that Faultline knows',
        );
      else if (settled)
        log.info(
          { cluster, source, alert: settled.title, objects: settled.about.map(describeRef) },
          'an alert is investigated',
        );
    }
  }
}

interface Noted {
  readonly kind: 'new' | 'repeated' | 'resolved' | 'ignored';
  readonly isPending: boolean;
}

function isPlaced(one: Placed | TakenAlert): one is Placed {
  return !('status' in one);
}

function isPending({ state }: ReceivedAlert): boolean {
  return state === 'pending';
}

function refusal({ part, expected }: Extract<ReadAlert, { kind: 'odd' }>): TakenAlert {
  return { status: 'refused', message: `${part}: ${expected}` };
}

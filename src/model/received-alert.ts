import type { ObjectRef } from '../kubernetes/objects.ts';

/** Who sends alerts, as the end of the path: `/alerts/alertmanager`. */
export const ALERT_SOURCES = ['alertmanager', 'grafana', 'argocd', 'flux', 'pagerduty'] as const;

export type AlertSource = (typeof ALERT_SOURCES)[number];

/** What people call them. */
export const SOURCE_NAMES: Readonly<Record<AlertSource, string>> = {
  alertmanager: 'Alertmanager',
  grafana: 'Grafana',
  argocd: 'Argo CD',
  flux: 'Flux',
  pagerduty: 'PagerDuty',
};

/** An object that an alert names; null for a namespace that it does not tell. */
export interface NamedObject {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

export interface AlertNames {
  /** As the alert calls it, which is not always as the settings do; null where it does not tell. */
  readonly cluster: string | null;
  /** The likeliest first: the alert is about the first one that the cluster has. */
  readonly objects: readonly NamedObject[];
  /** What it is about as well: the resources of an application. */
  readonly also: readonly NamedObject[];
  readonly container: string | null;
}

/** An alert that a source sent, as it is kept until it is over. Texts are masked. Times are milliseconds since the epoch. */
export interface ReceivedAlert {
  /** As the settings call it. */
  readonly cluster: string;
  readonly source: AlertSource;
  /** The same for every notification of one alert. */
  readonly id: string;
  /** What the source calls it, such as `KubePodCrashLooping`. */
  readonly title: string;
  /** What it says; empty where it says nothing. */
  readonly summary: string;
  readonly names: AlertNames;
  /** `pending`: not looked up yet. `found`: it is about objects that the cluster has. `unknown`: the cluster has none of what it names. */
  readonly state: 'pending' | 'found' | 'unknown';
  /** The topmost owners of what it names. */
  readonly about: readonly ObjectRef[];
  /** What is not known, in a sentence; null unless `unknown`. */
  readonly why: string | null;
  /** Null where the source does not say. */
  readonly startsAt: number | null;
  /** Of its first notification, since it was last resolved. */
  readonly receivedAt: number;
  /** Of its last notification. */
  readonly lastAt: number;
  /** Null while it fires. */
  readonly resolvedAt: number | null;
}

import { DAY } from '../kubernetes/durations.ts';
import { objectKey } from '../kubernetes/objects.ts';
import type { Culprit, Finding } from '../model/finding.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Incident } from '../model/incident.ts';
import { SOURCE_NAMES, type ReceivedAlert } from '../model/received-alert.ts';

/** Alerts that one incident names: the first ones tell why it was investigated. */
const MOST = 3;

/**
 * Notes alerts with the incidents that they are about, as evidence. It changes nothing else: what others report makes no cause surer. An
 * incident that says what it said before is the same object as before.
 */
export class NotedAlerts {
  readonly #noted = new WeakMap<Incident, { readonly key: string; readonly incident: Incident }>();

  noteWith(incidents: readonly Incident[], alerts: readonly ReceivedAlert[]): readonly Incident[] {
    return alerts.length === 0 ? incidents : incidents.map((incident) => this.#with(incident, alerts));
  }

  #with(incident: Incident, alerts: readonly ReceivedAlert[]): Incident {
    const evidence = alerts
      .filter((alert) => isAbout(alert, incident))
      .slice(0, MOST)
      .map(evidenceOf);
    if (evidence.length === 0) return incident;
    const key = JSON.stringify(evidence);
    const before = this.#noted.get(incident);
    if (before?.key === key) return before.incident;
    const { finding } = incident;
    const noted = { ...incident, finding: { ...finding, evidence: [...finding.evidence, ...evidence] } };
    this.#noted.set(incident, { key, incident: noted });
    return noted;
  }
}

function evidenceOf({ source, title, summary, startsAt, receivedAt }: ReceivedAlert): Evidence {
  const text = summary === '' || summary === title ? title : `${title}: ${summary}`;
  return quoted('alert', SOURCE_NAMES[source], startsAt ?? receivedAt, text);
}

/** It was firing while the incident was there, about an object of it, and about no other container. */
export function isAbout(alert: ReceivedAlert, { finding, followers, symptom }: Incident): boolean {
  const { container } = alert.names;
  if (alert.state !== 'found' || endOf(alert) < finding.firstSeen) return false;
  if (container !== null && finding.container !== null && container !== finding.container) return false;
  const own = [finding, ...followers].flatMap(objectsOf).concat(symptom.seenOn);
  const objects = new Set(own.map(objectKey));
  return alert.about.some((object) => objects.has(objectKey(object)));
}

function objectsOf({ object, culprit, affected }: Finding): readonly Culprit[] {
  return [object, culprit, ...affected];
}

/** One whose end nobody told is over a day after it was told last: Alertmanager repeats every four hours. */
export function endOf({ resolvedAt, lastAt }: ReceivedAlert): number {
  return resolvedAt ?? lastAt + DAY;
}

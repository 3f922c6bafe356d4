import type { Incident } from '../model/incident.ts';
import type { IncidentOpened } from '../store/entries.ts';
import { markedText } from '../untrusted/prose.ts';

/** What every record of the audit log that introduces an incident says of it. */
export function incidentFacts({
  fingerprint,
  cluster,
  finding,
}: Incident): Omit<IncidentOpened, 'change' | 'team'> {
  const { rule, cause, object, culprit, foresees, firstSeen, summary } = finding;
  return {
    fingerprint,
    cluster,
    rule,
    cause,
    object: named(object),
    culprit: named(culprit),
    foreseen: foresees === true,
    firstSeen,
    summary: markedText(summary),
  };
}

type Named = IncidentOpened['object'];

function named({ kind, namespace, name }: Named): Named {
  return { kind, namespace, name };
}

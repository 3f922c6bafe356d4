import { describeRef, type ObjectRef } from '../kubernetes/objects.ts';
import { count, span, utc } from '../kubernetes/times.ts';
import { item, list, type Block } from '../model/block.ts';
import type { Finding } from '../model/finding.ts';
import type { Phase } from '../model/phase.ts';
import type { Incident } from '../model/incident.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';

/** Phases that a container reaches by running: before them, how an earlier run ended has nothing to do with the failure. */
const RUN: ReadonlySet<Phase> = new Set(['startup', 'runtime', 'health-checks']);

/** How the container ended last: `exit code 137 (OOMKilled) at …: killed by SIGKILL because …`; null where that is not what failed. */
export function endText({ ended, finding }: Pick<Incident, 'ended' | 'finding'>): Prose | null {
  if (ended === null || !RUN.has(finding.phase)) return null;
  const { exitCode, reason, at, means } = ended;
  const code = exitCode === null ? ownText('no exit code') : ownText(`exit code ${exitCode}`);
  const why = reason === null ? prose`` : prose` (${reason})`;
  const when = at === null ? prose`` : prose` at ${utc(at)}`;
  return prose`${code}${why}${when}: ${means}`;
}

/** The same, where the finding's own sentences do not name the kubelet's reason already. */
export function endUnsaid(incident: Pick<Incident, 'ended' | 'finding'>): Prose | null {
  const { ended, finding } = incident;
  const said = `${plainText(finding.summary)} ${plainText(finding.rootCause)}`;
  const isSaid = ended !== null && ended.reason !== null && said.includes(plainText(ended.reason));
  return isSaid ? null : endText(incident);
}

/** What led to what, the symptom first: `ProgressDeadlineExceeded ← CrashLoopBackOff ← oom-killed/limit-too-low ← abc12345`; null for less than three. */
export function chainText({ chain, finding }: Pick<Incident, 'chain' | 'finding'>): Prose | null {
  const commit = finding.introducedBy?.sha.slice(0, 8);
  const links = [...chain, ...(commit === undefined ? [] : [commit])];
  return links.length < 3 ? null : prose`${links.join(' ← ')}`;
}

/** How the kubelet waits: `CrashLoopBackOff since …: 5 minutes before the next start, 6 restarts`; null where it does not. */
export function backOffText({ backOff }: Pick<Incident, 'backOff'>): Prose | null {
  if (backOff === null) return null;
  const { reason, delay, restarts, since } = backOff;
  const next = reason === 'CrashLoopBackOff' ? 'start' : 'pull';
  const when = since === null ? prose`` : prose` since ${utc(since)}`;
  const parts = [
    ...(delay === null ? [] : [`${delayText(delay)} before the next ${next}`]),
    ...(restarts === 0 ? [] : [count(restarts, 'restart')]),
  ];
  return prose`${ownText(reason)}${when}${ownText(parts.length === 0 ? '' : `: ${parts.join(', ')}`)}`;
}

function delayText(milliseconds: number): string {
  return milliseconds < 120_000 ? count(milliseconds / 1000, 'second') : span(milliseconds);
}

/** What a reader would call the failing thing: the object, or what several objects suffer from. */
export function failingThing({
  object,
  culprit,
  affected,
}: Finding): Pick<ObjectRef, 'kind' | 'namespace' | 'name'> {
  return affected.length > 1 ? culprit : object;
}

/** Objects that a text names; it counts the others. */
const MOST_NAMED = 5;

/** What suffers from the culprit; null where it is only the failing object itself. */
export function affectedText({ finding }: Pick<Incident, 'finding'>): Prose | null {
  const { affected } = finding;
  if (affected.length < 2) return null;
  const named = affected.slice(0, MOST_NAMED).map((object: ObjectRef) => prose`${describeRef(object)}`);
  const more = affected.length - named.length;
  const names = joinProse(named, ', ');
  return prose`${ownText(count(affected.length, 'object'))}: ${names}${ownText(more > 0 ? ` and ${more} more` : '')}`;
}

/** What could have been the cause and is not. */
export function ruledOutItems({ ruledOut }: Pick<Finding, 'ruledOut'>): readonly Block[] {
  return list(ruledOut.map(({ what, because }) => item(prose`${what}: ${because}`)));
}

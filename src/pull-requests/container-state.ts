import { describeRef, type ObjectRef } from '../kubernetes/objects.ts';
import { count, span, utc } from '../kubernetes/times.ts';
import { item, list, paragraph, type Block } from '../model/block.ts';
import type { Finding } from '../model/finding.ts';
import type { Incident } from '../model/incident.ts';
import { joinProse, ownText, prose, type Prose } from '../untrusted/prose.ts';

/** How the container ended last: `exit code 137 (OOMKilled) at …: killed by SIGKILL because …`; null where it did not. */
export function endText({ ended }: Pick<Incident, 'ended'>): Prose | null {
  if (ended === null) return null;
  const { exitCode, reason, at, means } = ended;
  const code = exitCode === null ? ownText('no exit code') : ownText(`exit code ${exitCode}`);
  const why = reason === null ? prose`` : prose` (${reason})`;
  const when = at === null ? prose`` : prose` at ${utc(at)}`;
  return prose`${code}${why}${when}: ${means}`;
}

/** How the kubelet waits: `CrashLoopBackOff: 5 minutes before the next start; 6 restarts, since …`; null where it does not. */
export function backOffText({ backOff }: Pick<Incident, 'backOff'>): Prose | null {
  if (backOff === null) return null;
  const { reason, delay, restarts, since } = backOff;
  const next = reason === 'CrashLoopBackOff' ? 'start' : 'pull';
  const parts = [
    ...(delay === null ? [] : [ownText(`${delayText(delay)} before the next ${next}`)]),
    ...(restarts === 0 ? [] : [ownText(count(restarts, 'restart'))]),
    ...(since === null ? [] : [prose`since ${utc(since)}`]),
  ];
  return parts.length === 0 ? ownText(reason) : prose`${ownText(reason)}: ${joinProse(parts, ', ')}`;
}

function delayText(milliseconds: number): string {
  return milliseconds < 120_000 ? count(milliseconds / 1000, 'second') : span(milliseconds);
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
export function ruledOutBlocks({ ruledOut }: Pick<Finding, 'ruledOut'>): readonly Block[] {
  const items = ruledOut.map(({ what, because }) => item(prose`${what}: ${because}`));
  return items.length === 0 ? [] : [paragraph(ownText('Ruled out:')), ...list(items)];
}

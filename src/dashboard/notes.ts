import { utc } from '../kubernetes/times.ts';
import type { Ending } from '../model/ending.ts';
import type { Outcome } from '../store/records.ts';
import { often, ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import type { Entry, Place } from './dashboard.ts';

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  pending: 'Faultline watches whether it helped',
  resolved: 'Resolved',
  'still-failing': 'Still failing after the merge',
  worse: 'Worse after the merge',
  'not-applied': 'Nothing has applied it to the cluster',
  overtaken: 'Something else has changed the value since',
  gone: 'What it was made for was deleted after the merge',
};

/** What a reader has to know about a status beyond its name; null where that says it. */
export function noteText(place: Place, reason: string | null): Prose | null {
  switch (place.kind) {
    case 'proposed':
    case 'over':
      return null;
    case 'waiting':
      return prose`Waits: ${sentenceOf(place.why)}`;
    case 'closed': {
      const at = place.at === null ? prose`` : prose` on ${utc(place.at)}`;
      return prose`Closed by ${place.by ?? 'a person'}${at}; another one is opened when there is evidence of a different kind`;
    }
    case 'merged':
      return ownText(OUTCOMES[place.outcome]);
    case 'snoozed':
      return prose`Snoozed until ${utc(place.until)} by ${place.by}`;
    case 'ignored':
      return prose`Ignored by ${place.by}: ${place.reason}`;
    case 'escalated':
    case 'monitored':
    case 'declined':
      return reason === null ? null : prose`Why: ${sentenceOf(reason)}`;
  }
}

export const ENDINGS: Readonly<Record<Ending, string>> = {
  recovered: 'Recovered',
  'scaled-to-zero': 'Scaled to zero',
  deleted: 'Deleted from the cluster',
  'namespace-deleted': 'Its namespace was deleted',
};

/** Whether it is away, and how often it came back. */
export function recurrenceTexts({
  away,
  place,
  returned,
  returnedAt,
}: Pick<Entry, 'away' | 'place' | 'returned' | 'returnedAt'>): readonly Prose[] {
  const texts: Prose[] = [];
  if (away !== null) {
    const until = place.kind === 'over' ? prose`` : prose`; over if it stays away until ${utc(away.overAt)}`;
    texts.push(prose`${ownText(ENDINGS[away.why])}: not seen since ${utc(away.since)}${until}`);
  }
  if (returned > 0 && returnedAt !== null)
    texts.push(prose`It came back ${often(returned)}, last at ${utc(returnedAt)}`);
  return texts;
}

import type { ShownIncident } from './views.ts';

/** The sections of the overview, in their order. */
export const SECTIONS = ['failing', 'foreseen', 'merged', 'quiet', 'over'] as const;

export type Section = (typeof SECTIONS)[number];

/** Where an incident is shown: what people silenced is no longer news, whatever it does. */
export function sectionOf({ place, away, isForeseen }: ShownIncident): Section {
  if (place.kind === 'snoozed' || place.kind === 'ignored') return 'quiet';
  if (place.kind === 'over') return 'over';
  if (away !== null) return place.kind === 'merged' ? 'merged' : 'over';
  return isForeseen ? 'foreseen' : 'failing';
}

/** What has a fix comes first, then what hurts most objects, then what has failed longest. */
export function worstFirst(incidents: readonly ShownIncident[]): readonly ShownIncident[] {
  return [...incidents].sort(
    (a, b) =>
      SECTIONS.indexOf(sectionOf(a)) - SECTIONS.indexOf(sectionOf(b)) ||
      Number(hasFix(b)) - Number(hasFix(a)) ||
      b.affected - a.affected ||
      a.firstSeen - b.firstSeen ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
}

function hasFix({ place: { kind } }: ShownIncident): boolean {
  return kind === 'proposed' || kind === 'waiting' || kind === 'merged';
}

import { noteText } from '../dashboard/notes.ts';
import type { Place } from '../dashboard/dashboard.ts';
import { markup, link, type Html } from '../untrusted/html.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { ShownIncident } from './views.ts';

/** Of the colours of the page. */
export type Tone = 'red' | 'amber' | 'green' | 'violet' | 'blue' | 'grey';

interface Badge {
  readonly label: string;
  readonly tone: Tone;
}

/** What is done about an incident, in a word or two. */
export function badgeOf(place: Place): Badge {
  switch (place.kind) {
    case 'proposed':
      return place.isDraft ? { label: 'Draft', tone: 'grey' } : { label: 'Open', tone: 'green' };
    case 'waiting':
      return { label: 'Waiting', tone: 'amber' };
    case 'closed':
      return { label: 'Closed by people', tone: 'grey' };
    case 'escalated':
      return { label: 'Needs a person', tone: 'red' };
    case 'merged':
      return { label: 'Merged', tone: 'violet' };
    case 'over':
      return { label: 'Over', tone: 'green' };
    case 'monitored':
      return { label: 'Watched only', tone: 'grey' };
    case 'declined':
      return { label: 'No edit', tone: 'grey' };
    case 'snoozed':
      return { label: 'Snoozed', tone: 'grey' };
    case 'ignored':
      return { label: 'Ignored', tone: 'grey' };
  }
}

/** The edge of an incident's row. */
export function toneOf({ away, isForeseen, place }: ShownIncident): Tone {
  if (place.kind === 'snoozed' || place.kind === 'ignored') return 'grey';
  if (away !== null) return 'green';
  return isForeseen ? 'amber' : 'red';
}

export function badge({ label, tone }: Badge): Html {
  return markup`<span class="state ${tone}">${label}</span>`;
}

/** The badge, the pull request, and what else a reader has to know. */
export function stateOf(incident: ShownIncident): Html {
  const { place, decision } = incident;
  const note = noteText(place, decision?.reason ?? null);
  return markup`${badge(badgeOf(place))}
  ${pullRequestLink(incident)}${reportLink(incident)}${
    note === null ? null : markup`<div class="small"><p>${sentence(note)}</p></div>`
  }`;
}

/** The issue that tells people of an escalation; nothing where there is none. */
function reportLink({ place, remote }: ShownIncident): Html | null {
  if (place.kind !== 'escalated' || place.issue === null) return null;
  return markup` Reported in ${link(remote === null ? null : `${remote.url}/issues/${place.issue}`, `#${place.issue}`)}`;
}

/** The pull request by its number and title; nothing where there is none. */
export function pullRequestLink({ proposal, remote }: ShownIncident): Html | null {
  if (proposal === null || proposal.pullRequest === null) return null;
  const { pullRequest, title } = proposal;
  return link(remote === null ? null : `${remote.url}/pull/${pullRequest}`, markup`#${pullRequest} ${title}`);
}

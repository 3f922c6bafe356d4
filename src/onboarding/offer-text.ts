import { createHash } from 'node:crypto';
import { CONFIG_FILE } from '../config/defaults.ts';
import { count } from '../kubernetes/times.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import type { Survey } from './survey.ts';

export const OFFER_TITLE = 'Configure Faultline';

/** A pull request that would be opened if the configuration were there. */
export interface Preview {
  /** Its title. */
  readonly title: string;
  /** `apps/cart.yaml:12` */
  readonly place: string;
}

export interface OfferText {
  readonly survey: Survey;
  /** What would be proposed now; null before a cluster was read. */
  readonly previews: readonly Preview[] | null;
}

/** Entries of the preview; the rest is counted. */
const MOST = 10;

/** What merging the configuration begins, what closing it means, and what would be proposed now. */
export function offerText({ survey, previews }: OfferText): string {
  const roots = Object.values(survey.roots).reduce((sum, paths) => sum + paths.length, 0);
  return [
    inline(
      prose`Merge this to let Faultline begin. From then on it opens a pull request for each failure that it can trace to a line of this repository; a person merges it. Until then it opens nothing else here.`,
    ),
    inline(
      prose`You can change ${CONFIG_FILE} on this branch first: Faultline then leaves the branch alone. It found ${ownText(count(roots, 'root'))} and ${ownText(count(survey.declarations.all, 'Argo CD or Flux object'))}.`,
    ),
    inline(
      prose`Closing this means "not now": nothing more is opened. To begin later, reopen it, or commit ${CONFIG_FILE} yourself.`,
    ),
    '### What it would propose now',
    preview(previews),
  ].join('\n\n');
}

function preview(previews: readonly Preview[] | null): string {
  if (previews === null) return inline(ownText('No cluster has been read yet.'));
  if (previews.length === 0) return inline(ownText('Nothing: no failure was traced to a line here.'));
  const lines = previews
    .slice(0, MOST)
    .map(({ title, place }) => `- ${inline(prose`${title} (${place})`, 500)}`);
  if (previews.length > MOST) lines.push(`- … and ${previews.length - MOST} more`);
  return lines.join('\n');
}

/** What the description of the offer says about itself to a later run. */
export interface OfferMarker {
  /** Our commit on the branch. */
  readonly head: string;
  /** Hash of the text, to notice that a person edited it. */
  readonly text: string;
}

const MARKER = /^<!-- faultline:configure head=([0-9a-f]{7,64}) text=([0-9a-f]{16}) -->$/;

export function withOfferMarker(text: string, head: string): string {
  return `${text}\n\n<!-- faultline:configure head=${head} text=${hashOf(text)} -->`;
}

/** The text of a description and its last line, where that is a marker of ours. */
export function readOffer(body: string): { readonly text: string; readonly marker: OfferMarker | null } {
  const lines = body.replaceAll('\r\n', '\n').trimEnd().split('\n');
  const match = MARKER.exec(lines.at(-1) ?? '');
  return match
    ? { text: lines.slice(0, -1).join('\n').trimEnd(), marker: { head: match[1]!, text: match[2]! } }
    : { text: body, marker: null };
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex').slice(0, 16);
}

export const OFFER_COMMIT = `${OFFER_TITLE}

Merging this lets Faultline propose pull requests in this repository.
`;

/** Said where the configuration came by another way. */
export function noLongerNeeded(): string {
  return inline(prose`${CONFIG_FILE} is there by now, so there is nothing left to merge here.`);
}

import { leafName } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { span, utc } from '../kubernetes/times.ts';
import { item, list, type Block, type Item } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { ChangedBefore, TemplateChange } from '../model/changed-before.ts';
import type { Commit } from '../model/commit.ts';
import type { Incident } from '../model/incident.ts';
import { joinProse, ownText, prose, untrusted, type Prose, type Untrusted } from '../untrusted/prose.ts';
import { placeText } from './site.ts';

/** Commits and fields of a commit that are told; more are counted. */
const MOST_COMMITS = 3;
const MOST_FIELDS = 4;

/** How a medium names a commit and a line. */
export interface Naming {
  readonly commit: (sha: string) => Prose | Untrusted;
  readonly place: (site: NonNullable<TemplateChange['site']>) => Prose | Untrusted;
}

export const PLAIN: Naming = {
  commit: (sha) => untrusted(sha.slice(0, 8)),
  place: (site) => untrusted(placeText(site)),
};

export interface WhatChanged {
  readonly since: Prose | null;
  readonly items: readonly Item[];
}

/** The list, under what it is compared with. */
export function changedList({ since, items }: WhatChanged): readonly Block[] {
  const compared = since === null ? prose`` : prose`${since}; from its template to the current one:`;
  return [{ kind: 'paragraph', line: { lead: ownText('What changed:'), text: compared } }, ...list(items)];
}

/** What the fields are compared with, and what is found; null where nothing is known to have changed. */
export function whatChanged(
  { changes, finding }: Pick<Incident, 'changes' | 'finding'>,
  naming: Naming = PLAIN,
): WhatChanged | null {
  if (changes === null) return null;
  const { outsideGit, unexplained } = changes;
  const commits = changes.commits.filter((one) => one.changes.length > 0);
  const items = [
    ...commits.slice(0, MOST_COMMITS).map((one) => item(commitText(one, finding.firstSeen, naming))),
    ...(commits.length > MOST_COMMITS
      ? [item(ownText(`… and ${commits.length - MOST_COMMITS} older commits`))]
      : []),
    ...(outsideGit.length === 0
      ? []
      : [item(prose`In the cluster, while git still has the old value: ${fieldsText(outsideGit, naming)}`)]),
    ...(unexplained.length === 0
      ? []
      : [item(prose`No commit is known that made this difference: ${fieldsText(unexplained, naming)}`)]),
  ];
  return items.length === 0 ? null : { since: changes.since, items };
}

function commitText(one: ChangedBefore, firstSeen: number, naming: Naming): Prose {
  return prose`${commitLine(one.commit, firstSeen, naming)}: ${fieldsText(one.changes, naming)}`;
}

/** `394cf227 by Ines Okafor, 2026-10-14 09:16 UTC, 2 minutes before the first failure (cart: 2.15.1 to prod)` */
export function commitLine(
  { sha, author, at, subject }: Commit,
  firstSeen: number,
  naming: Naming = PLAIN,
): Prose {
  const before = firstSeen > at ? prose`, ${span(firstSeen - at)} before the first failure` : prose``;
  return prose`${naming.commit(sha)} by ${author}, ${utc(at)}${before} (${subject})`;
}

function fieldsText(changes: readonly TemplateChange[], naming: Naming): Prose {
  const told = changes.slice(0, MOST_FIELDS).map((change) => changeText(change, naming));
  const more = changes.length - told.length;
  return joinProse(more > 0 ? [...told, ownText(`${more} more`)] : told, '; ');
}

function changeText({ field, before, after, site }: TemplateChange, naming: Naming): Prose {
  const place = site === null ? prose`` : prose` (${naming.place(site)})`;
  if (!isScalar(before) || !isScalar(after)) {
    const what = prose`${leafName(field)}`;
    if (before === null) return prose`${what} added${place}`;
    return after === null ? prose`${what} removed` : prose`${what} changed${place}`;
  }
  const { what, from, to } = wordingOf({ field, before, after });
  if (from === null) return prose`${what} set to ${to ?? ownText('nothing')}${place}`;
  return to === null ? prose`${what} removed, was ${from}` : prose`${what} from ${from} to ${to}${place}`;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value !== 'object';
}

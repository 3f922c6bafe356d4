import { leafName, fieldNamed } from '../kubernetes/field-path.ts';
import { describeRef, type Json } from '../kubernetes/objects.ts';
import { diffBlock, heading, item, list, type Block } from '../model/block.ts';
import type { Declined } from '../model/declined.ts';
import { type PlacedChange, type Change, isSameField } from '../model/change.ts';
import type { Located, LocatedSite } from '../model/located.ts';
import type { RootChanges } from '../model/proof.ts';
import { fileLine } from '../pull-requests/site.ts';
import { shownValue } from '../model/change-wording.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import { ownText, plainText, prose, untrusted } from '../untrusted/prose.ts';
import { toTerminal, type TerminalOptions } from '../writers/terminal.ts';
import { locatedJson, objectJson, siteJson } from './changes-json.ts';
import { proofText } from './proof-text.ts';

/** `{changes, derived, proof, diff}`; without a new value only `changes[0]` with `site` and `before`; or `{declined}`. */
export function locateJson(result: Located | LocatedSite | Declined): Json {
  if (result.kind === 'located') return locatedJson(result);
  if (result.kind === 'declined') {
    const { code, reason, candidates } = result;
    return { declined: { code, reason: plainText(untrusted(reason)), candidates } };
  }
  const { object, field, before, site } = result;
  return {
    changes: [
      {
        object: objectJson(object),
        field,
        before: maskJson(leafName(fieldNamed(field)), before),
        site: siteJson(site),
      },
    ],
  };
}

/** The same for people: the place first, then the diff and its proof. */
export function locateText(result: Located | LocatedSite | Declined, options: TerminalOptions): string {
  return toTerminal(locateBlocks(result), options);
}

/** As blocks, for texts that say more than this. */
export function locateBlocks(result: Located | LocatedSite | Declined): readonly Block[] {
  switch (result.kind) {
    case 'declined': {
      const { code, reason, candidates } = result;
      const why = heading(prose`declined (${ownText(code)}): ${reason}`);
      return [why, ...list(candidates.map((candidate) => item(prose`${candidate}`)))];
    }
    case 'site':
      return place(
        { ...result, field: fieldNamed(result.field) },
        prose` = ${shownValue(fieldNamed(result.field), result.before)}`,
      );
    case 'located':
      return [
        ...result.changes.flatMap((change) => place(change)),
        diffBlock(result.diff),
        ...besideBlocks(result),
        heading(proofText(result.proof)),
      ];
  }
}

function place(
  { site, object, field }: Pick<PlacedChange, 'site' | 'object' | 'field'>,
  value = ownText(''),
): readonly Block[] {
  const likely = site.likely === undefined ? [] : [item(prose`likely: ${site.likely}`)];
  return [
    heading(prose`${`${fileLine(site)}:${site.column}`}  ${describeRef(object)}  ${field.text}${value}`),
    ...list(likely),
  ];
}

/** The most changes that are listed beside the requested ones; JSON has all of them. */
const MOST_TOLD = 10;

/** What the same line changes too, each with its root. */
function besideBlocks({ changes, derived, proof }: Located): readonly Block[] {
  const isAsked = (root: string, change: Change<Json>): boolean =>
    changes.some((one) => one.site.root === root && isSameField(one, change));
  const isOnTheWay = (change: Change<Json>): boolean =>
    derived.some((one) => one.because === 'declaration' && isSameField(one, change));
  // Several roots may be one folder, applied in several ways.
  const asked = proof.roots.find((one) => one.changes.some((change) => isAsked(one.root, change)));
  const beside = proof.roots.flatMap((one) =>
    one.changes
      .filter((change) => !(one === asked && isAsked(one.root, change)) && !isOnTheWay(change))
      .map(({ object, field }) => item(prose`${nameOf(one)}: ${describeRef(object)}  ${field.text}`)),
  );
  return beside.length === 0 ? [] : [heading('also changes'), ...list(beside, MOST_TOLD)];
}

function nameOf({ root, by }: RootChanges): string {
  return by === undefined ? root : `${root} (${by})`;
}

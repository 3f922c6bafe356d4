import { leafName } from '../kubernetes/field-path.ts';
import { describeRef, sameObject, type Json } from '../kubernetes/objects.ts';
import type { Declined } from '../model/declined.ts';
import type { Located, LocatedSite } from '../model/located.ts';
import type { Site } from '../model/site.ts';
import type { FieldChange, RootChanges } from '../model/proof.ts';
import { fileLine } from '../pull-requests/site.ts';
import { count } from '../pull-requests/times.ts';
import { shownValue } from '../model/change-wording.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';
import { locatedJson, objectJson, siteJson } from './changes-json.ts';
import { indented, oneLine, paint, paintDiff, type TextOptions } from './paint.ts';
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
      { object: objectJson(object), field, before: maskJson(leafName(field), before), site: siteJson(site) },
    ],
  };
}

/** A line of its own below the place. */
function likelyText({ likely }: Pick<Site, 'likely'>): string {
  return likely === undefined ? '' : `\n  likely: ${oneLine(likely)}`;
}

/** The same for people: the place first, then the diff and its proof. */
export function locateText(result: Located | LocatedSite | Declined, options: TextOptions): string {
  if (result.kind === 'declined') {
    const candidates = result.candidates.map((candidate) => `\n  ${oneLine(candidate)}`);
    return `${paint('declined', 'yellow', options)} (${result.code}): ${oneLine(result.reason)}${candidates.join('')}\n`;
  }
  if (result.kind === 'site') {
    const { site, object, field, before } = result;
    const place = paint(`${oneLine(fileLine(site))}:${site.column}`, 'bold', options);
    return `${place}  ${oneLine(describeRef(object))}  ${oneLine(field)} = ${plainText(shownValue(field, before))}${likelyText(site)}\n`;
  }
  const places = result.changes.map(
    ({ site, object, field }) =>
      `${paint(`${oneLine(fileLine(site))}:${site.column}`, 'bold', options)}  ${oneLine(describeRef(object))}  ${oneLine(field)}${likelyText(site)}`,
  );
  return `${places.join('\n')}\n\n${indented(paintDiff(result.diff, options), '  ')}\n\n${besideText(result)}${proofText(result.proof)}\n`;
}

/** The most changes that are told beside those asked for; JSON has all of them. */
const MOST_TOLD = 10;

/** What the same line changes too, each with its root. */
function besideText({ changes, derived, proof }: Located): string {
  const isAsked = (root: string, change: FieldChange): boolean =>
    changes.some((one) => one.site.root === root && isSameField(one, change));
  const isOnTheWay = (change: FieldChange): boolean =>
    derived.some((one) => one.because === 'declaration' && isSameField(one, change));
  // Several roots may be one folder, applied in several ways.
  const asked = proof.roots.find((one) => one.changes.some((change) => isAsked(one.root, change)));
  const beside = proof.roots.flatMap((one) =>
    one.changes
      .filter((change) => !(one === asked && isAsked(one.root, change)) && !isOnTheWay(change))
      .map(
        ({ object, field }) =>
          `  ${oneLine(nameOf(one))}: ${oneLine(describeRef(object))}  ${oneLine(field)}\n`,
      ),
  );
  if (beside.length === 0) return '';
  const more = beside.length - MOST_TOLD;
  const rest = more > 0 ? `  and ${count(more, 'more field')}\n` : '';
  return `also changes\n${beside.slice(0, MOST_TOLD).join('')}${rest}\n`;
}

function nameOf({ root, by }: RootChanges): string {
  return by === undefined ? root : `${root} (${by})`;
}

type Named = Pick<FieldChange, 'object' | 'field'>;

function isSameField(one: Named, other: Named): boolean {
  return one.field === other.field && sameObject(one.object, other.object);
}

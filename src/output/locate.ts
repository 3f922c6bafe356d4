import { leafName } from '../kubernetes/field-path.ts';
import { describeRef, type Json } from '../kubernetes/objects.ts';
import type { Declined, Located, LocatedSite, Site } from '../locate/located.ts';
import { fileLine } from '../pull-requests/site.ts';
import { shownValue } from '../pull-requests/wording.ts';
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
  return `${places.join('\n')}\n\n${indented(paintDiff(result.diff, options), '  ')}\n\n${proofText(result.proof)}\n`;
}

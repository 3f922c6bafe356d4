import { describeRef } from '../kubernetes/objects.ts';
import { item, list, paragraph, type Block, type Item } from '../model/block.ts';
import { shownValue } from '../model/change-wording.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Proposal } from '../model/proposal.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { toPlain } from '../writers/plain.ts';
import { lessonsSection } from './lessons.ts';
import { orderedChanges, placeText } from './site.ts';
import { utc } from '../kubernetes/times.ts';
import { pullRequestTitle } from './title.ts';

const EVIDENCE = 5;

/** The message of the one commit: title, what and why, the evidence in brief, trailers of our own as the last paragraph. */
export function commitMessage(proposal: Proposal): string {
  const { finding } = proposal.incidents[0]!;
  const changes = orderedChanges(proposal).map(({ object, field, before, after, site }): Block => {
    const what = prose`${field.text} of ${describeRef(object)}`;
    if (after === null)
      return paragraph(
        prose`${placeText(site)} no longer sets ${what}, which was ${shownValue(field, before)}.`,
      );
    return before === null
      ? paragraph(prose`${placeText(site)} now sets ${what} to ${shownValue(field, after)}.`)
      : paragraph(
          prose`${placeText(site)} changes ${what} from ${shownValue(field, before)} to ${shownValue(field, after)}.`,
        );
  });
  const evidence = list(finding.evidence.slice(0, EVIDENCE).map(evidenceItem));
  return `${[
    pullRequestTitle(proposal),
    toPlain([
      paragraph(explanation(finding.summary, finding.rootCause)),
      ...changes,
      ...lessonsSection(proposal),
    ]),
    `Evidence:\n${toPlain(evidence)}`,
    trailers(proposal),
  ].join('\n\n')}\n`;
}

function explanation(summary: Prose, rootCause: Prose): Prose {
  return plainText(rootCause).startsWith(plainText(summary))
    ? rootCause
    : joinProse([summary, rootCause], ' ');
}

function evidenceItem({ source, ref, at, text }: Evidence): Item {
  const short = shortened(plainText(text).replace(/\s+/g, ' ').trim(), 160);
  return item(prose`${ownText(at === null ? '' : `${utc(at)}, `)}${source}, ${ref}: ${short}`);
}

/** Git reads trailers from the last paragraph only, so nothing quoted above can add one. */
function trailers({ incidents, key, commit }: Proposal): string {
  return [
    `Faultline-Rule: ${incidents[0]!.finding.rule}`,
    ...incidents.map(({ fingerprint }) => `Faultline-Incident: ${fingerprint}`),
    `Faultline-Proposal: ${key}`,
    `Faultline-Proved-On: ${commit}`,
  ].join('\n');
}

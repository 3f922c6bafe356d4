import { describeRef } from '../kubernetes/objects.ts';
import { title } from '../untrusted/markdown.ts';
import { shortened } from '../untrusted/shorten.ts';
import { joinProse, plainText, prose, type Prose } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { orderedChanges, placeText } from './site.ts';
import { utc } from './times.ts';
import { pullRequestTitle } from './title.ts';
import { shownValue } from '../model/change-wording.ts';

const WIDTH = 72;
const EVIDENCE = 5;

/** The message of the one commit: title, what and why, the evidence in brief, trailers of our own as the last paragraph. */
export function commitMessage(proposal: Proposal): string {
  const { finding } = proposal.incidents[0]!;
  const paragraphs = [
    pullRequestTitle(proposal),
    wrapped(explanation(finding.summary, finding.rootCause)),
    ...orderedChanges(proposal).map(({ object, field, before, after, site }) =>
      wrapped(
        before === null
          ? prose`${placeText(site)} now sets ${field} of ${describeRef(object)} to ${shownValue(field, after)}.`
          : prose`${placeText(site)} changes ${field} of ${describeRef(object)} from ${shownValue(field, before)} to ${shownValue(field, after)}.`,
      ),
    ),
    [
      'Evidence:',
      ...finding.evidence.slice(0, EVIDENCE).map((item) => wrapped(evidenceLine(item), '- ', '  ')),
    ].join('\n'),
    trailers(proposal),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function explanation(summary: Prose, rootCause: Prose): Prose {
  return plainText(rootCause).startsWith(plainText(summary))
    ? rootCause
    : joinProse([summary, rootCause], ' ');
}

function evidenceLine({
  source,
  ref,
  at,
  text,
}: Proposal['incidents'][number]['finding']['evidence'][number]): Prose {
  const short = shortened(plainText(text).replace(/\s+/g, ' ').trim(), 160);
  return at === null ? prose`${source}, ${ref}: ${short}` : prose`${utc(at)}, ${source}, ${ref}: ${short}`;
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

/** Breaks lines at spaces; a word longer than a line keeps its own. */
function wrapped(text: Prose, first = '', following = ''): string {
  const lines: string[] = [];
  let line = first;
  for (const word of title(text).split(' ')) {
    const joined = line === '' || line === first || line === following ? line + word : `${line} ${word}`;
    if (joined.length > WIDTH && line !== first && line !== following && line !== '') {
      lines.push(line);
      line = following + word;
    } else line = joined;
  }
  return [...lines, line].join('\n');
}

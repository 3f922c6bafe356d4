import { describeRef, type Json, type Scalar } from '../kubernetes/objects.ts';
import type { FieldChange, Proof, RootChanges } from '../model/proof.ts';
import { fenced, inline } from '../untrusted/markdown.ts';
import { ownText, prose, sentenceOf, untrusted, type Prose } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { bulleted, cutLines, sentence, type Room } from './room.ts';
import { commitLink, fileLine } from './site.ts';
import { count } from './times.ts';
import { wordingOf } from '../model/change-wording.ts';

/** The blast radius: every root that renders differently, what changes in it, and how that is known. */
export function effectSection(proposal: Proposal, room: Room): string {
  const { proof, renderedDiff, changes } = proposal.located;
  const files = new Set(changes.map(({ site }) => site.file));
  // What declares a root is an object of another one, which says it.
  const derived = proposal.located.derived.filter(({ because }) => because !== 'declaration');
  const parts = [
    '### Effect',
    bulleted(
      proof.roots.flatMap((root) => root.changes.map((change) => inline(changeLine(root, change)))),
      room,
    ),
    derived.length === 0
      ? ''
      : `Follows from it:\n\n${bulleted(
          derived.map(({ object, field, because }) =>
            inline(prose`${describeRef(object)} ${fieldOrWhole(field)} (${ownText(because)})`),
          ),
          room,
        )}`,
    [nothingElse(proof, files.size), proofSentence(proposal)].filter((text) => text !== '').join(' '),
    likelySentences(proposal),
    rendered(renderedDiff, room),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function changeLine({ root, by }: RootChanges, { object, field, before, after }: FieldChange): Prose {
  const applied = by === undefined ? prose`${root}` : prose`${root} (${by})`;
  const where = prose`${applied}: ${describeRef(object)}`;
  if (field === '') return before === null ? prose`${where} appears` : prose`${where} disappears`;
  // A text of many lines, such as a values file in a ConfigMap, is above as a diff.
  if ([before, after].some((value) => typeof value === 'string' && value.includes('\n')))
    return prose`${where}, ${field} changes`;
  if (!isScalar(before) || !isScalar(after))
    return prose`${where}, ${field}: ${shown(before)} → ${shown(after)}`;
  const { what, from, to, container } = wordingOf({ field, before, after });
  const inContainer = container === null ? prose`` : prose`, container ${container}`;
  return prose`${where}${inContainer}, ${what}: ${from ?? ownText('nothing')} → ${to ?? ownText('nothing')}`;
}

function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null;
}

function fieldOrWhole(field: string): Prose {
  return field === '' ? prose`as a whole` : prose`${field}`;
}

function shown(value: Json): Prose {
  return value === null ? prose`nothing` : prose`${JSON.stringify(value)}`;
}

/** What was not rendered may change, too: without a proof, nothing is said of it. */
function nothingElse({ status, roots }: Proof, files: number): string {
  const seen = roots.filter(({ isUnseen }) => !isUnseen).length;
  if (seen === 0) return '';
  const these = seen === 1 ? 'this root' : `these ${count(seen, 'root')}`;
  if (status === 'unproven')
    return seen < roots.length
      ? `Nothing else changes in the ${count(seen, 'root')} that could be rendered.`
      : `Nothing else changes in ${these}.`;
  return `Nothing else changes, in ${these} or in any other that reads the changed ${files === 1 ? 'file' : 'files'}.`;
}

function proofSentence(proposal: Proposal): string {
  const { status, reason } = proposal.located.proof;
  // A repository without a commit, and a plain folder, have none to name.
  const at = proposal.commit === '' ? '' : `, at ${commitLink(proposal.commit, proposal)}`;
  return status === 'proven'
    ? `**Proven** by rendering every such root before and after${at}.`
    : `**Not proven:** ${sentence(sentenceOf(reason ?? 'something could not be rendered'))} Check the rendered result before merging.`;
}

/** Why each line is the likely one, where nothing rendered shows that it is the one. */
function likelySentences({ located }: Proposal): string {
  return located.changes
    .flatMap(({ site }) =>
      site.likely === undefined
        ? []
        : `${inline(prose`${fileLine(site)}`)} is the **likely** line, not a certain one: ${sentence(prose`${site.likely}`)}`,
    )
    .join('\n\n');
}

function rendered(diff: string, room: Room): string {
  if (diff === '' || room.renderedDiff === 0) return '';
  const { text, left } = cutLines(diff, room.renderedDiff);
  const rest = left > 0 ? `\n\n${count(left, 'more line')} left out for length.` : '';
  return `<details>\n<summary>Rendered diff</summary>\n\n${fenced(untrusted(text), 'diff')}${rest}\n\n</details>`;
}

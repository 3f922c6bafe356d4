import { describeRef, type Json, type Scalar } from '../kubernetes/objects.ts';
import type { FieldChange, Proof, RootChanges } from '../proof/proof.ts';
import { fenced, inline } from '../untrusted/markdown.ts';
import { ownText, prose, sentenceOf, untrusted, type Prose } from '../untrusted/prose.ts';
import type { Proposal } from './proposal.ts';
import { bulleted, cutLines, sentence, type Room } from './room.ts';
import { commitLink } from './site.ts';
import { count } from './times.ts';
import { wordingOf } from './wording.ts';

/** The blast radius: every root that reads a touched file, what changes in it, and how that is known. */
export function effectSection(proposal: Proposal, room: Room): string {
  const { proof, derived, renderedDiff } = proposal.located;
  const changed = proof.roots.filter(({ changes }) => changes.length > 0);
  const parts = [
    '### Effect',
    bulleted(
      changed.flatMap((root) => root.changes.map((change) => inline(changeLine(root, change)))),
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
    [nothingElse(proof), proofSentence(proposal)].filter((text) => text !== '').join(' '),
    rendered(renderedDiff, room),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function changeLine({ root, by }: RootChanges, { object, field, before, after }: FieldChange): Prose {
  const applied = by === undefined ? prose`${root}` : prose`${root} (${by})`;
  const where = prose`${applied}: ${describeRef(object)}`;
  if (field === '') return before === null ? prose`${where} appears` : prose`${where} disappears`;
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
function nothingElse({ status, roots }: Proof): string {
  const same = roots.filter(({ changes }) => changes.length === 0).map(({ root }) => root);
  if (roots.length === 0) return '';
  if (roots.length === 1)
    return status === 'proven'
      ? 'Nothing else changes, in this root or in any other that reads the changed file.'
      : 'Nothing else changes in this root.';
  const which = status === 'proven' ? 'read the changed file' : 'were rendered';
  const everywhere = `Nothing else changes in the ${count(roots.length, 'root')} that ${which}`;
  if (same.length === 0) return `${everywhere}.`;
  const named = same.slice(0, 4).map((root) => inline(prose`${root}`));
  const unnamed = same.length > named.length ? ` and ${count(same.length - named.length, 'other')}` : '';
  return `${everywhere}: ${named.join(', ')}${unnamed} ${same.length === 1 ? 'renders' : 'render'} as before.`;
}

function proofSentence(proposal: Proposal): string {
  const { status, reason } = proposal.located.proof;
  // A repository without a commit, and a plain folder, have none to name.
  const at = proposal.commit === '' ? '' : `, at ${commitLink(proposal.commit, proposal)}`;
  return status === 'proven'
    ? `**Proven** by rendering every such root before and after${at}.`
    : `**Not proven:** ${sentence(sentenceOf(reason ?? 'something could not be rendered'))} Check the rendered result before merging.`;
}

function rendered(diff: string, room: Room): string {
  if (diff === '' || room.renderedDiff === 0) return '';
  const { text, left } = cutLines(diff, room.renderedDiff);
  const rest = left > 0 ? `\n\n${count(left, 'more line')} left out for length.` : '';
  return `<details>\n<summary>Rendered diff</summary>\n\n${fenced(untrusted(text), 'diff')}${rest}\n\n</details>`;
}

import { describeRef, type Json, type Scalar } from '../kubernetes/objects.ts';
import { diffBlock, folded, item, list, paragraph, type Block } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Located } from '../model/located.ts';
import type { Change } from '../model/change.ts';
import type { RootChanges } from '../model/proof.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import { rootsChanged } from './head.ts';
import { commitLink } from './site.ts';
import { count } from '../kubernetes/times.ts';

/** The proof's result in one sentence, and what changes beside the fields that were meant. */
export function proofSection(proposal: Proposal): readonly Block[] {
  const beside = changesBeside(proposal.located);
  return [
    resultOf(proposal),
    ...list(
      beside.map(([root, change]) => item(changeLine(root, change))),
      BESIDE,
    ),
  ];
}

const BESIDE = 5;

/** Every field that changes, root by root, what follows from it, and the rendered diff. */
export function proofDetails({ located }: Pick<Proposal, 'located'>): readonly Block[] {
  const { roots } = located.proof;
  const changes = roots.flatMap((root) => root.changes.map((change) => item(changeLine(root, change))));
  const following = followers(located).map(({ object, field, because }) =>
    item(
      prose`${describeRef(object)} ${field.text === '' ? ownText('as a whole') : prose`${field.text}`} (${ownText(because)})`,
    ),
  );
  const summary = `Proof: ${count(changes.length, 'field')} in ${count(roots.length, 'root')}`;
  return folded(summary, [
    ...list(changes),
    ...(following.length === 0 ? [] : [paragraph(ownText('What follows from it:')), ...list(following)]),
    ...(located.renderedDiff === '' ? [] : [diffBlock(located.renderedDiff)]),
  ]);
}

function resultOf({ located, commit, remote }: Proposal): Block {
  const { status, reason, roots } = located.proof;
  const seen = roots.filter(({ isUnseen }) => !isUnseen).length;
  // A repository without a commit, and a plain folder, have none to name.
  const at =
    commit === '' ? prose`` : prose` Rendered before and after at ${commitLink(commit, { remote })}.`;
  if (status === 'unproven') {
    const rendered = seen === 0 ? prose`` : prose` Nothing else changes in what could be rendered.`;
    return paragraph(
      prose`${sentence(sentenceOf(reason ?? 'something could not be rendered'))}${rendered} Check the rendered result before you merge.`,
      'Not proven:',
    );
  }
  return paragraph(
    prose`${whatChanges(located)}, and nothing else changes in any root that reads ${ownText(filesOf(located))}.${at}`,
    'Proven:',
  );
}

/** `this field changes in environments/prod`; where several roots have it, the first lines named them. */
function whatChanges(located: Located): Prose {
  const beside = changesBeside(located).length;
  const asked = located.changes.length;
  const these = asked === 1 ? 'this field changes' : `these ${count(asked, 'field')} change`;
  const [root, ...others] = rootsChanged(located);
  const where =
    root === undefined
      ? prose``
      : others.length > 0
        ? prose` in these ${count(others.length + 1, 'root')}`
        : prose` in ${rootName(root)}`;
  const kinds = new Set(followers(located).map(({ because }) => because));
  const along = [
    ...(beside === 0 ? [] : [count(beside, 'more field')]),
    ...[...kinds].map((kind) => `the ${kind} that follows`),
  ];
  return prose`${ownText(these)}${where}${ownText(along.length === 0 ? '' : `, with ${along.join(' and ')}`)}`;
}

function rootName(root: string): Prose {
  return root === '.' ? ownText('the top folder') : prose`${root}`;
}

function filesOf({ changes }: Pick<Located, 'changes'>): string {
  return new Set(changes.map(({ site }) => site.file)).size === 1 ? 'the file' : 'the files';
}

/** What declares a root is an object of another one, which says it. */
function followers({ derived }: Located): Located['derived'] {
  return derived.filter(({ because }) => because !== 'declaration');
}

/** Fields that change although nobody meant them: other objects that read the same line. */
function changesBeside({
  changes,
  proof,
  derived,
}: Located): readonly (readonly [RootChanges, Change<Json>])[] {
  const isMeant = (change: Change<Json>): boolean =>
    changes.some((one) => isSameField(one, change)) || derived.some((one) => isSameField(one, change));
  return proof.roots.flatMap((root) =>
    root.changes.filter((change) => !isMeant(change)).map((change) => [root, change] as const),
  );
}

type Named = Pick<Change<Json>, 'object' | 'field'>;

/** In whatever namespace a root puts it. */
function isSameField(one: Named, other: Named): boolean {
  return (
    one.field.text === other.field.text &&
    one.object.kind === other.object.kind &&
    one.object.name === other.object.name
  );
}

function changeLine({ root, by }: RootChanges, { object, field, before, after }: Change<Json>): Prose {
  const applied = by === undefined ? prose`${root}` : prose`${root} (${by})`;
  const where = prose`${applied}: ${describeRef(object)}`;
  if (field.text === '') return before === null ? prose`${where} appears` : prose`${where} disappears`;
  // A text of many lines, such as a values file in a ConfigMap, is above as a diff.
  if ([before, after].some((value) => typeof value === 'string' && value.includes('\n')))
    return prose`${where}, ${field.text} changes`;
  if (!isScalar(before) || !isScalar(after))
    return prose`${where}, ${field.text}: ${shown(before)} → ${shown(after)}`;
  const { what, from, to, container } = wordingOf({ field, before, after });
  const inContainer = container === null ? prose`` : prose`, container ${container}`;
  return prose`${where}${inContainer}, ${what}: ${from ?? ownText('nothing')} → ${to ?? ownText('nothing')}`;
}

function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null;
}

function shown(value: Json): Prose {
  return value === null ? prose`nothing` : prose`${JSON.stringify(value)}`;
}

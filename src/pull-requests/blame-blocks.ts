import { describeRef, type Scalar } from '../kubernetes/objects.ts';
import { diffBlock, folded, item, list, paragraph, type Block, type Item } from '../model/block.ts';
import type { Commit } from '../model/commit.ts';
import type { Declined } from '../model/declined.ts';
import { kindText, layerAddress, nameForMasking } from '../model/layer-words.ts';
import type { Blame, FieldLayer, LiveValue } from '../model/layers.ts';
import { utc } from '../kubernetes/times.ts';
import { urlPath } from '../untrusted/markdown.ts';
import { maskValue } from '../untrusted/mask.ts';
import {
  linked,
  ownText,
  prose,
  sentenceOf,
  untrusted,
  type Prose,
  type Untrusted,
} from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';

/** A value in a sentence, in characters. */
const LONGEST_VALUE = 200;
const MOST_VALUES = 8;
/** Lines of the edit that would adopt the cluster's value. */
const MOST_LINES = 60;

/** The layers of a field for a comment: each line linked, the winning one first; what it was before, and what the cluster has. */
export function blameBlocks(result: Blame | Declined): readonly Block[] {
  if (result.kind === 'declined')
    return [
      paragraph(sentenceOf(result.reason), 'No answer:'),
      ...list(result.candidates.map((one) => item(prose`${one}`))),
    ];
  const { object, field, value, layers, history, live, unset } = result;
  const shown = shownIn(result);
  const head =
    value === undefined
      ? prose`${describeRef(object)} ${field} is not set in git`
      : prose`${describeRef(object)} ${field} is ${shown(value)}`;
  return [
    paragraph(head),
    ...(unset === undefined ? [] : [paragraph(sentenceOf(unset.reason))]),
    ...list(layers.map((layer) => layerItem(result, layer, shown))),
    ...folded(
      'What it was before',
      list(
        history.map(({ value: was, commit, pullRequest }) =>
          item(prose`${shown(was)}: ${commitText(result, commit, pullRequest)}`),
        ),
        MOST_VALUES,
      ),
    ),
    ...(live === null ? [] : liveBlocks(live, shown, unset !== undefined)),
  ];
}

type Shown = (value: Scalar | undefined) => Untrusted;

function shownIn(about: Blame): Shown {
  const name = nameForMasking(about);
  return (value) =>
    untrusted(value === undefined ? '(not set)' : shortened(maskValue(name, String(value)), LONGEST_VALUE));
}

function layerItem(blame: Blame, layer: FieldLayer, shown: Shown): Item {
  const { site, wins, value, before, written, commit, pullRequest, isConfirmed } = layer;
  const place = linked(`${site.file}:${site.line}`, layerAddress(blame, layer));
  const by = commit === null ? ownText('') : prose`; ${commitText(blame, commit, pullRequest)}`;
  const was =
    commit === null || before === undefined || before === written
      ? ownText('')
      : prose` (was ${shown(before)})`;
  const doubt = isConfirmed ? ownText('') : ownText(' (likely)');
  return item(prose`${place}: ${shown(value)}, ${ownText(kindText(layer))}${doubt}${by}${was}`, {
    lead: ownText(wins ? 'wins' : 'hidden'),
  });
}

function commitText(
  { remote }: Blame,
  { sha, author, at, subject }: Commit,
  pullRequest: number | null,
): Prose {
  const address = remote && `${remote.url}/commit/${urlPath(sha)}`;
  const number =
    pullRequest === null
      ? ownText('')
      : prose` in ${linked(`#${pullRequest}`, remote && `${remote.url}/pull/${pullRequest}`)}`;
  return prose`${linked(sha.slice(0, 8), address)} by ${author} at ${utc(at)}${number}: ${shortened(subject, LONGEST_VALUE)}`;
}

function liveBlocks(
  { object, value, differs, writer, waysOut }: LiveValue,
  shown: Shown,
  isUnset: boolean,
): readonly Block[] {
  if (object === null) return [paragraph(ownText('The cluster does not have this object.'))];
  if (!differs)
    return [
      paragraph(
        isUnset
          ? prose`The cluster has ${shown(value)}, a default.`
          : ownText('The cluster has the same value.'),
      ),
    ];
  const by = writer === null ? ownText('') : prose`, written by ${writer.manager}`;
  const since = writer === null || writer.at === null ? ownText('') : prose` at ${utc(writer.at)}`;
  const adopt = waysOut?.adopt ?? null;
  return [
    paragraph(prose`The cluster has ${shown(value)}${by}${since}`),
    ...(waysOut === null ? [] : [paragraph(waysOut.wait.because)]),
    ...(adopt === null || adopt.kind === 'declined'
      ? []
      : folded('The edit that keeps what the cluster has', [diffBlock(adopt.diff, MOST_LINES)])),
  ];
}

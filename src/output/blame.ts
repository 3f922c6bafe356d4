import { describeRef, type Json, type Scalar } from '../kubernetes/objects.ts';
import { heading, item, list, type Block } from '../model/block.ts';
import type { Commit } from '../model/commit.ts';
import type { Declined } from '../model/declined.ts';
import { kindText, layerAddress, nameForMasking } from '../model/layer-words.ts';
import type { Blame, FieldLayer, LiveValue, PastValue } from '../model/layers.ts';
import { fileLine } from '../pull-requests/site.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import { maskValue } from '../untrusted/mask.ts';
import { ownText, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { toTerminal, type TerminalOptions } from '../writers/terminal.ts';
import { commitJson, locatedJson, objectJson, siteJson, time } from './changes-json.ts';
import { locateBlocks, locateJson } from './locate.ts';

/** Contract §5.3: `{value, layers, history}`, the winning layer first, with the object, the field and the cluster's value; or `{declined}`. */
export function blameJson(result: Blame | Declined): Json {
  if (result.kind === 'declined') return locateJson(result);
  const { object, field, value, layers, history, live, unset } = result;
  const masked = masking(result);
  return {
    object: objectJson(object),
    field,
    value: masked(value),
    layers: layers.map((layer) => layerJson(result, layer)),
    history: history.map((past) => ({
      value: masked(past.value),
      commit: commitJson(past.commit),
      pullRequest: past.pullRequest,
    })),
    ...(live === null ? {} : { live: liveJson(live, result) }),
    ...(unset === undefined ? {} : { unset: declinedJson(unset) }),
  };
}

function masking(about: Pick<Blame, 'object' | 'field'>): (value: Scalar | undefined) => Json {
  const name = nameForMasking(about);
  return (value) => (value === undefined ? null : maskJson(name, value));
}

function declinedJson({ code, reason, candidates }: Declined): Json {
  return { code, reason: plainText(untrusted(reason)), candidates };
}

function layerJson(result: Blame, layer: FieldLayer): Json {
  const masked = masking(result);
  const { site, kind, origin, wins, isConfirmed, commit, pullRequest } = layer;
  return {
    site: siteJson(site),
    value: masked(layer.value),
    wins,
    commit: commit && commitJson(commit),
    pullRequest,
    kind,
    origin,
    written: masked(layer.written),
    before: masked(layer.before),
    confirmed: isConfirmed,
    url: layerAddress(result, layer),
  };
}

function liveJson(live: LiveValue, about: Blame): Json {
  const { object, value, differs, writer, areWritersRecorded, waysOut } = live;
  return {
    object: object && objectJson(object),
    value: masking(about)(value),
    differs,
    writer: writer && {
      manager: plainText(untrusted(writer.manager)),
      at: writer.at === null ? null : time(writer.at),
      kind: writer.kind,
    },
    writersRecorded: areWritersRecorded,
    waysOut: waysOut && {
      adopt: waysOut.adopt.kind === 'declined' ? locateJson(waysOut.adopt) : locatedJson(waysOut.adopt),
      wait: { kind: waysOut.wait.kind, because: plainText(waysOut.wait.because) },
    },
  };
}

/** The same for people: a line for each layer, the winning one first, then the past, then the cluster. */
export function blameText(result: Blame | Declined, options: TerminalOptions): string {
  return toTerminal(result.kind === 'declined' ? locateBlocks(result) : blocksOf(result), options);
}

function blocksOf(result: Blame): readonly Block[] {
  const { object, field, value, layers, history, live, unset } = result;
  const shown = shownIn(result);
  return [
    heading(prose`${describeRef(object)}  ${field} = ${shown(value)}`),
    ...(unset === undefined ? [] : list([item(prose`${unset.reason}`, { lead: ownText('not in git') })])),
    ...table(
      layers.map((layer) => [
        layer.wins ? 'wins' : 'hidden',
        `${fileLine(layer.site)}:${layer.site.column}`,
        shown(layer.value),
        kindText(layer),
        ...authorColumns(layer),
        remark(result, layer, shown),
      ]),
    ),
    ...(history.length === 0 ? [] : [heading('history')]),
    ...table(history.map((past) => [shown(past.value), ...authorColumns(past), past.commit.subject])),
    ...(live === null ? [] : liveBlocks(live, shown, unset === undefined)),
  ];
}

/** A value in a table, in characters; JSON has all of it. */
const LONGEST_VALUE = 80;
const DIGEST = /(sha256:[0-9a-f]{12})[0-9a-f]{52}/g;

type Shown = (value: Scalar | undefined) => string;

function shownIn(about: Blame): Shown {
  const name = nameForMasking(about);
  return (value) => {
    if (value === undefined) return '(not set)';
    const text = maskValue(name, value === '' ? '""' : String(value));
    return shortened(text.replace(DIGEST, '$1…'), LONGEST_VALUE);
  };
}

function authorColumns({
  commit,
  pullRequest,
}: Pick<PastValue, 'pullRequest'> & { readonly commit: Commit | null }): readonly string[] {
  if (commit === null) return ['', '', '', ''];
  const day = time(commit.at)?.slice(0, 10) ?? '';
  return [commit.sha.slice(0, 8), day, commit.author, pullRequest === null ? '' : `#${pullRequest}`];
}

function remark(
  { head }: Blame,
  { before, written, value, isConfirmed, site, commit, line }: FieldLayer,
  shown: Shown,
): string {
  const isPart = written !== undefined && String(written) !== String(value);
  const said = [
    ...(isPart ? [`writes ${shown(written)}`] : []),
    ...(before === undefined || before === written ? [] : [`was ${shown(before)}`]),
    ...(head !== null && commit === null && line === null ? ['not committed'] : []),
    ...(isConfirmed ? [] : [site.likely === undefined ? 'not confirmed' : `likely: ${site.likely}`]),
  ];
  return said.length === 0 ? '' : `(${said.join(', ')})`;
}

/** Rows with aligned columns; a column that is empty in all of them is left out. */
function table(rows: readonly (readonly string[])[]): readonly Block[] {
  const shown = rows.map((row) => row.map((cell) => plainText(untrusted(cell)).replace(/\s+/g, ' ').trim()));
  const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => row[column]!.length)));
  return list(
    shown.map((row) => {
      const cells = row.flatMap((cell, column) =>
        widths[column] === 0 ? [] : [cell.padEnd(widths[column]!)],
      );
      return item(prose`${cells.join('  ').trimEnd()}`);
    }),
  );
}

function liveBlocks(live: LiveValue, shown: Shown, isSet: boolean): readonly Block[] {
  const { object, value, differs, waysOut } = live;
  if (object === null) return [heading('in the cluster: no such object')];
  const by = writerText(live);
  const same = isSet ? ownText('the same') : prose`${shown(value)}, a default`;
  const title = prose`in the cluster: ${differs ? shown(value) : same}${by}`;
  if (waysOut === null) return [heading(title)];
  const { adopt, wait } = waysOut;
  return [
    heading(title),
    ...list([item(wait.because)]),
    ...(adopt.kind === 'declined'
      ? [heading(prose`no edit keeps what the cluster has (${ownText(adopt.code)}): ${adopt.reason}`)]
      : [heading('to keep what the cluster has'), ...locateBlocks(adopt)]),
  ];
}

function writerText({ writer, areWritersRecorded, value }: LiveValue): Prose {
  if (writer !== null)
    return prose`, written by ${writer.manager}${writer.at === null ? ownText('') : prose` at ${time(writer.at) ?? ''}`}`;
  return areWritersRecorded && value !== undefined
    ? ownText(', and no manager is recorded as its owner')
    : ownText('');
}

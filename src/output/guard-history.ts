import { describeDuration } from '../kubernetes/durations.ts';
import type { Json } from '../kubernetes/objects.ts';
import { heading, item, list, type Block } from '../model/block.ts';
import type { Foreseen, GuardHistory, ReplayedChange } from '../model/guard-history.ts';
import { counted, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { toTerminal, type TerminalOptions } from '../writers/terminal.ts';
import { commitJson, time } from './changes-json.ts';
import { findingJson, placeOf } from './guard.ts';

/** What would have been foreseen, as other programs read it, version 1. */
export function guardHistoryJson({ from, to, changes, left }: GuardHistory): Json {
  return {
    version: 1,
    from,
    to,
    changes: changes.map(({ commit, pullRequest, foreseen, roots, unknownRoots, failed }) => ({
      ...commitJson(commit),
      pullRequest,
      findings: foreseen.map(({ finding, later }) => ({
        ...findingJson(finding),
        changedAgain: later && {
          ...commitJson(later.commit),
          pullRequest: later.pullRequest,
          afterSeconds: Math.round(later.after / 1000),
        },
      })),
      roots,
      unknownRoots,
      failed: failed && plainText(failed),
    })),
    leftOut: left,
  };
}

/** For people: the changes that would have been warned of, each with its lines and what became of them; then the count. */
export function guardHistoryText(history: GuardHistory, options: TerminalOptions): string {
  const told = history.changes.filter(({ foreseen }) => foreseen.length > 0);
  const failed = history.changes.filter((change) => change.failed !== null);
  return toTerminal(
    [
      ...told.flatMap(changeBlocks),
      ...(failed.length === 0 ? [] : [heading('Not checked')]),
      ...list(failed.map((change) => item(prose`${nameOf(change)}: ${change.failed!}`))),
      heading(countLine(history, told)),
    ],
    options,
  );
}

function changeBlocks(change: ReplayedChange): readonly Block[] {
  return [heading(nameOf(change)), ...list(change.foreseen.map(foreseenItem))];
}

/** `#123  664d4dc3  2026-02-11  Trim the memory of seatmap` */
function nameOf({ commit, pullRequest }: ReplayedChange): Prose {
  const number = pullRequest === null ? ownText('') : prose`${`#${pullRequest}`}  `;
  return prose`${number}${commit.sha.slice(0, 8)}  ${time(commit.at)?.slice(0, 10) ?? ''}  ${commit.subject}`;
}

function foreseenItem({ finding, later }: Foreseen) {
  const { level, rule, cause, because } = finding;
  const again =
    later === null
      ? ownText('')
      : prose` The line changed again ${describeDuration(later.after)} later, in ${later.commit.sha.slice(0, 8)}${later.pullRequest === null ? ownText('') : prose` (${`#${later.pullRequest}`})`}.`;
  return item(prose`${placeOf(finding)}  ${ownText(`${rule}/${cause}`)}  ${because}${again}`, {
    lead: ownText(level),
  });
}

function countLine({ changes, left }: GuardHistory, told: readonly ReplayedChange[]): Prose {
  const findings = told.flatMap(({ foreseen }) => foreseen);
  const again = findings.filter(({ later }) => later !== null).length;
  const unknown = changes.reduce((sum, { unknownRoots }) => sum + unknownRoots, 0);
  const parts = [
    prose`${counted(changes.length, 'change')} replayed`,
    prose`${counted(findings.length, 'finding')} in ${counted(told.length, 'change')}`,
    ...(findings.length === 0 ? [] : [prose`${again} of their lines changed again`]),
    ...(unknown === 0 ? [] : [prose`${counted(unknown, 'root')} not rendered on both sides`]),
    ...(left === 0 ? [] : [prose`${counted(left, 'older change')} left out`]),
  ];
  return parts.reduce((text, part) => prose`${text}; ${part}`);
}

import { leafName } from '../kubernetes/field-path.ts';
import { describeRef, isRecord, objectKey, type Json, type ObjectRef } from '../kubernetes/objects.ts';
import { diffBlock, heading, item, list, paragraph, table, type Block } from '../model/block.ts';
import type { Change } from '../model/change.ts';
import type { GuardFinding, GuardReport, RootDifference } from '../model/guard-report.ts';
import { maskDiff } from '../untrusted/mask-diff.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import {
  counted,
  joinProse,
  listed,
  ownText,
  plainText,
  prose,
  sentenceOf,
  untrusted,
  type Prose,
} from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { toTerminal, type TerminalOptions } from '../writers/terminal.ts';
import { objectJson } from './changes-json.ts';

/** `failure`: something will fail; `neutral`: something may. */
export type GuardConclusion = 'success' | 'neutral' | 'failure';

export function guardConclusion({ findings }: Pick<GuardReport, 'findings'>): GuardConclusion {
  if (findings.some(({ level }) => level === 'error')) return 'failure';
  return findings.length > 0 ? 'neutral' : 'success';
}

/** Rows of the table of changes in the open, and of the whole. */
export const MOST_ROWS = 12;
/** Of a value. */
const VALUE = 60;
/** Longer values are told by their size, in characters of JSON: of a line that people read, and of what programs read. */
const MOST_READ = 10_000;
const MOST_VALUE = 100_000;
/** Of all changed fields and objects together, in characters of JSON. */
const MOST_CHANGES = 4_000_000;
/** Of a message: a name may be as long as somebody likes. */
const MESSAGE = 4000;

/** What a change does and would break, as other programs read it, version 1. Values are masked, those of Secrets left out. */
export function guardJson(report: GuardReport): Json {
  const room = { left: MOST_CHANGES, missed: 0 };
  const roots = report.roots.map((root) => rootJson(root, room));
  return {
    version: 1,
    base: report.base,
    head: report.head,
    cluster: report.cluster,
    files: report.files,
    conclusion: guardConclusion(report),
    findings: report.findings.map(findingJson),
    roots,
    leftOut: [
      ...report.leftOut.map(plainText),
      ...(room.missed > 0 ? [`${room.missed} changed fields and objects beyond what one answer holds`] : []),
    ],
  };
}

/** One finding, as the report and the history print it. */
export function findingJson(finding: GuardFinding): { readonly [key: string]: Json } {
  const { rule, cause, level, object, field, because, roots, site, suggestion } = finding;
  return {
    rule,
    cause,
    level,
    object: object && objectJson(object),
    field,
    message: messageText(because),
    roots,
    site: site && { file: site.file, line: site.line, column: site.column },
    suggestion: suggestion && {
      value: suggestion.value,
      line: suggestion.line === null ? null : plainText(untrusted(suggestion.line)),
      diff: maskDiff(suggestion.diff),
    },
  };
}

/** A message as programs read it. */
export function messageText(message: Prose): string {
  return plainText(message).slice(0, MESSAGE).toWellFormed();
}

/** @param room what is left for changes: somebody may change as much as they like */
function rootJson(
  { root, renderer, status, why, changes, isInCluster }: RootDifference,
  room: { left: number; missed: number },
): Json {
  const within = <T extends Json>(make: () => T): readonly T[] => {
    if (room.left <= 0) {
      room.missed += 1;
      return [];
    }
    const one = make();
    room.left -= JSON.stringify(one).length;
    return [one];
  };
  const objects = [...byObject(changes).values()].flatMap((all) => {
    const [first] = all;
    const kind = kindOfChange(first!);
    return within(() => ({ object: objectJson(first!.object), change: kind })).map((named) => ({
      ...named,
      fields:
        kind === 'changed'
          ? all.flatMap(({ object, field, before, after }) =>
              within(() => ({
                field: field.text,
                before: maskedValue(object, field, before, MOST_VALUE),
                after: maskedValue(object, field, after, MOST_VALUE),
              })),
            )
          : [],
    }));
  });
  return {
    root,
    renderer,
    status,
    why: why === null ? null : plainText(untrusted(why)),
    inCluster: isInCluster,
    objects,
  };
}

function kindOfChange({ field, before }: Change<Json>): 'added' | 'removed' | 'changed' {
  if (field.path.length > 0) return 'changed';
  return before === null ? 'added' : 'removed';
}

function byObject(changes: readonly Change<Json>[]): Map<string, readonly Change<Json>[]> {
  return Map.groupBy(changes, ({ object }) => `${object.apiVersion} ${objectKey(object)}`);
}

/** What a Secret holds is nobody's business, whatever its key is called. Of more than `most` characters only the size is told. */
function maskedValue(object: ObjectRef, field: Change['field'], value: Json, most: number): Json {
  if (value === null) return null;
  if (object.kind === 'Secret' && /^(?:data|stringData)\b/.test(field.text)) return '(hidden)';
  const { length } = typeof value === 'string' ? value : JSON.stringify(value);
  return length > most ? `(${length} characters)` : maskJson(leafName(field), value);
}

/** For people at a terminal: findings at their lines first, then what changes, then what was not looked at. */
export function guardText(report: GuardReport, options: TerminalOptions): string {
  return toTerminal(
    [
      ...report.findings.flatMap(findingBlocks),
      ...report.roots.flatMap(rootBlocks),
      ...leftOutBlocks(report),
      heading(countLine(report)),
    ],
    options,
  );
}

function findingBlocks(finding: GuardFinding): readonly Block[] {
  const { because, suggestion, rule, cause, level } = finding;
  return [
    heading(prose`${placeOf(finding)}  ${ownText(level)}  ${ownText(`${rule}/${cause}`)}`),
    paragraph(prose`${messageText(because)}`),
    ...(suggestion ? [diffBlock(suggestion.diff)] : []),
  ];
}

/** `apps/cart/deployment.yaml:21`; the root where there is no line. */
export function placeOf({ site, roots }: GuardFinding): Prose {
  return site === null ? listed(roots) : prose`${`${site.file}:${site.line}`}`;
}

function rootBlocks({ root, renderer, status, why, changes }: RootDifference): readonly Block[] {
  if (status === 'same') return [];
  const title = prose`${root} (${ownText(renderer)})`;
  if (status === 'unknown') return [heading(prose`${title}: not compared`), paragraph(sentenceOf(why ?? ''))];
  return [
    heading(prose`${title}: ${ownText(status)}`),
    ...tableOf([], changes, (change) => [joinProse(rowOf(change), '  ')], MOST_ROWS * 2),
  ];
}

/** A table with one row for each change, of which those are made that are shown. */
export function tableOf<T>(
  columns: readonly string[],
  changes: readonly T[],
  row: (change: T) => readonly Prose[],
  most: number,
): readonly Block[] {
  const shown = table(columns, changes.slice(0, most).map(row));
  return shown.map((block) =>
    block.kind === 'table' ? { ...block, left: Math.max(0, changes.length - most) } : block,
  );
}

/** An object, one of its fields, and what it was and will be. */
export function rowOf(change: Change<Json>): readonly Prose[] {
  const { object, field, before, after } = change;
  const kind = kindOfChange(change);
  if (kind !== 'changed') return [prose`${describeRef(object)}`, ownText(''), ownText(kind)];
  const [was, is] = [before, after].map((value) => valueText(object, field, value));
  return [prose`${describeRef(object)}`, prose`${field.text}`, prose`${was!} → ${is!}`];
}

function valueText(object: ObjectRef, field: Change['field'], value: Json): Prose {
  if (value === null) return ownText('(none)');
  const masked = maskedValue(object, field, value, MOST_READ);
  const text = isRecord(masked) || Array.isArray(masked) ? JSON.stringify(masked) : String(masked);
  return prose`${shortened(text.replace(/\s+/g, ' '), VALUE)}`;
}

export function leftOutBlocks({ leftOut }: GuardReport): readonly Block[] {
  return leftOut.length === 0 ? [] : [heading('Not looked at'), ...list(leftOut.map((one) => item(one)))];
}

/** `1 error and 2 warnings in 3 of 4 roots that the change touches (cluster prod-eu)` */
export function countLine({ findings, roots, cluster }: GuardReport): Prose {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const changed = roots.filter(({ status }) => status !== 'same').length;
  const told =
    findings.length === 0
      ? ownText('Nothing foreseen')
      : prose`${counted(errors, 'error')} and ${counted(findings.length - errors, 'warning')}`;
  const where = cluster === null ? ownText('; no cluster was given') : prose`; cluster ${cluster}`;
  return prose`${told}; ${counted(changed, 'root')} of ${roots.length} that the change touches ${ownText(changed === 1 ? 'renders' : 'render')} differently${where}`;
}

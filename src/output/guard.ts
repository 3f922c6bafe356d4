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

/** What a change does and would break, as other programs read it, version 1. Values are masked, those of Secrets left out. */
export function guardJson(report: GuardReport): Json {
  return {
    version: 1,
    base: report.base,
    head: report.head,
    cluster: report.cluster,
    files: report.files,
    conclusion: guardConclusion(report),
    findings: report.findings.map(findingJson),
    roots: report.roots.map(rootJson),
    leftOut: report.leftOut.map(plainText),
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
    message: plainText(because),
    roots,
    site: site && { file: site.file, line: site.line, column: site.column },
    suggestion: suggestion && {
      value: suggestion.value,
      line: suggestion.line === null ? null : plainText(untrusted(suggestion.line)),
      diff: maskDiff(suggestion.diff),
    },
  };
}

function rootJson({ root, renderer, status, why, changes, isInCluster }: RootDifference): Json {
  const objects = [...byObject(changes).values()].map((all) => {
    const [first] = all;
    const kind = kindOfChange(first!);
    return {
      object: objectJson(first!.object),
      change: kind,
      fields:
        kind === 'changed'
          ? all.map(({ object, field, before, after }) => ({
              field: field.text,
              before: maskedValue(object, field, before),
              after: maskedValue(object, field, after),
            }))
          : [],
    };
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

/** What a Secret holds is nobody's business, whatever its key is called. */
function maskedValue(object: ObjectRef, field: Change['field'], value: Json): Json {
  if (value === null) return null;
  const isHidden = object.kind === 'Secret' && /^(?:data|stringData)\b/.test(field.text);
  return isHidden ? '(hidden)' : maskJson(leafName(field), value);
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
    paragraph(because),
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
    ...table(
      [],
      rowsOf(changes).map(([object, field, values]) => [joinProse([object!, field!, values!], '  ')]),
      MOST_ROWS * 2,
    ),
  ];
}

/** An object, one of its fields, and what it was and will be. */
export function rowsOf(changes: readonly Change<Json>[]): readonly (readonly Prose[])[] {
  return changes.map((change) => {
    const { object, field, before, after } = change;
    const kind = kindOfChange(change);
    if (kind !== 'changed') return [prose`${describeRef(object)}`, ownText(''), ownText(kind)];
    const [was, is] = [before, after].map((value) => valueText(object, field, value));
    return [prose`${describeRef(object)}`, prose`${field.text}`, prose`${was!} → ${is!}`];
  });
}

function valueText(object: ObjectRef, field: Change['field'], value: Json): Prose {
  if (value === null) return ownText('(none)');
  const masked = maskedValue(object, field, value);
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

import { posix } from 'node:path';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { Asking } from '../../model/ask.ts';
import type { WrittenLine } from '../../model/need.ts';
import { quoted } from '../../model/evidence.ts';
import { listed, prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { describeLine } from '../../witnesses/generators.ts';
import { placesOf } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';

/** The lines that declare an object twice: `may not add resource with an already registered id: Deployment.v1.apps/web.pier`. */
export function* detailOfDuplicate({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const [, kind, name] =
    /already registered id: ([A-Z]\w*)[\w.~-]*\/([a-z0-9.-]+?)\.(?:\[noNs\]|[a-z0-9-]+)(?:["'\s,]|$)/.exec(
      complaint.message,
    ) ?? [];
  const [place] = placesOf(cluster, object);
  if (kind === undefined || name === undefined || !place) return null;
  const lines = (yield* ask.writtenLines(place.url, place.path, `name: ${name}`)) ?? [];
  const exact = lines.filter(({ text }) => text.replace(/^- /, '') === `name: ${name}`);
  const files = [...new Set(exact.map(({ file }) => file))];
  if (files.length === 0) return null;
  const newest = exact.flatMap(({ commit }) => commit ?? []).toSorted((a, b) => b.at - a.at)[0];
  return {
    summary: prose`${describeRef(refOf(object))} cannot be rendered: ${kind} ${name} is declared twice.`,
    because: [
      prose`The name stands at ${listed(exact.map(describeLine))}.`,
      ...(newest ? [prose`The newest of these lines came with ${describeCommit(newest)}.`] : []),
    ],
    evidence: exact.slice(0, 4).map((line) => quoted('git', describeLine(line), null, line.text)),
    ...(newest ? { introducedBy: newest } : {}),
  };
}

/** The line of a template on which Helm stops: `execution error at (web/templates/app.yaml:12:4)`, `template: web/templates/app.yaml:23:14`. */
export function* detailOfTemplate({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const [, chart, file, number] =
    /(?:\(|template: |parse error at \(|error on )([\w.-]+)\/((?:charts\/[\w.-]+\/)*templates\/[\w./-]+?\.(?:ya?ml|tpl|txt))(?::(\d+))?/.exec(
      complaint.message,
    ) ?? [];
  if (chart === undefined || file === undefined) return null;
  const [place] = placesOf(cluster, object);
  const paths = (yield* ask.paths(place?.url ?? null, place?.path ?? '.')) ?? [];
  const candidates = paths.filter(
    (path) => path === posix.join(place?.path ?? '.', file) || path.endsWith(`/${file}`) || path === file,
  );
  const [path] = candidates;
  if (path === undefined || candidates.length > 1) return null;
  const value = /at <([^>]{1,120})>/.exec(complaint.message)?.[1] ?? '';
  const lines = (yield* ask.writtenLines(place?.url ?? null, path, value.split(' ')[0] ?? '')) ?? [];
  const line = lines.find((one) => String(one.line) === number);
  const at = number === undefined ? path : `${path}:${number}`;
  const missing = /\.Values\.[\w.]+/.exec(value)?.[0];
  return {
    summary: prose`${describeRef(refOf(object))} cannot be rendered: the template ${at} fails${missing === undefined ? prose`` : prose` at ${missing}`}.`,
    because: line?.commit ? [prose`The line came with ${describeCommit(line.commit)}.`] : [],
    evidence: [
      quoted('git', at, null, line ? String(line.text) : 'the template that fails'),
      ...(line?.commit ? [commitEvidence(line.commit, `set ${at}`)] : []),
    ],
    ...(line?.commit ? { introducedBy: line.commit } : {}),
  };
}

/** The value that the chart's schema refuses: `- replicas: Invalid type. Expected: integer, given: string`, `at '/replicas': got string, want integer`. */
export function* detailOfValues({ object, complaint, ask }: Stuck): Asking<Detail | null> {
  const [, dotted, pointer] =
    /^- ([\w.[\]]+): |at '\/([^']+)'/m.exec(complaint.message.replace(/\\n/g, '\n')) ?? [];
  const path = dotted ?? pointer?.replaceAll('/', '.');
  if (path === undefined || path === '(root)') return null;
  if (object.kind !== 'HelmRelease') return yield* valueLines(path, { object, complaint, ask } as Stuck);
  const blames = [{ object: refOf(object), field: `spec.values.${path}` }];
  const [now, before] = (yield* ask.past(blames)) ?? [];
  const isChanged = now !== undefined && before !== undefined;
  return {
    summary: prose`${describeRef(refOf(object))} cannot be installed: its chart does not take ${path} as it is.`,
    blames,
    because: isChanged
      ? [prose`${path} was ${String(before.value ?? '(not set)')} until ${describeCommit(now.commit)}.`]
      : [],
    evidence: isChanged
      ? [
          commitEvidence(
            now.commit,
            `${path}: ${String(before.value ?? '(not set)')} became ${String(now.value)}`,
          ),
        ]
      : [],
    ...(isChanged ? { introducedBy: now.commit } : {}),
  };
}

function* valueLines(
  path: string,
  { object, complaint, ask }: Pick<Stuck, 'object' | 'complaint' | 'ask'>,
): Asking<Detail | null> {
  const key = path.split('.').at(-1)!;
  const lines: readonly WrittenLine[] = (yield* ask.writtenLines(null, '.', `${key}:`)) ?? [];
  const own = lines.filter(({ file }) => complaint.message.includes(posix.basename(file)));
  return {
    summary: prose`${describeRef(refOf(object))} cannot be rendered: its chart does not take ${path} as it is.`,
    because: [],
    evidence: own.slice(0, 3).map((line) => quoted('git', describeLine(line), null, line.text)),
  };
}

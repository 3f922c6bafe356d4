import { posix } from 'node:path';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { Asking } from '../../model/ask.ts';
import type { WrittenLine } from '../../model/need.ts';
import { quoted } from '../../model/evidence.ts';
import { listed, ownText, prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { describeLine } from '../../witnesses/generators.ts';
import { detailOfBuild } from './build-places.ts';
import { placesOf } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';
import { placesRefused } from './refused-places.ts';

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
  if (chart === undefined || file === undefined)
    return yield* detailOfBuild({ cluster, object, complaint, ask });
  const [place] = placesOf(cluster, object);
  const paths = (yield* ask.paths(place?.url ?? null, place?.path ?? '.')) ?? [];
  const candidates = paths.filter(
    (path) => path === posix.join(place?.path ?? '.', file) || path.endsWith(`/${file}`) || path === file,
  );
  const [path] = candidates;
  if (path === undefined || candidates.length > 1) return null;
  const value = /at <([^>]{1,120})>/.exec(complaint.message)?.[1] ?? '';
  // What the chart itself says: `required "smtp.host is required"`, `fail "…"`.
  const [, said] = /execution error at \([^)]+\): ([^\n]{1,200})/.exec(complaint.message) ?? [];
  const lines = (yield* ask.writtenLines(place?.url ?? null, path, value.split(' ')[0] || '.Values')) ?? [];
  const line = lines.find((one) => String(one.line) === number);
  // A template that refuses its values is as it was: the values are not.
  const commit = said === undefined ? (line?.commit ?? null) : null;
  const at = number === undefined ? path : `${path}:${number}`;
  const missing =
    /\.Values\.[\w.]+/.exec(value)?.[0] ?? (said && /\.Values\.[\w.]+/.exec(line?.text ?? '')?.[0]);
  return {
    summary: prose`${describeRef(refOf(object))} cannot be rendered: the template ${at} fails${missing === undefined ? prose`` : prose` at ${missing}`}${said === undefined ? prose`` : prose`: ${said}`}.`,
    ...(said !== undefined && missing !== undefined
      ? {
          advice: [
            prose`Set ${missing.replace('.Values.', '')} in the values of ${describeRef(refOf(object))}.`,
          ],
        }
      : {}),
    because: commit ? [prose`The line came with ${describeCommit(commit)}.`] : [],
    evidence: [
      quoted('git', at, null, line ? String(line.text) : 'the template that fails'),
      ...(commit ? [commitEvidence(commit, `set ${at}`)] : []),
    ],
    ...(commit ? { introducedBy: commit } : {}),
  };
}

/** The value that the chart's schema refuses: `- replicas: Invalid type. Expected: integer, given: string`, `at '/replicas': got string, want integer`. */
export function* detailOfValues({ object, complaint, ask }: Stuck): Asking<Detail | null> {
  const [, dotted, pointer] =
    /^- ([\w.[\]]+): |at '\/([^']+)'/m.exec(complaint.message.replace(/\\n/g, '\n')) ?? [];
  const path = dotted ?? pointer?.replaceAll('/', '.');
  if (path === undefined || path === '(root)') return null;
  if (object.kind !== 'HelmRelease') return yield* valueLines(path, { object, complaint, ask } as Stuck);
  // `- ports.web: Additional property redirectTo is not allowed`
  const extra =
    /Additional propert(?:y|ies) '?([\w-]+)'? (?:is|are)? ?not allowed|additional properties '([\w-]+)' not allowed/i.exec(
      complaint.message,
    );
  const unknown = extra?.[1] ?? extra?.[2];
  const field = `spec.values.${path}${unknown === undefined ? '' : `.${unknown}`}`;
  const places = placesRefused(yield* ask.rendered(refOf(object)), [field], complaint.message);
  const blames = places.map((one) => ({ object: refOf(object), field: one }));
  const [now, before] = (yield* ask.past(blames)) ?? [];
  const isChanged = now !== undefined && before !== undefined;
  return {
    summary: prose`${describeRef(refOf(object))} cannot be installed: its chart does not take ${unknown === undefined ? path : `${path}.${unknown}`} as it is.`,
    blames,
    because: isChanged
      ? [
          prose`${unknown === undefined ? path : `${path}.${unknown}`} ${before.value === undefined ? ownText('was not set') : prose`was ${String(before.value)}`} until ${describeCommit(now.commit)}.`,
        ]
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

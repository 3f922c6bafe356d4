import { posix } from 'node:path';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { quoted } from '../../model/evidence.ts';
import type { WrittenLine } from '../../model/need.ts';
import { listed, prose, type Prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { describeLine } from '../../witnesses/generators.ts';
import { isOneSlip, relationOf } from '../../witnesses/near-name.ts';
import { placesOf, type SourcePlace } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';

/** What kustomize, a YAML parser or Flux's substitution cannot build: the lines that it is about. */
export function* detailOfBuild({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const { message } = complaint;
  const [place] = placesOf(cluster, object);
  if (!place) return null;
  const what = describeRef(refOf(object));
  return (
    (yield* ofVariable(what, object, message, place, ask)) ??
    (yield* ofPatch(what, message, place, ask)) ??
    (yield* ofBrokenYaml(what, message, place, ask))
  );
}

/** Flux: `variable not set (strict mode): "CLUSTER_DOMAIN"`. https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution */
function* ofVariable(
  what: string,
  object: Stuck['object'],
  message: string,
  place: SourcePlace,
  ask: Ask,
): Asking<Detail | null> {
  const [, name] = /variable not set \(strict mode\): \\?"?([\w.-]+)/.exec(message) ?? [];
  if (name === undefined) return null;
  const lines = ((yield* ask.writtenLines(place.url, place.path, name)) ?? []).filter(({ text }) =>
    new RegExp(`\\$\\{?${name}\\b`).test(text),
  );
  const given = Object.keys(recordAt(object, 'spec', 'postBuild', 'substitute'));
  const near = given.filter((one) => isOneSlip(one, name) || relationOf(name, one, []) === 'spelling');
  return {
    summary: prose`${what} cannot be built: nothing sets the variable ${name}.`,
    because: [
      ...(lines.length === 0 ? [] : [prose`It stands at ${listed(lines.slice(0, 4).map(describeLine))}.`]),
      given.length === 0
        ? prose`spec.postBuild.substitute sets no variable.`
        : prose`spec.postBuild.substitute sets ${listed(given.slice(0, 8))}.`,
    ],
    evidence: lines.slice(0, 4).map((line) => quoted('git', describeLine(line), null, line.text)),
    advice: [
      near.length === 1
        ? prose`Write ${near[0]!} if that is meant, or set ${name} in spec.postBuild.`
        : prose`Set ${name} in spec.postBuild of ${what}, or in a ConfigMap or Secret that substituteFrom names; or give it a default: $\{${name}:=…}.`,
    ],
    ...introduced(lines),
  };
}

/** `no matches for Id Deployment.v1.apps/web.[noNs]; failed to find unique target for patch …` */
function* ofPatch(what: string, message: string, place: SourcePlace, ask: Ask): Asking<Detail | null> {
  const [, kind, name] =
    /no matches for (?:Id|OriginalId) ([A-Z]\w*)\.[\w.~-]*\/([a-z0-9.-]+?)\.(?:\[noNs\]|[a-z0-9-]+);? .*failed to find unique target for patch/.exec(
      message,
    ) ?? [];
  if (kind === undefined || name === undefined) return null;
  const lines = ((yield* ask.writtenLines(place.url, place.path, `name: ${name}`)) ?? []).filter(
    ({ text }) => text.replace(/^- /, '').replace(/["']/g, '') === `name: ${name}`,
  );
  return {
    summary: prose`${what} cannot be built: a patch is for ${kind} ${name}, and the kustomization has no such object.`,
    because:
      lines.length === 0
        ? []
        : [prose`The patch names it at ${listed(lines.slice(0, 4).map(describeLine))}.`],
    evidence: lines.slice(0, 4).map((line) => quoted('git', describeLine(line), null, line.text)),
    advice: [
      prose`Let the patch name what ${kind} ${name} is called now, or take the patch out: kustomize matches kind, name and namespace before it adds prefixes.`,
    ],
  };
}

/** `MalformedYAMLError: yaml: line 19: did not find expected key in File: d.yaml`, `error converting YAML to JSON: yaml: line 34: …` */
function* ofBrokenYaml(what: string, message: string, place: SourcePlace, ask: Ask): Asking<Detail | null> {
  const [, number, problem] =
    /yaml: (?:line (\d+): )?(did not find expected [\w' -]+|could not find expected [\w':, -]+|mapping values are not allowed in this context|found character that cannot start any token|found unexpected [\w -]+|block sequence entries are not allowed in this context|unmarshal errors|mapping key "[^"]+" already defined|found a tab character[\w ]*|control characters are not allowed)/.exec(
      message,
    ) ?? [];
  if (problem === undefined) return null;
  const [, below] = /(?:<path to cached source>|\/tmp\/[^/\s']+)\/([^'\s:]+\.ya?ml)/.exec(message) ?? [];
  const [, bare] = /in File: ([^'"\s;]+\.ya?ml)/.exec(message) ?? [];
  const all = (yield* ask.paths(place.url, place.path)) ?? [];
  const files = all.filter(
    (path) =>
      path === below ||
      (below === undefined && bare !== undefined && posix.basename(path) === posix.basename(bare)),
  );
  const [file] = files;
  if (file === undefined || files.length > 1) return null;
  const at = number === undefined ? file : `${file}:${number}`;
  const lines = (yield* ask.writtenLines(place.url, file, '')) ?? [];
  const near = lines.filter(({ line }) => number !== undefined && Math.abs(line - Number(number)) <= 1);
  return {
    summary: prose`${what} cannot be built: ${at} is not valid YAML: ${problem.replace(/ in File.*/s, '').trim()}.`,
    because: near.length === 0 ? [] : said(near),
    evidence: near.map((line) => quoted('git', describeLine(line), null, line.text)),
    advice: [
      prose`Correct ${at}: the parser stops at the line that it names or the one before it, often at its indentation.`,
    ],
    ...introduced(near),
  };
}

function said(lines: readonly WrittenLine[]): readonly Prose[] {
  const { introducedBy } = introduced(lines);
  return introducedBy
    ? [prose`The newest of the lines there came with ${describeCommit(introducedBy)}.`]
    : [];
}

/** The newest commit of the lines. */
function introduced(lines: readonly WrittenLine[]): Pick<Detail, 'introducedBy'> {
  const [newest] = lines.flatMap(({ commit }) => commit ?? []).toSorted((a, b) => b.at - a.at);
  return newest ? { introducedBy: newest } : {};
}

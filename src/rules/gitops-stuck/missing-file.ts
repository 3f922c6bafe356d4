import { posix } from 'node:path';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { WrittenLine } from '../../model/need.ts';
import { quoted } from '../../model/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { describeLine, isKustomizationFile } from '../../witnesses/generators.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { placesOf, type SourcePlace } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';
import { detailOfValuesFile } from './values-file.ts';

/** A file that kustomize looked for. */
interface MissingFile {
  /** In the repository. */
  readonly path: string;
  /** As the kustomization names it, as far as the message says. */
  readonly entry: string;
}

/** The line that names a file which the repository does not have, the commit that brought it or took the file away, and what is like it. */
export function* detailOfMissingFile({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  for (const place of placesOf(cluster, object)) {
    const missing = missingFileIn(complaint.message, place.path);
    if (missing === null) continue;
    const line = yield* lineNaming(missing, place, ask);
    if (line === null) continue;
    const known = yield* ask.all({
      past: ask.pathPast(place.url, missing.path),
      beside: ask.paths(place.url, posix.dirname(missing.path)),
    });
    const removed = known.past ?? null;
    const commit = removed?.removedBy ?? line.commit;
    const near = nearFile(missing.path, known.beside ?? []);
    const instead = removed?.movedTo ?? near;
    return {
      summary: prose`${describeRef(refOf(object))} cannot be rendered: ${describeLine(line)} names ${missing.entry}, which is not in the repository.`,
      because: [
        ...(removed
          ? [prose`${missing.path} went away in ${describeCommit(removed.removedBy)}.`]
          : commit
            ? [
                prose`The line came with ${describeCommit(commit)}, and no commit has brought ${missing.path}.`,
              ]
            : []),
        ...(instead === null ? [] : [prose`${instead} is there.`]),
        prose`Nothing of it is applied until this is repaired.`,
      ],
      evidence: [
        quoted('git', describeLine(line), null, line.text),
        ...(commit
          ? [commitEvidence(commit, removed ? `removed ${missing.path}` : `set ${describeLine(line)}`)]
          : []),
      ],
      advice: [
        instead === null
          ? prose`Add ${missing.path}, or take the entry at ${describeLine(line)} out.`
          : prose`Name ${posix.relative(posix.dirname(line.file), instead)} at ${describeLine(line)} if it is meant, or add ${missing.path}.`,
      ],
      reason: prose`Whether the file is to come or the entry to go is for a person to say.`,
      ...(commit ? { introducedBy: commit } : {}),
    };
  }
  return yield* detailOfValuesFile({ cluster, object, complaint, ask });
}

/** Controllers check the repository out below a folder of their own, which they write in several ways. */
const CHECKOUT = String.raw`(?:<path to cached source>|/tmp/[^/\s']+|/var/[^\s']*?/[0-9a-f-]{20,})/`;

function missingFileIn(message: string, folder: string): MissingFile | null {
  const below = new RegExp(
    String.raw`(?:evalsymlink failure on|lstat|open|stat|in directory) '?${CHECKOUT}([^'\s:]+)`,
  ).exec(message)?.[1];
  const bare = /evalsymlink failure on '([^'/<][^']*)'/.exec(message)?.[1];
  const path = below ?? (bare === undefined ? undefined : posix.join(folder, bare));
  if (path === undefined) return null;
  const named =
    /(?:file sources|env source files|files): \[([^\],]+)\]|resources from '([^']+)'|accumulating (?:components|resources): [^']*'([^']+)'/.exec(
      message,
    );
  const entry = named
    ?.slice(1)
    .find((one) => one !== undefined)
    ?.replace(/^[^=]*=/, '');
  const isSame = entry !== undefined && posix.basename(entry) === posix.basename(path);
  return { path: posix.normalize(path), entry: isSame ? entry : posix.basename(path) };
}

function* lineNaming({ path, entry }: MissingFile, place: SourcePlace, ask: Ask): Asking<WrittenLine | null> {
  const name = posix.basename(path);
  const found = yield* ask.all({
    beside: ask.writtenLines(place.url, posix.dirname(path), name),
    below: ask.writtenLines(place.url, place.path, name),
    above: ask.writtenLines(place.url, posix.dirname(posix.dirname(path)), name),
  });
  const lines = [found.beside, found.below, found.above]
    .flatMap((some) => some ?? [])
    .filter((line) => isKustomizationFile(line.file) && namesFile(line.text, name));
  return lines.find(({ text }) => text.includes(entry)) ?? lines[0] ?? null;
}

/** `- sso`, `- key=deploy/sso`, `path: sso`; not `- name: sso`. */
function namesFile(text: string, name: string): boolean {
  const value = text.replace(/\s+#.*$/, '').replace(/["']$/, '');
  return (
    !/^(?:- )?(?:name|namespace|kind):/.test(text) &&
    new RegExp(String.raw`(?:^|[\s=/"'[,])${escaped(name)}/?\]?$`).test(value)
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The one file beside it whose name is nearly the same. */
function nearFile(path: string, paths: readonly string[]): string | null {
  const folder = posix.dirname(path);
  const name = posix.basename(path).replace(/\.[a-z]+$/, '');
  const near = paths.filter((one) => {
    const stem = posix.basename(one).replace(/\.[a-z]+$/, '');
    return posix.dirname(one) === folder && (stem === name || relationOf(name, stem, []) === 'spelling');
  });
  return near.length === 1 ? near[0]! : null;
}

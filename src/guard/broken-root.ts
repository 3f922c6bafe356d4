import { posix } from 'node:path';
import { decode } from '../edits/edit.ts';
import { inFile } from '../edits/open-document.ts';
import { positionAt } from '../edits/positions.ts';
import { reach } from '../edits/reach.ts';
import { openAt } from '../locate/documents.ts';
import type { GuardFinding, GuardSite } from '../model/guard-report.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { FileProblem, RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { filesOf, type Root } from '../sources/roots.ts';
import { prose, sentenceOf } from '../untrusted/prose.ts';

/** Failures that say something about the change. With the others, what the root renders is unknown. */
export function isRefused({ code }: RenderFailure): boolean {
  return code === 'error' || code === 'unreadable';
}

export function brokenRoot(
  before: Revision,
  revision: Revision,
  root: Root,
  failure: RenderFailure,
  isNew: boolean,
  files: readonly string[],
): GuardFinding {
  const says = sentenceOf(failure.message);
  return {
    rule: 'render',
    cause: isNew ? 'does-not-render' : 'no-longer-renders',
    level: 'error',
    object: null,
    field: null,
    because: isNew
      ? prose`${root.id} does not render: ${says}`
      : prose`${root.id} renders before this change, and no longer with it: ${says}`,
    roots: [root.id],
    site: siteOfFailure(before, revision, root, failure.message, files),
    suggestion: null,
  };
}

/** A manifest that nobody can read: it would not be applied. */
export function unreadableFile(
  before: Revision,
  revision: Revision,
  { file, line, message }: FileProblem,
  root: Root,
): GuardFinding {
  return {
    rule: 'render',
    cause: 'unreadable-manifest',
    level: 'error',
    object: null,
    field: null,
    because: prose`${file} cannot be read as a manifest: ${sentenceOf(message)}`,
    roots: [root.id],
    site: at(file, lineWithinChange(before, revision, file, line ?? 1)),
    suggestion: null,
  };
}

/**
 * The line where a changed file cannot be read, else the one that the tool names, else the line of a kustomization that holds what it
 * names, else a changed file of the root.
 */
function siteOfFailure(
  before: Revision,
  revision: Revision,
  root: Root,
  message: string,
  changed: readonly string[],
): GuardSite | null {
  const own = [...new Set(filesOf(root))].filter((file) => revision.tree.entry(file)?.kind === 'file');
  const inChange = own.filter((file) => changed.includes(file));
  // Tools count lines from where a document starts, and name a file by its last part.
  for (const file of inChange.filter(isManifestPath)) {
    const problem = revision.manifests(file).problem;
    if (problem && !before.manifests(file).problem)
      return at(file, lineWithinChange(before, revision, file, problem.line ?? 1));
  }
  const words = [...message.matchAll(/[\w./-]+\.(?:ya?ml|tpl|json|gotmpl|env|properties)(?::(\d+))?/g)];
  for (const [word, line] of words) {
    const name = word.replace(/:\d+$/, '');
    const file = own.find((one) => one === name || one.endsWith(`/${name}`) || name.endsWith(`/${one}`));
    if (file !== undefined && line !== undefined) return at(file, Number(line));
  }
  return (
    inNamedFile(revision, own, message) ??
    inPatch(revision, [...inChange, ...own], message) ??
    holdingAny(revision, [...inChange, ...own], words, message)
  );
}

/** Parsers stop where a mistake can no longer be right, which may be the end of the file: a line of the change is what made it. */
function lineWithinChange(before: Revision, after: Revision, file: string, line: number): number {
  const [was, is] = [before, after].map(({ tree }) => {
    const content = tree.read(file);
    return (content && decode(content))?.split('\n') ?? null;
  });
  if (!was || !is) return line;
  const same = (index: number, by: number): boolean => was.at(by + index) === is.at(by + index);
  let start = 0;
  while (start < Math.min(was.length, is.length) && same(start, 0)) start += 1;
  let end = 0;
  while (end < Math.min(was.length, is.length) - start && same(-end, -1)) end += 1;
  // A change that only takes lines away leaves the one after them.
  return Math.min(Math.max(line, start + 1), Math.max(is.length - end, start + 1));
}

function at(file: string, line: number): GuardSite {
  return { file, line, column: null };
}

/** `apps/kustomization.yaml: ../base does not exist`: the line of the file that holds what is said of it. */
function inNamedFile(revision: Revision, own: readonly string[], message: string): GuardSite | null {
  const file = own.find((one) => message.startsWith(`${one}: `));
  if (file === undefined) return null;
  const words = message
    .slice(file.length + 2)
    .split(/[\s"'`]+/)
    .filter((word) => /[./-]/.test(word) && word.length > 2)
    .toSorted((a, b) => b.length - a.length);
  for (const word of words) {
    const line = lineHolding(revision, file, word);
    if (line !== null) return at(file, line);
  }
  return null;
}

/** `no matches for Id Deployment.v1.apps/web.[noNs]`: the patch of that name. */
function inPatch(revision: Revision, files: readonly string[], message: string): GuardSite | null {
  for (const [, kind, name] of message.matchAll(/\b([A-Z]\w*)\.[\w.[\]]+\/([\w.-]+?)\.\[/g))
    for (const file of files.filter(isManifestPath))
      for (const { object, origin } of revision.manifests(file).objects) {
        if (object.kind !== kind || object.metadata.name !== name) continue;
        const opened = openAt(revision, origin);
        const reached =
          'kind' in opened ? null : reach(opened.document, [...origin.within, 'metadata', 'name']);
        if (reached && !('kind' in opened))
          return at(file, positionAt(...inFile(opened.document, reached.node.start)).line);
      }
  return null;
}

function holdingAny(
  revision: Revision,
  files: readonly string[],
  words: readonly RegExpMatchArray[],
  message: string,
): GuardSite | null {
  const named = words.map(([word]) => posix.basename(word.replace(/:\d+$/, '')));
  const quoted = [...message.matchAll(/['"`]([^'"`]{2,80})['"`]/g)].map(([, word]) => word!);
  for (const word of [...named, ...quoted])
    for (const file of files) {
      const line = lineHolding(revision, file, word);
      if (line !== null) return at(file, line);
    }
  const [file] = files;
  return file === undefined ? null : at(file, 1);
}

/** The first line that is no comment and holds a word which is no part of a longer one. */
function lineHolding(revision: Revision, file: string, word: string): number | null {
  const content = revision.tree.read(file);
  const text = content && decode(content);
  if (typeof text !== 'string' || !text.includes(word)) return null;
  const whole = new RegExp(`(?<![\\w-])${word.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w-])`);
  const lines = text.split('\n');
  const index = lines.findIndex((line) => whole.test(line) && !/^\s*#/.test(line));
  return index === -1 ? null : index + 1;
}

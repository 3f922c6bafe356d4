import { posix } from 'node:path';
import { decode } from '../edits/edit.ts';
import type { GuardFinding, GuardSite } from '../model/guard-report.ts';
import type { FileProblem, RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { filesOf, type Root } from '../sources/roots.ts';
import { prose, sentenceOf } from '../untrusted/prose.ts';

/** Failures that say something about the change. With the others, what the root renders is unknown. */
export function isRefused({ code }: RenderFailure): boolean {
  return code === 'error' || code === 'unreadable';
}

export function brokenRoot(
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
    site: siteOfFailure(revision, root, failure.message, files),
    suggestion: null,
  };
}

/** A manifest that nobody can read: it would not be applied. */
export function unreadableFile({ file, line, message }: FileProblem, root: Root): GuardFinding {
  return {
    rule: 'render',
    cause: 'unreadable-manifest',
    level: 'error',
    object: null,
    field: null,
    because: prose`${file} cannot be read as a manifest: ${sentenceOf(message)}`,
    roots: [root.id],
    site: { file, line: line ?? 1, column: null },
    suggestion: null,
  };
}

/** The line that the tool names, else the line of a kustomization that holds what it names, else a changed file of the root. */
function siteOfFailure(
  revision: Revision,
  root: Root,
  message: string,
  changed: readonly string[],
): GuardSite | null {
  const own = [...filesOf(root)].filter((file) => revision.tree.entry(file)?.kind === 'file');
  const words = [...message.matchAll(/[\w./-]+\.(?:ya?ml|tpl|json|gotmpl|env|properties)(?::(\d+))?/g)];
  for (const [word, line] of words) {
    const name = word.replace(/:\d+$/, '');
    const file = own.find((one) => one === name || one.endsWith(`/${name}`) || name.endsWith(`/${one}`));
    if (file !== undefined && line !== undefined) return { file, line: Number(line), column: null };
  }
  const named = words.map(([word]) => posix.basename(word.replace(/:\d+$/, '')));
  const quoted = [...message.matchAll(/['"`]([^'"`]{2,80})['"`]/g)].map(([, word]) => word!);
  const inChange = own.filter((file) => changed.includes(file));
  for (const word of [...named, ...quoted])
    for (const file of [...inChange, ...own]) {
      const line = lineHolding(revision, file, word);
      if (line !== null) return { file, line, column: null };
    }
  const [file] = [...inChange, ...own];
  return file === undefined ? null : { file, line: 1, column: null };
}

function lineHolding(revision: Revision, file: string, word: string): number | null {
  const content = revision.tree.read(file);
  const text = content && decode(content);
  if (typeof text !== 'string' || !text.includes(word)) return null;
  return text.slice(0, text.indexOf(word)).split('\n').length;
}

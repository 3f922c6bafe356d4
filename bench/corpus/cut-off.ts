import { isAlias, parseAllDocuments, visit } from 'yaml';
import type { CorpusField } from './fields.ts';
import { listOf, mappingOf } from './recipe.ts';
import { valuesIn } from './rendered.ts';

/** One file before and after an edit. */
export interface EditedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/**
 * What an edit has cut off from where people maintain it: a template's expression became a literal, an alias lost its anchor, or
 * something was put over an `images` entry that holds the image. Null where it did none of that.
 *
 * @param kustomizations what may stand in the files of the root, to find entries of `images`
 */
export function cutOff(
  edited: readonly EditedFile[],
  field: CorpusField,
  kustomizations: readonly string[],
): string | null {
  for (const { file, before, after } of edited) {
    if (expressionsIn(after) < expressionsIn(before))
      return `${file}: a template's expression became a literal`;
    if (aliasesIn(after) < aliasesIn(before)) return `${file}: an alias became a literal`;
  }
  if (field.class !== 'image' || field.before === undefined) return null;
  const name = nameOf(String(field.before));
  const held = kustomizations.some((text) => imagesIn(text).includes(name));
  const changesEntry = edited.some(
    ({ before, after }) => JSON.stringify(entriesIn(before)) !== JSON.stringify(entriesIn(after)),
  );
  return held && !changesEntry ? 'something was put over the entry of images that holds it' : null;
}

function expressionsIn(text: string): number {
  return text.match(/\{\{/g)?.length ?? 0;
}

function aliasesIn(text: string): number {
  if (!/\*\w/.test(text)) return 0;
  let count = 0;
  const documents = parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false });
  if (!Array.isArray(documents)) return 0;
  for (const document of documents)
    visit(document, (_key, node) => {
      if (isAlias(node)) count += 1;
    });
  return count;
}

function entriesIn(text: string): readonly unknown[] {
  if (!/images:/.test(text)) return [];
  return (valuesIn(text) ?? []).flatMap((value) => [
    ...listOf(mappingOf(value)['images']),
    ...listOf(mappingOf(mappingOf(mappingOf(mappingOf(value)['spec'])['source'])['kustomize'])['images']),
    ...listOf(mappingOf(mappingOf(value)['spec'])['images']),
  ]);
}

/** Names that the entries give: what an image has after them. */
function imagesIn(text: string): readonly string[] {
  return entriesIn(text).flatMap((entry) => {
    const { name, newName, newTag, digest } = mappingOf(entry as never);
    return newTag === undefined && digest === undefined ? [] : [String(newName ?? name)];
  });
}

function nameOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[\w.-]+$/, '');
}

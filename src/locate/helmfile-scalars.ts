import { decode } from '../edits/edit.ts';
import { reach } from '../edits/reach.ts';
import { ACTION_MARK, withoutActions } from '../edits/template-actions.ts';
import type { Revision } from '../sources/revision.ts';
import type { Declared } from '../sources/roots.ts';
import { manifestScalars, type SourceScalar } from './source-scalars.ts';

/** What a helmfile, its bases, the values of its environments and its templates of values say between their actions. */
export function helmfileScalars(revision: Revision, declared: Declared): readonly SourceScalar[] {
  return all(revision, declared).filter(({ source }) => !source.includes(ACTION_MARK));
}

/** What they make with actions. */
export function helmfileExpressions(revision: Revision, declared: Declared): readonly SourceScalar[] {
  return all(revision, declared).filter(({ source }) => source.includes(ACTION_MARK));
}

function all(revision: Revision, { inputFiles }: Declared): readonly SourceScalar[] {
  return inputFiles.flatMap((file) => {
    const content = revision.tree.read(file);
    const text = content && decode(content);
    if (typeof text !== 'string') return [];
    return manifestScalars(file, withoutActions(text))
      .filter((scalar) => !isOfHelmfile(scalar) || OF_VALUES.test(scalar.path.join('/')))
      .map((scalar) => ({ ...scalar, markable: !scalar.anchored }));
  });
}

function isOfHelmfile({ document }: SourceScalar): boolean {
  return document !== null && KEYS.some((key) => reach(document, [key]) !== null);
}

const KEYS = ['releases', 'environments', 'bases', 'helmfiles', 'templates', 'repositories', 'helmDefaults'];

/** Values as such: neither the name of a file of them, nor that of one to set. */
const OF_VALUES = /(^|\/)((values|valuesTemplate)\/\d+\/.|(set|setString)\/\d+\/value$)/;

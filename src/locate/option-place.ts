import { nodeAt } from '../edits/reach.ts';
import { positionAt } from '../edits/positions.ts';
import { parseFieldPath, type ConcretePath } from '../kubernetes/field-path.ts';
import { refOf } from '../kubernetes/objects.ts';
import type { Declaration } from '../sources/declaration.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf } from '../sources/roots.ts';
import { identityOf, isAbout } from './document-identity.ts';
import { openAt } from './documents.ts';

/** `file:line` of the option that keeps a declaration from being followed; null where it is not written as such. */
export function placeOfOption(revision: Revision, { plan, object, parent }: Declaration): string | null {
  const [, written] = ('option' in plan && / at (\S+:\d+)$/.exec(plan.option)) || [];
  if (written !== undefined) return written;
  const [text] = ('option' in plan && /^spec[\w.[\]]*/.exec(plan.option)) || [];
  if (text === undefined || !object || !parent || parent.kind === 'helm') return null;
  const path = parseFieldPath(text).filter((step) => typeof step !== 'object') as ConcretePath;
  const files = [...rolesOf(parent)].filter(([, role]) => role === 'objects').map(([file]) => file);
  for (const file of files)
    for (const document of revision.manifests(file).documents.keys()) {
      const opened = openAt(revision, { file, document });
      if ('kind' in opened) continue;
      const { kind, name } = identityOf(opened.document);
      const node =
        kind === object.kind && isAbout(refOf(object), name) ? nodeAt(opened.document, path) : undefined;
      if (node) return `${file}:${positionAt(opened.document.text, node.start).line}`;
    }
  return null;
}

import { decode } from '../edits/edit.ts';
import { positionAt } from '../edits/positions.ts';
import { reach } from '../edits/reach.ts';
import { inFile } from '../edits/open-document.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { sitesOfField } from '../locate/candidates.ts';
import { openAt } from '../locate/documents.ts';
import { isMadeFrom, patchFiles } from '../locate/own-layers.ts';
import type { GuardSite } from '../model/guard-report.ts';
import type { Origin, RenderedObject } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot, Root } from '../sources/roots.ts';
import { lineInKustomization } from './kustomization-line.ts';

/** The line of the head that sets a field; where nothing sets it, the line of what is around it; null where the object is not written here. */
export async function siteIn(
  revision: Revision,
  root: Root,
  rendered: RenderedObject,
  field: string | null,
): Promise<GuardSite | null> {
  const found = field === null ? null : fieldOf(rendered.object, field);
  if (found && found.depth === found.path.length && isScalarValue(found.value)) {
    const [site] = await sitesOfField(revision, { root, rendered }, found);
    if (site) return { file: site.file, line: site.line, column: site.column };
  }
  if (field === 'metadata.namespace' && root.kind === 'kustomize') {
    // The outermost kustomization that sets one wins, and comes first.
    const folder = root.closure.folders.find(
      (one) => (root.closure.namespaces.get(one) ?? null) === rendered.object.metadata.namespace,
    );
    const site = folder === undefined ? null : lineInKustomization(revision, root, folder, ['namespace']);
    if (site) return site;
  }
  return around(revision, root, rendered, found?.path ?? []);
}

/** Where the longest part of the path that is written stands. */
function around(
  revision: Revision,
  root: Root,
  rendered: RenderedObject,
  path: ConcretePath,
): GuardSite | null {
  const origins = rendered.origin
    ? [rendered.origin]
    : root.kind === 'kustomize'
      ? definitions(revision, root, rendered.object)
      : [];
  let best: { readonly depth: number; readonly site: GuardSite } | null = null;
  for (const origin of origins) {
    const opened = openAt(revision, origin);
    if ('kind' in opened) continue;
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const at = depth === 0 ? ['metadata', 'name'] : path.slice(0, depth);
      const reached = reach(opened.document, [...origin.within, ...at]);
      if (!reached) continue;
      if (best && best.depth >= depth) break;
      const { line } = positionAt(...inFile(opened.document, reached.node.start));
      const isBlock =
        reached.node.kind !== 'scalar' &&
        reached.node.kind !== 'alias' &&
        !('flow' in reached.node && reached.node.flow) &&
        // An item starts behind its dash, and what a key holds below the key.
        typeof at.at(-1) !== 'number';
      best = {
        depth,
        site: { file: origin.file, line: isBlock && depth > 0 ? Math.max(1, line - 1) : line, column: null },
      };
      break;
    }
  }
  return best?.site ?? ofTemplate(revision, rendered);
}

/** Documents that the rendered object may be made from: of its kind, with the longest name that its own contains; patches last. */
function definitions(revision: Revision, root: KustomizeRoot, object: KubernetesObject): readonly Origin[] {
  const patches = patchFiles(revision, root);
  const found = [...root.closure.files]
    .filter(([, role]) => role === 'objects')
    .flatMap(([file]) => revision.manifests(file).objects)
    .filter(({ object: candidate }) => isMadeFrom(object, candidate));
  const longest = Math.max(...found.map(({ object: candidate }) => refOf(candidate).name.length));
  const isPatch = ({ origin }: (typeof found)[number]): number => Number(patches.has(origin.file));
  return found
    .filter(({ object: candidate }) => refOf(candidate).name.length === longest)
    .sort((a, b) => isPatch(a) - isPatch(b))
    .map(({ origin }) => origin);
}

/** The line of a template that names the kind. */
function ofTemplate(revision: Revision, { template, object }: RenderedObject): GuardSite | null {
  const content = template === undefined ? undefined : revision.tree.read(template);
  const text = content && decode(content);
  if (template === undefined || typeof text !== 'string') return null;
  const lines = text.split('\n');
  const index = lines.findIndex((line) => line.trim() === `kind: ${object.kind}`);
  return { file: template, line: Math.max(0, index) + 1, column: null };
}

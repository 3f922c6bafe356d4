import { positionAt } from '../edits/positions.ts';
import { splitDocuments } from '../edits/split.ts';
import { decode } from '../edits/edit.ts';
import { groupOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { declined, type Declined } from '../model/declined.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Origin } from '../renderers/rendering.ts';
import { containsText } from '../tree/contains-text.ts';
import type { Plan } from './declarations/plan.ts';
import type { Revision } from './revision.ts';
import type { Root } from './roots.ts';

/**
 * Why nothing can be changed here of a published chart that a live object installs: no root renders that object, although a file may
 * well have it.
 */
export async function notDeclaredHere(
  live: KubernetesObject,
  { by, content }: Plan,
  revision: Revision,
  above: { readonly by: string; readonly roots: readonly Root[] } | null,
): Promise<Declined> {
  const chart = content.kind === 'chart' && content.chart.kind === 'remote' ? content.chart : null;
  const address = chart ? `${chart.repository}/${chart.name}` : by;
  if (above) return notInRoots(by, above, revision);
  const origin = writtenAt(live, revision);
  if (origin === null)
    return declined(
      'other-repository',
      `${by} installs ${address}, a chart that is published elsewhere, and no root of this repository renders ${by}`,
      [address],
    );
  const place = `${origin.file}:${lineOf(origin, revision)}`;
  const readers = revision.roots.readersOf(origin.file);
  for (const root of readers) {
    const rendering = await revision.render(root);
    if (rendering.kind === 'failed')
      return declined(
        'render-failed',
        `${by} is written at ${place}, in ${root.id}, which could not be rendered: ${rendering.message}`,
        [root.id],
      );
  }
  return declined(
    'object-not-found',
    readers.length === 0
      ? `${by} is written at ${place}, a file that no root of this repository reads`
      : `${by} is written at ${place}, and ${readers.map(({ id }) => id).join(', ')} renders no such object`,
    [place],
  );
}

async function notInRoots(
  by: string,
  above: { readonly by: string; readonly roots: readonly Root[] },
  revision: Revision,
): Promise<Declined> {
  const ids = above.roots.map(({ id }) => id);
  const says = `${above.by} applies ${by} from ${ids.join(', ')}`;
  for (const root of above.roots) {
    const rendering = await revision.render(root);
    if (rendering.kind === 'failed')
      return declined('render-failed', `${says}, which could not be rendered: ${rendering.message}`, ids);
  }
  return declined('object-not-found', `${says}, which does not have it any more`, ids);
}

function writtenAt({ apiVersion, kind, metadata }: KubernetesObject, revision: Revision): Origin | null {
  const { tree } = revision;
  for (const file of tree.paths()) {
    const content = isManifestPath(file) ? tree.read(file) : undefined;
    if (content === undefined || !containsText(content, metadata.name) || !containsText(content, kind))
      continue;
    const found = revision
      .manifests(file)
      .objects.find(
        ({ object }) =>
          object.kind === kind &&
          groupOf(object.apiVersion) === groupOf(apiVersion) &&
          object.metadata.name === metadata.name &&
          (object.metadata.namespace ?? metadata.namespace) === metadata.namespace,
      );
    if (found) return found.origin ?? null;
  }
  return null;
}

/** Where the document begins: behind its `---`, and comments before it. */
function lineOf({ file, document }: Origin, { tree }: Revision): number {
  const text = decode(tree.read(file)!) ?? '';
  const start = splitDocuments(text)[document]?.start ?? 0;
  const lead = /^(?:\uFEFF?(?:---[^\r\n]*|[ \t]*(?:#[^\r\n]*)?|%[^\r\n]*)\r?\n)*/.exec(text.slice(start))![0];
  return positionAt(text, start + lead.length).line;
}

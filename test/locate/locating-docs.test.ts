import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/edits/edit.ts';
import { locate } from '../../src/locate/locate.ts';
import { markerText } from '../../src/locate/markers.ts';
import { markedRender } from '../../src/locate/marked-render.ts';
import { locateText } from '../../src/output/locate.ts';
import type { Rendered } from '../../src/renderers/rendering.ts';
import type { KustomizeRoot } from '../../src/sources/roots.ts';
import { needsTool } from '../needs.ts';
import { filesBelow, revisionOf } from './revisions.ts';

const built = needsTool('kustomize');
const here = resolve(import.meta.dirname, '../..');
const before = filesBelow(join(here, 'fixtures/locate/worked-example/before'));

/** The blocks of the page, by their first line. */
const blocks = new Map(
  [
    ...readFileSync(join(here, 'docs/locating.md'), 'utf8').matchAll(
      /^```(?:yaml|console)\n(.*)\n([^]*?)^```$/gm,
    ),
  ].map((match) => [match[1]!.replace(/^# /, ''), match[2]!]),
);

async function answer(namespace: string, field: string, after: string): Promise<string> {
  const revision = await revisionOf(before);
  const target = { wanted: { kind: 'Deployment', name: 'cart', namespace }, live: null, roots: null };
  return locateText(await locate(revision, { target, fields: [{ field, after }] }), { colour: false });
}

describe('docs/locating.md', () => {
  test.each(Object.keys(before))('shows %s as it is', (file) => {
    expect(blocks.get(file)).toBe(String(before[file]));
  });

  built('shows what is marked, and what that renders to', async () => {
    const revision = await revisionOf(before);
    const root = revision.roots.at('prod') as KustomizeRoot;
    const { scalars, unmarked } = await markedRender(revision, root);
    const marked = new Map(
      [...root.closure.files.keys()].map((file) => {
        const edits = scalars.flatMap((scalar, index) =>
          scalar.file === file && !unmarked.includes(scalar)
            ? [{ start: scalar.start, end: scalar.end, text: markerText(scalar, index)! }]
            : [],
        );
        return [file, applyEdits(String(revision.tree.read(file)), edits)];
      }),
    );
    for (const file of ['base/cart.yaml', 'prod/kustomization.yaml'])
      expect(blocks.get(`${file}, marked`)).toBe(marked.get(file));

    const edited = revision.with(new Map([...marked].map(([file, text]) => [file, Buffer.from(text)])));
    const { objects } = (await edited.render((await edited.here(root))!)) as Rendered;
    expect(blocks.get('prod, rendered')).toBe(objects.map(({ text }) => text).join('---\n'));
  });

  built('shows the answers', async () => {
    const container = 'spec.template.spec.containers[name=server]';
    const answers = await Promise.all([
      answer('prod', `${container}.image`, 'shop/cart:2.15.0'),
      answer('staging', `${container}.resources.limits.memory`, '768Mi'),
    ]);
    const shown = [...blocks]
      .filter(([first]) => first.startsWith('$ '))
      .map(([, rest]) => rest.replace(/^.*\n/, ''));
    expect(shown).toEqual(answers);
  });
});

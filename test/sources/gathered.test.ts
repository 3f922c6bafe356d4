import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { isOfController } from '../../src/sources/declarations/plans.ts';
import { mayDeclareIn } from '../../src/sources/may-declare.ts';
import { filesBelow, revisionOf } from '../locate/revisions.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/locate');

test('what the roots of all fixtures gather is what they render', async () => {
  let compared = 0;
  for (const name of readdirSync(FIXTURES)) {
    const revision = await revisionOf(filesBelow(join(FIXTURES, name, 'before')));
    const mayDeclare = mayDeclareIn(revision);
    const roots = [...revision.roots.all, ...(await revision.declaredRoots())].filter(mayDeclare);
    for (const root of roots) {
      const gathered = await revision.gathered(root);
      if (!gathered) continue;
      const rendering = await revision.render(root);
      const built = rendering.kind === 'rendered' ? rendering.objects.map(({ object }) => object) : null;
      const told = gathered.objects.map(({ object }) => object);
      expect(told, `${root.id} of ${name}`).toEqual(built?.filter((object) => isOfController(object)));
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(5);
}, 240_000);

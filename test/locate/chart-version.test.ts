import { resolve } from 'node:path';
import { expect } from 'vitest';
import type { AlsoWanted } from '../../src/locate/also-wanted.ts';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import { needsTool } from '../needs.ts';
import { filesBelow, revisionOf } from './revisions.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/locate/flux-chart-version-in-a-label');
const NOTHING_ELSE: AlsoWanted = { everywhere: false, change: () => false };

async function raised(
  alsoWanted?: AlsoWanted,
  more: Readonly<Record<string, string>> = {},
): Promise<LocateResult> {
  const files = filesBelow(resolve(folder, 'before'));
  return locate(await revisionOf({ ...files, ...more }), {
    target: {
      wanted: { kind: 'Deployment', name: 'cart', namespace: 'shop' },
      live: null,
      roots: null,
    },
    fields: [{ field: 'spec.template.spec.containers[name=cart].resources.limits.memory', after: '768Mi' }],
    ...(alsoWanted && { alsoWanted }),
  });
}

const tried = needsTool('helm');

tried('an edit that a chart of Flux needs another version for is there for a person, unproven', async () => {
  expect(await raised()).toMatchObject({
    kind: 'located',
    proof: { status: 'unproven', reason: expect.stringContaining('anew only with another version') },
  });
});

tried('and not for an incident: what is opened for it has to help', async () => {
  expect(await raised(NOTHING_ELSE)).toMatchObject({ kind: 'declined', code: 'other-revision' });
});

tried('a line of the chart that another release reads too is declined for that', async () => {
  const release = String(filesBelow(resolve(folder, 'before'))['apps/cart.yaml']);
  const other = release.replace('namespace: shop', 'namespace: tea');
  expect(await raised(undefined, { 'apps/tea.yaml': other })).toMatchObject({
    kind: 'declined',
    code: 'shared-site',
    reason: expect.stringContaining('Flux HelmRelease tea/cart'),
  });
});

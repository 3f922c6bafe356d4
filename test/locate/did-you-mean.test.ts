import { expect, test } from 'vitest';
import { chooseSource } from '../../src/locate/choose-source.ts';
import { revisionOf } from './revisions.ts';

const deployment = (name: string, namespace: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: ${namespace}}\n`;

const FILES = {
  'tills/till.yaml': deployment('till-web', 'market'),
  'north/scales.yaml': deployment('scales', 'north'),
  'south/scales.yaml': deployment('scales', 'south'),
};

test.each([
  [
    'Deploymet',
    'till-web',
    'no root renders a Deploymet till-web in namespace market; did you mean Deployment market/till-web (tills)?',
  ],
  [
    'Deploymet',
    'crate',
    'no root renders a Deploymet crate in namespace market; did you mean the kind Deployment?',
  ],
  ['Widget', 'till-web', 'no root renders a Widget till-web in namespace market'],
])('the kind %s of %s', async (kind, name, reason) => {
  const wanted = { kind, name, namespace: 'market' };
  const source = await chooseSource(await revisionOf(FILES), { wanted, live: null, roots: null });
  expect(source).toMatchObject({ kind: 'declined', code: 'object-not-found', reason });
});

test.each([
  [
    'a name that is part of another',
    'till',
    'market',
    'no root renders a Deployment till in namespace market; did you mean Deployment market/till-web (tills)?',
  ],
  [
    'another namespace',
    'till-web',
    'office',
    'no root renders a Deployment till-web in namespace office; did you mean Deployment market/till-web (tills)?',
  ],
  ['a name that two roots have', 'scale', 'office', 'no root renders a Deployment scale in namespace office'],
  ['a name like none', 'crate', 'market', 'no root renders a Deployment crate in namespace market'],
])('%s', async (_what, name, namespace, reason) => {
  const wanted = { kind: 'Deployment', name, namespace };
  const source = await chooseSource(await revisionOf(FILES), { wanted, live: null, roots: null });
  expect(source).toMatchObject({ kind: 'declined', code: 'object-not-found', reason });
});

import { expect, test } from 'vitest';
import { existenceIn, symlinkTarget } from '../../src/tree/symlinks.ts';

const links = new Map([
  ['apps/link.yaml', 'cart.yaml'],
  ['apps/up.yaml', '../shared/base.yaml'],
  ['apps/shared', '../shared'],
  ['apps/through.yaml', 'shared/base.yaml'],
  ['apps/after.yaml', 'shared/../cart.yaml'],
  ['cart.yaml', './shared//base.yaml'],
  ['root', '.'],
  ['out', '../elsewhere'],
  ['back', '../tree/shared/base.yaml'],
  ['out-and-in', 'apps/../../shared/base.yaml'],
  ['absolute', '/shared/base.yaml'],
  ['dangling', 'apps/none.yaml'],
  ['circle', 'elcric'],
  ['elcric', 'circle'],
  ['self', 'self/self'],
]);
const exists = existenceIn([...links.keys(), 'apps/cart.yaml', 'shared/base.yaml']);

test.each([
  ['apps/link.yaml', 'apps/cart.yaml'],
  ['apps/up.yaml', 'shared/base.yaml'],
  ['apps/shared', 'shared'],
  ['apps/through.yaml', 'shared/base.yaml'],
  // As the kernel does it: up from where the link leads, not from where it stands.
  ['apps/after.yaml', 'shared/base.yaml'],
  ['cart.yaml', 'shared/base.yaml'],
  ['root', '.'],
])('%s ends at %s', (link, target) => {
  expect(symlinkTarget(link, links, exists)).toBe(target);
});

test.each(['out', 'back', 'out-and-in', 'absolute', 'dangling', 'circle', 'self'])(
  '%s ends nowhere in the tree',
  (link) => {
    expect(symlinkTarget(link, links, exists)).toBeNull();
  },
);

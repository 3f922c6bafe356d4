import { expect, test } from 'vitest';
import { parseRemote } from '../../src/git/remote.ts';

test.each([
  ['https://github.com/acme/infra.git', 'https://github.com/acme/infra'],
  ['https://github.com/acme/infra/', 'https://github.com/acme/infra'],
  ['https://user:ghp_token@github.com/acme/infra', 'https://github.com/acme/infra'],
  ['http://github.example.com:8443/acme/infra.git', 'https://github.example.com:8443/acme/infra'],
  ['git@github.com:acme/infra.git', 'https://github.com/acme/infra'],
  ['git@ghe.example.com:/acme/infra', 'https://ghe.example.com/acme/infra'],
  ['ssh://git@github.example.com:2222/acme/infra.git', 'https://github.example.com/acme/infra'],
  ['ssh://git@ssh.github.com:443/acme/infra.git', 'https://github.com/acme/infra'],
  ['git://GitHub.com/acme/infra.js.git', 'https://github.com/acme/infra.js'],
])('%s is %s', (address, url) => {
  expect(parseRemote(address)).toEqual({ slug: url.split('/').slice(-2).join('/'), url });
});

test.each([
  '',
  '/srv/git/acme/infra.git',
  '../infra',
  'file:///srv/acme/infra.git',
  'C:\\work\\infra',
  'c:acme/infra',
  'https://gitlab.com/group/subgroup/infra.git',
  'https://github.com/infra',
  'git@github.com:acme/..',
  'https://github.com/acme/in fra?x=1',
  'ext::sh -c touch% evil',
])('%j is not understood', (address) => {
  expect(parseRemote(address)).toBeNull();
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mask } from '../../src/untrusted/mask.ts';
import { TOKEN_PATTERNS } from '../../src/untrusted/token-forms.ts';

/** Joined at run time, so that nothing in this file is a token for those who scan repositories. */
function token(...parts: readonly string[]): string {
  return parts.join('');
}

const LETTERS = 'aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0eF3hJ5lM7oR9uX';

describe('mask replaces', () => {
  const secrets: readonly (readonly [name: string, text: string, masked: string])[] = [
    ['a password in an address', 'postgres://app:hunter2@db:5432/shop', 'postgres://app:***@db:5432/shop'],
    ['a password with an @ in an address', 'amqp://app:p@ss@mq/', 'amqp://app:***@mq/'],
    ['a password without a user', 'redis://:hunter2@cache:6379', 'redis://:***@cache:6379'],
    [
      'a token as the user of an address',
      `https://${LETTERS.slice(0, 24)}@git.example/x`,
      'https://***@git.example/x',
    ],
    ['a MySQL data source', 'root:hunter2@tcp(db:3306)/shop', 'root:***@tcp(db:3306)/shop'],
    ['an environment assignment', 'DB_PASSWORD=hunter2 exec server', 'DB_PASSWORD=*** exec server'],
    ['a short name in an environment', 'DB_PASS=hunter2', 'DB_PASS=***'],
    ['a property', 'spring.datasource.password=hunter2', 'spring.datasource.password=***'],
    ['a YAML value', 'password: hunter2', 'password: ***'],
    ['a YAML value with spaces', '  password: correct horse battery\nuser: x', '  password: ***\nuser: x'],
    ['a quoted YAML value', `apiKey: 'abc def'`, `apiKey: '***'`],
    ['a YAML block', 'password: |\n  hunter2\n  hunter3\nuser: x', 'password: |\n  ***\n  ***\nuser: x'],
    ['a flow mapping', '{user: app, password: hunter2, port: 1}', '{user: app, password: ***, port: 1}'],
    [
      'a JSON value',
      '{"user":"app","password":"hun\\"ter2","port":1}',
      '{"user":"app","password":"***","port":1}',
    ],
    [
      'JSON inside a string',
      '"{\\"password\\":\\"hunter2\\",\\"port\\":1}"',
      '"{\\"password\\":\\"***\\",\\"port\\":1}"',
    ],
    ['a flag', 'server --password=hunter2 --port=1', 'server --password=*** --port=1'],
    ['a flag with a space', 'server --api-token abc-123-DEF --port 1', 'server --api-token *** --port 1'],
    ['a flag in a JSON list', '["--password", "hunter2"]', '["--password", "***"]'],
    ['a flag in a YAML list', '- --password\n- hunter2\n', '- --password\n- ***\n'],
    ['a query parameter', '/cb?access_token=abcdef&x=1', '/cb?access_token=***&x=1'],
    [
      'an environment variable of a manifest',
      '- name: DB_PASSWORD\n  value: hunter2\n',
      '- name: DB_PASSWORD\n  value: ***\n',
    ],
    [
      'the same in a diff',
      '   - name: DB_PASSWORD\n-    value: hunter2\n',
      '   - name: DB_PASSWORD\n-    value: ***\n',
    ],
    [
      'both values of a variable in a diff',
      ' - name: DB_PASSWORD\n-  value: hunter2\n+  value: "hunter3"\n',
      ' - name: DB_PASSWORD\n-  value: ***\n+  value: "***"\n',
    ],
    [
      'both values of a flag in a diff',
      ' - --password\n-- hunter2\n+- hunter3\n',
      ' - --password\n-- ***\n+- ***\n',
    ],
    ['the same in JSON', '{"name":"API_KEY","value":"abc"}', '{"name":"API_KEY","value":"***"}'],
    ['a token that is no word', 'token: a1b2c3', 'token: ***'],
    ['a secret that is no name', 'secret=hunter2', 'secret=***'],
    ['something random behind a key', `key: ${LETTERS.slice(0, 32)}`, 'key: ***'],
    [
      'long hexadecimal behind a secret',
      `client_secret=${'0123456789abcdef'.repeat(2)}`,
      'client_secret=***',
    ],
    [
      'a connection string',
      'AccountName=shop;AccountKey=abc/def==;Suffix=x',
      'AccountName=shop;AccountKey=***;Suffix=x',
    ],
    [
      'a signed address',
      'https://x.example/b?sv=1&sig=abc%2Fdef%3D&se=2',
      'https://x.example/b?sv=1&sig=***&se=2',
    ],
    ['a bearer header', 'Authorization: Bearer abc.def-123', 'Authorization: Bearer ***'],
    ['a bearer token without its header', `sent bearer ${LETTERS.slice(0, 20)}`, 'sent bearer ***'],
    ['a basic header', 'authorization: Basic YXBwOmh1bnRlcjI=', 'authorization: Basic ***'],
    ['a cookie', 'Set-Cookie: sid=abc; Path=/', 'Set-Cookie: ***'],
    [
      'registry credentials',
      '{"auths":{"ghcr.io":{"auth":"YXBwOmh1bnRlcjI="}}}',
      '{"auths":{"ghcr.io":{"auth":"***"}}}',
    ],
    [
      'a JSON web token',
      `got ${token('ey', 'Jhbgciaa')}.${token('ey', 'Jzdwiaa')}.sig-1 here`,
      'got *** here',
    ],
    ['an AWS key id', `id ${token('AK', 'IA')}ABCDEFGHIJKLMNOP.`, 'id ***.'],
    ['a GitHub token', `use ${token('gh', 'p_')}${LETTERS.slice(0, 36)}`, 'use ***'],
    [
      'an installation token with a JSON Web Token in it',
      `use ${token('gh', 's_')}1234_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJnaXRodWIifQ.${LETTERS.slice(0, 20)}-_x.`,
      'use ***.',
    ],
    [
      'a GitHub token as git sends it',
      `use ${Buffer.from(`x-access-token:${LETTERS}`).toString('base64')} there`,
      'use *** there',
    ],
    ['a fine-grained GitHub token', `use ${token('github', '_pat_')}${LETTERS.slice(0, 22)}_x`, 'use ***'],
    ['a GitLab token', `use ${token('gl', 'pat-')}${LETTERS.slice(0, 20)}`, 'use ***'],
    ['a Slack token', `use ${token('xo', 'xb-')}1234567890-abcdef`, 'use ***'],
    [
      'a Slack webhook',
      'https://hooks.slack.com/services/T000/B000/abcdef',
      'https://hooks.slack.com/services/***',
    ],
    ['a Google key', `use ${token('AI', 'za')}${LETTERS.slice(0, 35)}`, 'use ***'],
    ['an npm token', `use ${token('np', 'm_')}${LETTERS.slice(0, 36)}`, 'use ***'],
    ['a Stripe key', `use ${token('sk', '_live_')}${LETTERS.slice(0, 24)}`, 'use ***'],
  ];

  test.each(secrets)('%s', (_name, text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  test('a private key, keeping the number of lines', () => {
    const key = `${token('-----BEGIN RSA PRIVATE', ' KEY-----')}\n  MIIEabc\n  def==\n-----END RSA PRIVATE KEY-----\nnext`;
    expect(mask(key)).toBe(
      `${token('-----BEGIN RSA PRIVATE', ' KEY-----')}\n  ***\n  ***\n-----END RSA PRIVATE KEY-----\nnext`,
    );
  });

  test('a private key whose end was cut off', () => {
    const head = token('-----BEGIN PRIVATE', ' KEY-----');
    expect(mask(`${head}\n${LETTERS}\n${LETTERS}\nserver started`)).toBe(`${head}\n***\n***\nserver started`);
  });

  test('a private key on one line', () => {
    const head = token('-----BEGIN PRIVATE', ' KEY-----');
    expect(mask(`k="${head}\\nMIIE\\n-----END PRIVATE KEY-----\\n"`)).toBe(
      `k="${head}***-----END PRIVATE KEY-----\\n"`,
    );
  });
});

describe('mask leaves', () => {
  const harmless: readonly string[] = [
    'secret "db-creds" not found',
    'MountVolume.SetUp failed for volume "token" : secret "db-creds" not found',
    `couldn't find key DB_PASSWORD in Secret shop/db-creds`,
    'Error: missing environment variable DB_PASSWORD: not set',
    'API_TOKEN is required',
    'password: required',
    'secretName: foo',
    'secret: db-creds-v2',
    'imagePullSecret=regcred-2',
    'secret: shop/db-creds-7d9f8b6c4d',
    'secretKey: password',
    'secretKeyRef:\n  name: db\n  key: password',
    'valueFrom:\n  secretKeyRef: {name: db, key: DB_PASSWORD}',
    '- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n',
    'automountServiceAccountToken: true',
    'password: $(DB_PASSWORD)',
    'password: ${DB_PASSWORD}',
    '--set=auth.password=$DB_PASSWORD',
    'token: /var/run/secrets/kubernetes.io/serviceaccount/token',
    'serviceAccountToken:\n  path: token\n  expirationSeconds: 3607',
    'unexpected token: EOF',
    'authentication required: no basic auth credentials',
    'WWW-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
    'invalid username/password: unauthorized',
    'docker-pullable://registry.example:5000/shop/cart@sha256:' + 'ab'.repeat(32),
    'docker-pullable://cart:2.14.3@sha256:' + 'ab'.repeat(32),
    'registry.example/shop/cart:2.15.1@sha256:' + 'ab'.repeat(32),
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    'Pod shop/cart-7d9f8b6c4d-x2v9q',
    'checksum/config: 5feceb66ffc86f38d952786c6d696c79',
    'limits: {memory: 512Mi, cpu: 250m}',
    'uid: 6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    'key: topology.kubernetes.io/zone',
    'http://cart.shop.svc:8080/health',
    'git@github.com:acme/infra.git',
    'compass: north, monkey: island, author: Ana',
  ];

  test.each(harmless)('%s', (text) => {
    expect(mask(text)).toBe(text);
  });
});

const WORDS =
  'password token secret key apiKey name value not a B7x hunter2 *** --token Bearer Basic eyJ'.split(' ');
const SIGNS =
  `= : , ; & " ' \\" { } [ ] ( ) > < @ / + - # \\ :// https:// $( \${ {{ @tcp( @sha256: ?sig=`.split(' ');
const SPACES = [' ', '\n', '\n  ', '- ', ': ', ', ', '|\n'];
const KEY_BLOCK = [token('-----BEGIN PRIVATE', ' KEY-----'), '-----END', 'PRIVATE KEY-----'];
const TOKENS = [LETTERS, 'ABCDEFGHIJKLMNOP', 'abcdefgh12345678', token('gh', 'p_'), token('AK', 'IA')];
const FRAGMENTS = [...WORDS, ...SIGNS, ...SPACES, ...KEY_BLOCK, ...TOKENS];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 24 }).map((parts) => parts.join('')),
  fc.string(),
);

describe('mask always', () => {
  test('gives the same for a name that leads to a name', () => {
    expect(mask('?sig=token:hunter2')).toBe('?sig=***');
  });

  test('gives the same when it is done twice', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = mask(text);
        expect(mask(once)).toBe(once);
      }),
      { numRuns: 5000 },
    );
  });

  test('keeps the number of lines', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(mask(text).split('\n').length).toBe(text.split('\n').length);
      }),
      { numRuns: 2000 },
    );
  });

  test('hides a password wherever an address with one stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9!#%]{8,20}$/);
    fc.assert(
      fc.property(hostile, secret, hostile, (before, password, after) => {
        expect(mask(`${before} https://app:${password}@host/ ${after}`)).not.toContain(`:${password}@`);
      }),
    );
  });
});

describe('mask takes linear time', () => {
  test('because a pattern that repeats without bound can start only once in a run of characters', () => {
    const unbounded = TOKEN_PATTERNS.filter((pattern) => /[\])][*+]|\{\d+,\}/.test(pattern.source));
    expect(unbounded.filter((pattern) => !pattern.source.startsWith('(?<!'))).toEqual([]);
  });

  const units = [
    'a',
    ' ',
    '=',
    '"',
    'eyJ',
    'eyJaaaaa.',
    '://a:',
    '://',
    'password',
    'password=',
    'token=not=',
    'key=',
    'token=/a/',
  ];
  const more = [
    'name: a ',
    'password: |\n ',
    '--token ',
    token('-----BEGIN PRIVATE', ' KEY-----'),
    token('-----BEGIN PRIVATE', ' KEY-----\n'),
    'a.',
    'Basic a',
    'curl -u ',
    'mysql -p',
    'login a password ',
    '<password ',
    'kind: Secret\ndata:\n',
    'Authorization: a=b,',
    token('-----END PRIVATE', ' KEY-----'),
    `${'aB3dE5gH'.repeat(8)}\n`,
    'dbhost:5432:',
    'token 1a',
    '%3DeyJa.',
    'password:\n  ',
  ];
  // What took quadratic time would take more than the test may.
  test.each([...units, ...more])('on a quarter of a megabyte of %j', (unit) => {
    const text = unit.repeat(Math.ceil(2 ** 18 / unit.length));
    expect(mask(text).split('\n').length).toBe(text.split('\n').length);
  });
});

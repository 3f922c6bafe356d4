import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRegistries } from '../../src/registry/open-registries.ts';
import { readCredentials } from '../../src/registry/credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('reads what "docker login" writes, Docker Hub under the name that images have', async () => {
  const auth = Buffer.from('crew:sail:away').toString('base64');
  const auths = {
    'https://index.docker.io/v1/': { auth },
    'ghcr.io': { username: 'a', password: 'b' },
    'quay.io': {},
  };
  expect([...(await readCredentials(file('good.json', { auths, credsStore: 'desktop' })))]).toEqual([
    ['docker.io', { username: 'crew', password: 'sail:away' }],
    ['ghcr.io', { username: 'a', password: 'b' }],
  ]);
});

test.each([
  ['no JSON', '{'],
  ['no auths', { credsStore: 'desktop' }],
])('says what was expected of a file with %s', async (name, content) => {
  const path = file(`${name}.json`, content);
  await expect(readCredentials(path)).rejects.toThrow(`${path}: expected a file as "docker login" writes it`);
});

test('names the variable that the file comes from', async () => {
  const env = { FAULTLINE_REGISTRY_CREDENTIALS: join(folder, 'none.json') };
  await expect(openRegistries('all', env)).rejects.toThrow(
    /^FAULTLINE_REGISTRY_CREDENTIALS: .*none\.json: cannot be read/,
  );
  await expect(openRegistries([], env)).resolves.toBeDefined();
});

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import { folderTree } from '../../src/tree/folder.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { expectHarmlessHead } from '../guard/hostile-head.ts';
import { revisionOf, withoutKustomize, type Files } from '../locate/revisions.ts';

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\ndata:\n  key: value\n';

/** Asks for a healthy object that stands beside something that is not; as the head of a pull request, that must do as little. */
async function setKey(files: Files | Tree, name = 'map'): Promise<LocateResult> {
  await expectHarmlessHead(files);
  const revision = await revisionOf(files);
  return locate(revision, {
    target: { wanted: { kind: 'ConfigMap', name }, live: null, roots: null },
    fields: [{ field: 'data.key', after: 'other' }],
  });
}

const bomb = Array.from({ length: 9 }, (_, level) => {
  const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
  return `a${level}: &a${level} [${items.join(', ')}]\n`;
}).join('');

describe('a file that cannot be read stops nothing else', () => {
  test.each<readonly [string, string | Buffer]>([
    ['20 MB', Buffer.alloc(20_000_000, 'a: b\n')],
    ['a bomb of aliases', bomb],
    ['no YAML', 'a: b: c\n'],
    ['a template', 'name: {{ .Values.name }}\n'],
    ['not UTF-8', Buffer.from('name: gr\xfcn\n', 'latin1')],
    ['zeros', Buffer.alloc(1000)],
    ['nested deeply', '['.repeat(20_000)],
    ['a key twice', 'a: 1\na: 2\n'],
    ['an unknown tag', 'a: !!js/function "function () {}"\n'],
    ['prototype keys', '__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n'],
    ['empty', ''],
  ])('%s, beside the manifest', async (_name, content) => {
    const result = await setKey({ 'app/map.yaml': MAP, 'app/other.yaml': content });
    expect(result).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
    expect('polluted' in {}).toBe(false);
  });

  test('a symlink that leads nowhere, or out, or in a circle', async () => {
    const here = mkdtempSync(join(tmpdir(), 'faultline-test-'));
    onTestFinished(() => rmSync(here, { recursive: true, force: true }));
    writeFileSync(join(here, 'map.yaml'), MAP);
    symlinkSync('nowhere.yaml', join(here, 'dangling.yaml'));
    symlinkSync('/etc/hostname', join(here, 'out.yaml'));
    symlinkSync('circle.yaml', join(here, 'circle.yaml'));
    symlinkSync('..', join(here, 'up'));
    expect(await setKey(await folderTree(here))).toMatchObject({ kind: 'located' });
  });
});

describe('an object in a file that cannot be read is declined with the file', () => {
  test.each<readonly [string, string | Buffer, RegExp]>([
    ['no YAML', `${MAP}a: b: c\n`, /^app\/map\.yaml:7 may hold ConfigMap map, and is not YAML/],
    [
      'a key twice',
      `${MAP}  key: again\n`,
      /^app\/map\.yaml:\d+ may hold ConfigMap map, and is not YAML: duplicated mapping key/,
    ],
    [
      'not UTF-8',
      Buffer.from(`${MAP}# gr\xfcn\n`, 'latin1'),
      /^app\/map\.yaml may hold ConfigMap map, and is not UTF-8 text/,
    ],
    ['a bomb', `${MAP}${bomb}`, /^app\/map\.yaml may hold ConfigMap map, and its aliases expand/],
    [
      '20 MB',
      `${MAP}  long: ${'x'.repeat(20_000_000)}\n`,
      /^app\/map\.yaml may hold ConfigMap map, and 19\.1 MiB/,
    ],
  ])('%s', async (_name, content, reason) => {
    const result = await setKey({ 'app/map.yaml': content });
    expect(result).toMatchObject({ kind: 'declined', code: 'unreadable-file', candidates: ['app/map.yaml'] });
    expect((result as { reason: string }).reason).toMatch(reason);
  });
});

describe('a root that cannot be built', () => {
  test('without kustomize, says what installs it', async () => {
    const revision = await revisionOf(
      { 'app/kustomization.yaml': 'resources: [map.yaml]\n', 'app/map.yaml': MAP },
      withoutKustomize,
    );
    const result = await locate(revision, {
      target: { wanted: { kind: 'ConfigMap', name: 'map' }, live: null, roots: null },
      fields: [{ field: 'data.key', after: 'other' }],
    });
    expect(result).toMatchObject({ kind: 'declined', code: 'render-failed', candidates: ['app'] });
    expect((result as { reason: string }).reason).toContain('npm run tools');
  });

  test('and that speaks of other objects is none of its business', async () => {
    const files = { 'app/map.yaml': MAP, 'broken/kustomization.yaml': 'resources: [gone.yaml]\n' };
    expect(await setKey(files)).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
  });
});

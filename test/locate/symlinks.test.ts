import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import type { Revision } from '../../src/sources/revision.ts';
import { folderTree } from '../../src/tree/folder.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from './revisions.ts';

const test = needsTool('kustomize');

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  LEVEL: debug\n';

/** A repository on disk: files by their text, links by what they say. */
async function repository(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>>,
): Promise<Revision> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const place = (path: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(place(path), text);
  for (const [path, text] of Object.entries(links)) symlinkSync(text, place(path));
  return revisionOf(await folderTree(folder));
}

async function levelIn(revision: Revision, root: string) {
  const result = await locate(revision, {
    target: {
      wanted: { kind: 'ConfigMap', name: 'settings' },
      live: null,
      roots: [revision.roots.at(root)!],
    },
    fields: [{ field: 'data.LEVEL', after: 'info' }],
  });
  return result.kind === 'located'
    ? `${result.proof.status} ${result.changes[0]!.site.file}:${result.changes[0]!.site.line} ${[...result.files.keys()].join()}`
    : `${result.code}: ${result.reason}`;
}

describe('symlinks that stay inside the repository', () => {
  test('a linked file is edited where it really is', async () => {
    const revision = await repository(
      { 'prod/kustomization.yaml': 'resources: [map.yaml]\n', 'shared/map.yaml': MAP },
      { 'prod/map.yaml': '../shared/map.yaml' },
    );
    expect(await levelIn(revision, 'prod')).toBe('proven shared/map.yaml:6 shared/map.yaml');
  });

  test('a linked base is a base: what it names is looked for where it really is', async () => {
    const revision = await repository(
      {
        'prod/kustomization.yaml': 'resources: [base]\n',
        'deep/er/base/kustomization.yaml': 'resources: [../map.yaml]\n',
        'deep/er/map.yaml': MAP,
      },
      { 'prod/base': '../deep/er/base' },
    );
    expect(await levelIn(revision, 'prod')).toBe('proven deep/er/map.yaml:6 deep/er/map.yaml');
  });

  test('so is one below a linked folder, over several links', async () => {
    const revision = await repository(
      {
        'prod/kustomization.yaml': 'resources: [../all/base]\n',
        'real/base/kustomization.yaml': 'resources: [map.yaml]\n',
        'real/base/map.yaml': MAP,
      },
      { all: 'some', some: 'real' },
    );
    expect(await levelIn(revision, 'prod')).toBe('proven real/base/map.yaml:6 real/base/map.yaml');
  });

  test('who reads a file through a link reads the file: one of two roots gets a patch of its own', async () => {
    const revision = await repository(
      {
        'prod/kustomization.yaml': 'resources: [base]\n',
        'test/kustomization.yaml': 'resources: [../base]\n',
        'base/kustomization.yaml': 'resources: [map.yaml]\n',
        'base/map.yaml': MAP,
      },
      { 'prod/base': '../base' },
    );
    expect(await levelIn(revision, 'prod')).toBe('proven prod/kustomization.yaml:2 prod/kustomization.yaml');
    expect(await levelIn(revision, 'test')).toBe('proven test/kustomization.yaml:2 test/kustomization.yaml');
  });

  test('a kustomization that is a link is read from where the link is', async () => {
    const revision = await repository(
      { 'prod/map.yaml': MAP, 'common/kustomization.yaml': 'resources: [map.yaml]\n' },
      { 'prod/kustomization.yaml': '../common/kustomization.yaml' },
    );
    expect(await levelIn(revision, 'prod')).toBe('proven prod/map.yaml:6 prod/map.yaml');
  });

  test('a content that is linked is edited where it is', async () => {
    const revision = await repository(
      {
        'prod/kustomization.yaml':
          'configMapGenerator:\n  - name: settings\n    envs: [a.env]\n    options: {disableNameSuffixHash: true}\n',
        'shared/a.env': 'LEVEL=debug\n',
      },
      { 'prod/a.env': '../shared/a.env' },
    );
    expect(await levelIn(revision, 'prod')).toBe('proven shared/a.env:1 shared/a.env');
  });
});

describe('symlinks that lead anywhere else', () => {
  test.each([
    ['out of the repository', '../../outside.yaml'],
    ['to an absolute path', '/etc/hostname'],
    ['to nothing', 'nothing.yaml'],
    ['to themselves', 'linked.yaml'],
  ])('%s are refused', async (_where, text) => {
    const revision = await repository(
      { 'prod/kustomization.yaml': 'resources: [linked.yaml, map.yaml]\n', 'prod/map.yaml': MAP },
      { 'prod/linked.yaml': text },
    );
    expect(await levelIn(revision, 'prod')).toMatch(
      /^render-failed: .*linked\.yaml is behind a symlink that leads out of the repository, or nowhere$/,
    );
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { fileInTar } from '../../scripts/tools.ts';

describe('a file in a tar archive', () => {
  test('is found behind others, whatever their sizes', () => {
    for (const size of [0, 1, 511, 512, 513, 5000]) {
      const archive = tarOf({ LICENSE: 'x'.repeat(size), kustomize: 'the program' });
      expect(fileInTar(archive, 'kustomize').toString()).toBe('the program');
    }
  });

  test('is not mistaken for one whose name begins alike', () => {
    const archive = tarOf({ 'kustomize.md': 'words', kustomize: 'the program' });
    expect(fileInTar(archive, 'kustomize').toString()).toBe('the program');
  });

  test('is said to be missing', () => {
    expect(() => fileInTar(tarOf({ LICENSE: 'x' }), 'kustomize')).toThrow(
      'the archive has no file kustomize',
    );
  });
});

describe('npm run tools', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'faultline-tools-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test('says nothing when kustomize and helm are on PATH', () => {
    const program = '#!/bin/sh\necho v5.8.1\n';
    for (const name of ['kustomize', 'helm']) writeFileSync(join(scratch, name), program, { mode: 0o755 });
    const script = resolve(import.meta.dirname, '../../scripts/tools.ts');
    const said = execFileSync(process.execPath, [script], {
      env: { PATH: scratch, CI: 'true' },
      encoding: 'utf8',
    });
    expect(said).toBe('');
    expect(readFileSync(join(scratch, 'kustomize'), 'utf8')).toBe(program);
  });
});

describe('npm run tools -- --live', () => {
  const script = resolve(import.meta.dirname, '../../scripts/tools.ts');
  const programs = [
    'kustomize',
    'helm',
    'kube-apiserver',
    'etcd',
    'prometheus',
    'promtool',
    'victoria-metrics',
    'docker-registry',
  ];

  /** Runs it on a machine that has only these programs. */
  function run(present: readonly string[]): { readonly status: number | null; readonly stdout: string } {
    const home = mkdtempSync(join(tmpdir(), 'faultline-tools-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    for (const name of present) writeFileSync(join(home, name), '#!/bin/sh\necho v5.8.1\n', { mode: 0o755 });
    return spawnSync(process.execPath, [script, '--live'], {
      env: { PATH: home, HOME: home, CI: 'true' },
      encoding: 'utf8',
    });
  }

  test('says nothing when all is on PATH', () => {
    expect(run(programs)).toMatchObject({ status: 0, stdout: '' });
  });

  test('says what is missing, and fails where CI is set', () => {
    const { status, stdout } = run(['kustomize', 'helm', 'etcd', 'prometheus']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^tools: kube-apiserver is missing \(no Go toolchain on PATH\)\ntools: prometheus and promtool are missing: .*\ntools: victoria-metrics is missing: .*\ntools: docker-registry is missing: .*\n$/,
    );
  });
});

/** A tar archive with only what a reader needs: name, size, content, two empty blocks at the end. */
function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

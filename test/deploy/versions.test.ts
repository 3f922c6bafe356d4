import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { helm, kustomize } from '../../scripts/tools.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { version, devDependencies } = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('the version of package.json', () => {
  test.each([
    ['package-lock.json', /^ {2}"version": "(.+)"/m],
    ['deploy/chart/Chart.yaml', /^version: (.+)$/m],
    ['deploy/chart/Chart.yaml', /^appVersion: (.+)$/m],
    ['deploy/kustomize/kustomization.yaml', /newTag: (.+)$/m],
    ['deploy/examples/argocd.yaml', /targetRevision: (.+)$/m],
    ['CHANGELOG.md', /^## (\S+) - /m],
    ['SECURITY.md', /cosign verify \S+:(\S+)/],
  ])('is that of %s', (file, pattern) => {
    expect(pattern.exec(read(file))?.[1]).toBe(version);
  });

  test('is what Flux takes patches of', () => {
    const [major, minor] = version.split('.');
    expect(read('deploy/examples/flux.yaml')).toContain(`semver: ${major}.${minor}.x`);
  });

  test('is printed by faultline --version', () => {
    const said = execFileSync(process.execPath, [join(root, 'src/main.ts'), '--version'], {
      encoding: 'utf8',
    });
    expect(said).toBe(`${version}\n`);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  test('runs the Node.js that the project is tested with', () => {
    expect(dockerfile).toContain(
      `ARG NODE_IMAGE=docker.io/library/node:${devDependencies['node']}-trixie-slim`,
    );
  });

  test('has the kustomize and helm that npm run tools installs', () => {
    expect(dockerfile).toContain(`ARG KUSTOMIZE_VERSION=${kustomize.version}\n`);
    expect(dockerfile).toContain(`ARG HELM_VERSION=${helm.version}\n`);
    expect(dockerfile).toContain(`${kustomize.module}@$KUSTOMIZE_VERSION`);
    expect(dockerfile).toContain(`${helm.module}@$HELM_VERSION`);
  });

  test('ends as a user with a number that is not root, which the chart runs as', () => {
    expect(dockerfile.match(/^USER .*$/gm)).toEqual(['USER 10001:10001']);
    expect(read('deploy/chart/values.yaml')).toMatch(/^ {2}runAsUser: 10001$/m);
  });

  test('copies nothing that .dockerignore leaves out', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) =>
      names!.split(' '),
    );
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.map((name) => name.replace('./', '')).filter((name) => !kept.includes(name))).toEqual([]);
  });
});

describe('the workflows', () => {
  const workflows = ['.github/workflows/ci.yml', '.github/workflows/release.yml'].map(read).join('\n');

  test('pin every action to a commit, with its version beside it', () => {
    const used = [...workflows.matchAll(/uses: (\S+@\S+)(.*)$/gm)];
    expect(used.length).toBeGreaterThan(5);
    for (const [, action, rest] of used) {
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(rest).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  test('put nothing from outside into a script', () => {
    const scripts = [...workflows.matchAll(/^ +(?:- )?run: (?:\|\n((?: {10}.*\n|\n)+)|(.+))/gm)];
    expect(scripts.length).toBeGreaterThan(5);
    for (const [, block = '', line = ''] of scripts) expect(block + line).not.toContain('${{');
  });
});

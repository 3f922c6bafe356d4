import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { faultline } from '../commands/command-line.ts';
import { commitFiles, git, madeFolder, madeRepository } from '../git/made-repository.ts';
import { DEPLOYMENT, QUAY } from '../guard/quay.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const { inputs, runs } = load(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
const guard = runs.steps.find(({ env }) => env !== undefined)!;

/** What the step does with these inputs in a checkout, as a runner starts it. */
function stepWith(
  given: Readonly<Record<string, string>>,
  checkout: string,
  baseRef = 'main',
): { readonly status: number | null; readonly stdout: string; readonly summary: string } {
  const values = Object.entries(guard.env!).map(([name, expression]) => {
    const [, input = ''] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression) ?? [];
    return [name, given[input] ?? inputs[input]!.default] as const;
  });
  const summary = join(madeFolder({ 'summary.md': '' }), 'summary.md');
  const { status, stdout } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', guard.run!],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...Object.fromEntries(values),
        GITHUB_WORKSPACE: checkout,
        GITHUB_BASE_REF: baseRef,
        GITHUB_STEP_SUMMARY: summary,
      },
    },
  );
  return { status, stdout, summary: readFileSync(summary, 'utf8') };
}

/** A checkout as that of a pull request: the base is a branch of origin. */
function checkout(): string {
  const folder = madeRepository(QUAY);
  git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  git(folder, 'checkout', '--quiet', '--detach');
  commitFiles(folder, { 'quay/ferry.yaml': DEPLOYMENT.replace('port: http}', 'port: https}') }, 'Change it');
  return folder;
}

describe('the GitHub Action', () => {
  test('runs only what is pinned, and puts no input into a script', () => {
    expect(runs.using).toBe('composite');
    for (const { uses, run = '', shell } of runs.steps) {
      if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
      else expect(shell).toBe('bash');
      expect(run).not.toContain('${{');
    }
    expect(runs.steps.some(({ run = '' }) => run.includes('npm ci --omit=dev --ignore-scripts'))).toBe(true);
  });

  test('passes on every input, in options that guard has', async () => {
    const named = Object.values(guard.env!).map((value) => /inputs\.([\w-]+)/.exec(value)?.[1]);
    expect(named.toSorted()).toEqual(Object.keys(inputs).toSorted());
    const { stdout: help } = await faultline('guard', '--help');
    for (const [option] of guard.run!.matchAll(/--[a-z][a-z-]+/g)) expect(help).toContain(`${option} `);
  });

  test('has each input in the documentation, and nothing there that it does not have', () => {
    const page = readFileSync(join(ROOT, 'docs/guard.md'), 'utf8');
    const section = page.slice(page.indexOf('## In GitHub Actions'), page.indexOf('## Replay'));
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    const told = rows.flatMap((row) =>
      [...row.split('|')[1]!.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!),
    );
    expect(told.toSorted()).toEqual(Object.keys(inputs).toSorted());
  });

  test('annotates the line of a pull request, writes the summary, and fails', () => {
    const { status, stdout, summary } = stepWith({}, checkout());
    expect(stdout).toMatch(/^::error file=quay\/ferry\.yaml,line=20,/);
    expect(summary).toContain('| root | object | field |');
    expect(status).toBe(3);
  });

  test('only tells where it is asked to, and looks at no other folder than those that are named', () => {
    const folder = checkout();
    expect(stepWith({ 'fail-on': 'never' }, folder)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('::error'),
    });
    const elsewhere = stepWith({ paths: 'jobs\napps/' }, folder);
    expect(elsewhere).toMatchObject({ status: 0, stdout: '' });
    expect(elsewhere.summary).toContain('1 root outside of');
    expect(stepWith({ paths: 'jobs\nquay/' }, folder).status).toBe(3);
  });

  test('takes no input for a command', () => {
    const folder = checkout();
    const hostile = '$(touch pwned); `touch pwned`';
    const { status } = stepWith({ base: hostile, paths: hostile, snapshot: hostile }, folder);
    expect(status).toBe(2);
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });

  test('says what is missing outside of a pull request, and what an input may be', () => {
    const folder = checkout();
    expect(stepWith({}, folder, '')).toMatchObject({ status: 2, stdout: expect.stringContaining('base') });
    expect(stepWith({ 'fail-on': 'warning' }, folder)).toMatchObject({ status: 2 });
  });
});

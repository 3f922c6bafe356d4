import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { describedProgram } from '../../src/command-line/program.ts';
import { completionFor } from '../../src/command-line/completion.ts';
import { withAllBelow } from '../../src/command-line/description.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsProgram } from '../needs.ts';

const program = describedProgram();
const run = promisify(execFile);

/** What bash offers for the last word. */
async function inBash(...words: readonly string[]): Promise<readonly string[]> {
  const given = ['faultline', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${completionFor('bash', program)}
COMP_WORDS=(${given}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _faultline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script], { cwd: madeFolder({ 'repo/a.yaml': '' }) });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('in bash', () => {
  const inItsShell = needsProgram('bash');

  inItsShell('commands are offered, also those below others', async () => {
    expect(await inBash('di')).toEqual(['diagnose']);
    expect(await inBash('audit', '')).toEqual(expect.arrayContaining(['verify', 'export', '--help']));
    expect(await inBash('config', 'ex')).toEqual(['explain']);
  });

  inItsShell('options of the command are offered, and of no other one', async () => {
    expect(await inBash('locate', '--o')).toEqual(['--object', '--output']);
    expect(await inBash('audit', 'verify', '--')).not.toContain('--repo');
  });

  inItsShell.each([
    [['diagnose', '--output', 'm']],
    [['diagnose', '--repo', '.', '--output', '=', 'm']],
    [['diagnose', '--output', '=', 'm']],
  ])('the values of an option are offered: %j', async (words) => {
    expect(await inBash(...words)).toEqual(['markdown']);
  });

  inItsShell('files are offered where a file is meant, and nothing where only a person knows', async () => {
    expect(await inBash('diagnose', '--repo', 'r')).toEqual(['repo']);
    expect(await inBash('locate', '-n', '')).toEqual([]);
  });

  inItsShell('shells are offered for completion', async () => {
    expect(await inBash('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  inItsShell('the manual that the build makes is not a command for people', async () => {
    expect(await inBash('m')).not.toContain('man');
  });
});

describe('in fish', () => {
  const inFish = async (line: string): Promise<readonly string[]> => {
    const script = `${completionFor('fish', program)}\ncomplete --do-complete '${line}'`;
    const home = madeFolder();
    const { stdout } = await run('fish', ['--no-config', '-c', script], {
      env: { ...process.env, HOME: home },
    });
    return stdout.split('\n').map((one) => one.split('\t')[0]!);
  };

  needsProgram('fish')('commands, options and values are offered', async () => {
    expect(await inFish('faultline di')).toContain('diagnose');
    expect(await inFish('faultline audit ')).toEqual(expect.arrayContaining(['verify', 'export']));
    expect(await inFish('faultline audit ')).not.toContain('diagnose');
    expect(await inFish('faultline diagnose --out')).toContain('--output');
    expect(await inFish('faultline diagnose --output ')).toEqual(
      expect.arrayContaining(['text', 'json', 'markdown']),
    );
  });
});

describe('in zsh', () => {
  /** `compadd` and `_describe` print what they are given, as no terminal is there. */
  const inZsh = async (...words: readonly string[]): Promise<string> => {
    const given = ['faultline', ...words].map((word) => `'${word}'`).join(' ');
    const script = `compdef() { : }; compadd() { print -l -- "$@" }; _files() { print files }; _message() { : }
_describe() { print -l -- "\${(@P)2}" }
${completionFor('zsh', program)}
words=(${given}); CURRENT=\${#words}; _faultline`;
    return (await run('zsh', ['-f', '-c', script])).stdout;
  };

  needsProgram('zsh')('commands, options, values and files are offered', async () => {
    expect(await inZsh('')).toContain('diagnose:work out what is wrong');
    expect(await inZsh('audit', '')).toMatch(/^verify:/m);
    expect(await inZsh('diagnose', '--')).toMatch(/^--snapshot:/m);
    expect(await inZsh('diagnose', '--output', '')).toMatch(/^markdown$/m);
    expect(await inZsh('diagnose', '--repo', '')).toBe('files\n');
  });
});

test.each(['bash', 'zsh', 'fish'] as const)('every command and option is in the script for %s', (shell) => {
  const script = completionFor(shell, program);
  for (const { path, options } of withAllBelow(program)) {
    expect(script).toContain(path.split(' ').at(-1));
    for (const { names } of options)
      for (const name of names) expect(script).toContain(name.replace(/^--?/, ''));
  }
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describedProgram } from '../../src/command-line/program.ts';
import { withAllBelow } from '../../src/command-line/description.ts';
import { examplesOf, hasExamples } from '../../src/command-line/examples.ts';
import { manPage } from '../../src/command-line/man-page.ts';
import { faultline } from '../commands/command-line.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsProgram } from '../needs.ts';

const program = describedProgram();
const [, ...commands] = withAllBelow(program);
const page = manPage(program, '1.2.3');

/** As a shell reads calls that go over several lines. */
function inOneLine(text: string): string {
  return text.replace(/ \\\n +/g, ' ');
}

describe('examples', () => {
  test.each(commands.map(({ path }) => path))('of %s have been thought of', (path) => {
    expect(hasExamples(path)).toBe(true);
  });

  test.each(commands.filter((one) => one.commands.length === 0).map(({ path }) => path))(
    'of %s are in its help, and name options that it has',
    async (path) => {
      const { stdout, status } = await faultline(...path.split(' '), '--help');
      expect(status).toBe(0);
      expect(examplesOf(path).length).toBeGreaterThan(0);
      const { options } = commands.find((one) => one.path === path)!;
      const known = new Set(options.flatMap(({ names }) => names));
      for (const { call } of examplesOf(path)) {
        expect(inOneLine(stdout)).toContain(call);
        expect(call).toContain(`faultline ${path}`);
        for (const [option] of call.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) expect(known).toContain(option);
      }
    },
  );
});

describe('help', () => {
  test.each(['', ...commands.map(({ path }) => path)])(
    'of %j fits a terminal of 80 columns',
    async (path) => {
      const { stdout } = await faultline(...path.split(' ').filter((word) => word !== ''), '--help');
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  test('says of each option what its values are and whether it is required, once', async () => {
    const { stdout } = await faultline('locate', '--help');
    expect(stdout).toMatch(/--repo <path> .*\n.*\(required\)/);
    expect(stdout).toContain('(one of text, json; default: text)');
    expect(stdout).not.toContain('choices:');
  });
});

describe('the manual', () => {
  test('has every command, option and example', () => {
    const plain = page.replaceAll('\\-', '-').replaceAll('\\e', '\\');
    for (const { path, options, commands: below } of commands) {
      if (below.length > 0) continue;
      expect(plain).toContain(`faultline ${path}`);
      for (const { flags } of options) expect(plain).toContain(flags);
      for (const { call } of examplesOf(path)) expect(inOneLine(plain)).toContain(call);
    }
    expect(plain).toContain('faultline 1.2.3');
  });

  needsProgram('groff', 'groff-base')('is roff that groff sets without a warning', () => {
    const set = execFileSync('groff', ['-man', '-Tutf8', '-ww', '-P-c'], {
      input: page,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Bold letters are printed twice.
    const plain = set.replace(/.[\p{Cc}--\n]/gv, '');
    expect(plain).toContain('EXIT STATUS');
    expect(plain).toMatch(/with +--exit-code/);
  });

  needsProgram('man', 'man-db')('is shown by man, and found by its name', () => {
    const file = join(madeFolder({ 'faultline.1': page }), 'faultline.1');
    const options = { encoding: 'utf8' } as const;
    const shown = execFileSync('man', ['--local-file', file], options);
    expect(shown).toContain('faultline config explain');
    expect(execFileSync('lexgrog', [file], options)).toContain(`"faultline - ${program.description}"`);
  });

  test('is printed for the build', async () => {
    expect((await faultline('man')).stdout).toMatch(/^\.TH FAULTLINE 1/);
  });
});

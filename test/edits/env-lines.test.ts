import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/edits/edit.ts';
import { envLines, replaceEnvLine } from '../../src/edits/env-lines.ts';

const FILE = '# tuning\r\nLEVEL=info\r\n\r\n  URL=http://a/?b=c#d\r\nPATH\r\nEMPTY=';

function edited(key: string, value: string): string {
  const result = replaceEnvLine(FILE, key, value);
  return result.kind === 'problem' ? result.code : applyEdits(FILE, [result.edit]);
}

describe('env files', () => {
  test('list the lines that set something, with their places', () => {
    expect(envLines(FILE)).toEqual([
      { key: 'LEVEL', value: 'info', start: 16, end: 20, line: 2, column: 7 },
      { key: 'URL', value: 'http://a/?b=c#d', start: 30, end: 45, line: 4, column: 7 },
      { key: 'EMPTY', value: '', start: 59, end: 59, line: 6, column: 7 },
    ]);
  });

  test('a byte order mark takes no column', () => {
    expect(envLines('\uFEFFA=1')).toEqual([{ key: 'A', value: '1', start: 3, end: 4, line: 1, column: 3 }]);
  });

  test('a value is replaced and nothing else', () => {
    expect(edited('URL', 'x y')).toBe(FILE.replace('http://a/?b=c#d', 'x y'));
    expect(edited('EMPTY', '1')).toBe(`${FILE}1`);
  });

  test('a value of two lines, a missing key and a key set twice are refused', () => {
    expect(edited('URL', 'a\nb')).toBe('unsupported-value');
    expect(edited('PATH', 'x')).toBe('not-found');
    expect(replaceEnvLine('A=1\nA=2\n', 'A', '3')).toMatchObject({ code: 'duplicate-key', line: 2 });
  });
});

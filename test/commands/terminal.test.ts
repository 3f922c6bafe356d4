import { describe, expect, test } from 'vitest';
import { progressLine } from '../../src/commands/progress.ts';
import { terminalOptions, useColour } from '../../src/commands/use-colour.ts';
import { item, list } from '../../src/model/block.ts';
import { displayWidth, padded, wrappedWords } from '../../src/untrusted/display-width.ts';
import { ownText, prose } from '../../src/untrusted/prose.ts';
import { toTerminal } from '../../src/writers/terminal.ts';

describe('colours', () => {
  test.each<readonly [boolean, NodeJS.ProcessEnv, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [true, { TERM: 'xterm' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '', NO_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: 'false' }, false],
    [true, { FORCE_COLOR: '3', TERM: 'dumb' }, true],
  ])('terminal %s with %j: %s', (isTTY, environment, isColoured) => {
    expect(useColour({ isTTY }, environment)).toBe(isColoured);
  });
});

function terminal(isTTY = true, columns = 20) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) > 0 };
}

describe('progress', () => {
  test('is one line that is written over, cut to the terminal, and cleared at the end', () => {
    const stream = terminal();
    const progress = progressLine(stream as never, { environment: {} });
    progress.show('reading the cluster');
    progress.show('investigating', 3, 40);
    progress.show('a stage that has a long name');
    progress.clear();
    progress.clear();
    expect(stream.written).toEqual([
      '\r\u001b[2Kreading the cluster',
      '\r\u001b[2Kinvestigating 3/40',
      '\r\u001b[2Ka stage that has a ',
      '\r\u001b[2K',
    ]);
  });

  test.each<readonly [string, boolean, boolean, NodeJS.ProcessEnv]>([
    ['where there is no terminal', false, false, {}],
    ['where nobody wants it', true, true, {}],
    ['on a terminal that cannot', true, false, { TERM: 'dumb' }],
  ])('is not there %s', (_what, isTTY, isQuiet, environment) => {
    const stream = terminal(isTTY);
    const progress = progressLine(stream as never, { isQuiet, environment });
    progress.show('reading', 1, 2);
    progress.clear();
    expect(stream.written).toEqual([]);
  });
});

describe('the columns of a text', () => {
  test.each<readonly [string, number]>([
    ['cart', 4],
    ['カート', 6],
    ['e\u0301te\u0301', 3],
    ['한국', 4],
    ['👩‍👩‍👧', 2],
    ['⚠️', 2],
    ['ﬁ', 1],
    ['\u200b', 0],
    ['Ärger', 5],
  ])('%s: %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  test('are what texts are filled up by', () => {
    expect(padded('カート', 8)).toBe('カート  ');
    expect(padded('カート', 2)).toBe('カート');
  });

  test('are what lines are broken by; a longer word has a line of its own', () => {
    expect(wrappedWords('カート カート ab', 13)).toEqual(['カート カート', 'ab']);
    expect(wrappedWords('a bcdefghij k', 4)).toEqual(['a', 'bcdefghij', 'k']);
  });
});

describe('a list', () => {
  const blocks = list([
    item(ownText('the memory limit of the container is too low for what it uses'), {
      lead: ownText('cause'),
    }),
    item(prose`${'x'}`, { lead: ownText('decision') }),
  ]);

  test('fits a terminal, and goes on below its own column', () => {
    expect(toTerminal(blocks, { colour: false, width: 50 })).toBe(
      'cause     the memory limit of the container is too\n          low for what it uses\ndecision  x\n',
    );
  });

  test('has one line for each item where it is read by programs', () => {
    expect(toTerminal(blocks, { colour: false }).split('\n')).toHaveLength(3);
  });

  test('a terminal that does not tell its width wraps lines itself', () => {
    expect(terminalOptions({ isTTY: true, columns: 0 }, {})).toEqual({ colour: true });
    expect(terminalOptions({ isTTY: true, columns: 90 }, {})).toEqual({ colour: true, width: 90 });
    expect(terminalOptions({ isTTY: false, columns: 90 }, {})).toEqual({ colour: false });
  });
});

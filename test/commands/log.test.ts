import { describe, expect, test } from 'vitest';
import { openLog } from '../../src/commands/log.ts';

const TOKEN = `gh${'s_'}Mn4pQ7rS2tU5vW8xY1zA3bC6dE9fG0hJkL2m`;

/** What is logged of something that failed, by whichever way. */
async function logged(error: Error): Promise<readonly string[]> {
  const lines: string[] = [];
  const log = await openLog({}, { write: (line: string) => void lines.push(line) });
  log.error(error);
  log.child({ name: 'event' }).error(error);
  log.warn({ err: error }, 'it failed');
  return lines;
}

describe('the log of an error', () => {
  test('says what failed and where', async () => {
    for (const line of await logged(new Error('no answer from GitHub'))) {
      const { err } = JSON.parse(line) as { readonly err: object };
      expect(err).toMatchObject({ type: 'Error', message: 'no answer from GitHub' });
      expect(JSON.stringify(err)).toContain('log.test.ts');
    }
  });

  test('holds no token', async () => {
    const lines = await logged(new Error(`refused with ${TOKEN}`));
    expect(lines.filter((line) => line.includes('refused with ***'))).toHaveLength(3);
    expect(lines.filter((line) => line.includes(TOKEN))).toEqual([]);
  });

  test('holds nothing of what hangs on it', async () => {
    const failure = new AggregateError([new Error('first')], 'both failed');
    const lines = await logged(Object.assign(failure, { event: { payload: 'sent by anybody' } }));
    expect(lines).toHaveLength(3);
    expect(lines.filter((line) => line.includes('anybody'))).toEqual([]);
  });
});

test('what is below the level of the environment is not logged', async () => {
  const lines: string[] = [];
  const log = await openLog({ LOG_LEVEL: 'warn' }, { write: (line: string) => void lines.push(line) });
  log.info('all is well');
  log.warn('not quite');
  expect(lines).toEqual([expect.stringContaining('not quite')]);
});

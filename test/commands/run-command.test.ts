import { describe, expect, test } from 'vitest';
import { commandRunner } from '../../src/commands/run-command.ts';
import { environment } from '../mcp/made-client.ts';
import { madeRepository } from '../git/made-repository.ts';

const TOKEN = { FAULTLINE_MCP_TOKEN: 'a-token-of-thirty-two-characters' };
const NEVER = new AbortController().signal;

/** A command that does not end before somebody ends it. */
const endless = (): readonly string[] => ['mcp', `--repo=${madeRepository()}`, '--listen=0'];

describe('a command in a process of its own', { timeout: 120_000 }, () => {
  test('answers with what it prints', async () => {
    const asked = await commandRunner(100, environment())(['locate', '--help'], NEVER);
    expect(asked).toMatchObject({ kind: 'answered', text: expect.stringContaining('--field') as unknown });
  });

  test('fails with what the command line says, without its name', async () => {
    const args = ['locate', '--repo=/nowhere', '--object=Deployment/lamp', '--field=spec.replicas'];
    expect(await commandRunner(100, environment())(args, NEVER)).toEqual({
      kind: 'failed',
      message: '--repo /nowhere: no such folder',
    });
  });

  test('ends when the question is cancelled', async () => {
    const cancel = new AbortController();
    const asked = commandRunner(100, { ...environment(), ...TOKEN })(endless(), cancel.signal);
    cancel.abort();
    expect(await asked).toEqual({ kind: 'failed', message: 'cancelled' });
  });

  test('ends when its time is over, and says so', async () => {
    const asked = await commandRunner(0.5, { ...environment(), ...TOKEN })(endless(), NEVER);
    expect(asked).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('took longer than 0.5 seconds') as unknown,
    });
  });

  test('is not started for a question that was cancelled before', async () => {
    expect(await commandRunner(100, {})(['locate'], AbortSignal.abort())).toEqual({
      kind: 'failed',
      message: 'cancelled',
    });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Answers } from '../../src/github/remembered.ts';
import { hostOf } from '../../src/github/octokit-host.ts';
import { tokenClient } from '../../src/github/tokens.ts';
import { madeClock } from './made-clock.ts';

test('what has not changed is told in short, and given as it was', async () => {
  const answers: number[] = [];
  let permission = 'write';
  const server = createServer((request, response) => {
    const etag = `"${permission}"`;
    const isSame = request.headers['if-none-match'] === etag;
    answers.push(isSame ? 304 : 200);
    response.writeHead(isSame ? 304 : 200, { etag, 'content-type': 'application/json' });
    response.end(isSame ? undefined : JSON.stringify({ permission }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { owner: 'acme', repo: 'infra', login: 'ada', defaultBranch: 'main', clock: madeClock() };
  const host = hostOf(tokenClient({ token: 'none', baseUrl }), options);

  expect(await host.permission('ada')).toBe('write');
  expect(await host.permission('ada')).toBe('write');
  permission = 'admin';
  expect(await host.permission('ada')).toBe('admin');
  expect(await host.permission('grace')).toBe('admin');
  expect(await host.permission('ada')).toBe('admin');
  expect(answers).toEqual([200, 304, 200, 200, 304]);
});

describe('answers that are kept', () => {
  const answer = (text: string) => ({ data: text });
  const text = 'x'.repeat(100);

  test('take no more bytes than they may, and those used last stay', () => {
    const answers = new Answers(2_000);
    for (let number = 0; number < 1_000; number += 1) {
      answers.keep(`key ${number}`, 'tag', answer(text));
      answers.keep(
        'used',
        'tag',
        (answers.take('used')?.answer as { data: unknown } | undefined) ?? answer(text),
      );
    }
    expect(answers.bytes).toBeLessThanOrEqual(2_000);
    expect(answers.take('used')).toBeDefined();
    expect(answers.take('key 999')).toBeDefined();
    expect(answers.take('key 1')).toBeUndefined();
  });

  test('are more than a hundred where they are small', () => {
    const answers = new Answers();
    for (let number = 0; number < 5_000; number += 1) answers.keep(`key ${number}`, 'tag', answer(text));
    expect(answers.take('key 0')).toBeDefined();
  });

  test('leave out one that would drive out all others, and forget what they gave', () => {
    const answers = new Answers(2_000);
    answers.keep('small', 'tag', answer('x'));
    answers.keep('large', 'tag', answer('x'.repeat(1_900)));
    expect(answers.take('large')).toBeUndefined();
    expect(answers.take('small')).toBeDefined();
    expect(answers.bytes).toBe(0);
  });
});

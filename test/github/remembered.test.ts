import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
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

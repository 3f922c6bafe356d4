import { expect, test } from 'vitest';
import { servedApp } from './served-app.ts';

test.each<[string, object]>([
  ['push', { ref: 'refs/heads/main' }],
  ['issue_comment', { action: 'created', repository: [], comment: null }],
  ['pull_request', { action: 'opened', repository: { id: 1, full_name: 'acme/infra' }, pull_request: [] }],
  ['status', { repository: { id: 1, full_name: 'acme/infra' }, branches: null }],
  ['installation', { action: 'deleted', installation: { id: 1 }, repositories: [null] }],
])('a %s of an odd shape is nothing to act on, and no failure', async (event, payload) => {
  const { github, log, errors } = await servedApp();
  const calls = github.journal.length;
  const told = await github.webhooks.send(event, payload, { id: 'odd-1' });
  expect(told.status).toBe(200);
  expect(github.journal).toHaveLength(calls);
  expect(errors).toEqual([]);
  // One line for each handler of the event.
  expect(log.filter((line) => line.includes('"delivery":"odd-1"')).length).toBeGreaterThan(0);
});

import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { servedApp, type ServedApp } from './served-app.ts';

/** The webhook of a comment that asks for help, kept back. */
async function heldComment(app: ServedApp): Promise<{ readonly issue: number; readonly payload: object }> {
  app.github.webhooks.hold();
  const issue = app.ana.openIssue('cart is slow');
  app.ana.comment(issue, '/rca help');
  const { payload } = app.delivered('issue_comment');
  await app.github.webhooks.release(() => []);
  return { issue, payload };
}

describe('a delivery is refused, and nothing is done,', () => {
  test.each([
    ['with a wrong signature', `sha256=${'0'.repeat(64)}`],
    ['with the signature of another kind', `sha1=${'0'.repeat(40)}`],
    ['without a signature', null],
  ])('%s', async (_name, signature) => {
    const app = await servedApp();
    const { payload } = await heldComment(app);
    const calls = app.github.journal.length;
    const refused = await app.github.webhooks.send('issue_comment', payload, { id: 'd1', signature });
    expect(refused.status).toBe(400);
    expect(app.github.journal).toHaveLength(calls);
    // It takes nobody's turn either, and what anybody can send does not fill the log.
    expect(await app.store.handled.has('delivery', 'd1')).toBe(false);
    expect(app.log.filter((line) => line.includes('cart is slow'))).toEqual([]);
  });
});

describe('a delivery about a repository', () => {
  test('that the App is not installed in is not answered', async () => {
    const app = await servedApp();
    const secret = app.github.repository('acme/secret', { installed: false });
    const issue = secret.person('ana', 'write').openIssue('slow');
    const { payload } = await heldComment(app);
    const calls = app.github.journal.length;
    const repository = { id: secret.id, full_name: secret.slug };
    const told = await app.github.webhooks.send('issue_comment', { ...payload, repository });
    expect(told.status).toBe(200);
    expect(app.github.journal).toHaveLength(calls);
    expect(secret.comments(issue)).toEqual([]);
  });

  test('that is looked after only later is handled when it comes again', async () => {
    const app = await servedApp();
    const { issue, payload } = await heldComment(app);
    app.service.remove(app.repository.slug);
    const { id } = await app.github.webhooks.send('issue_comment', payload);
    expect(app.repository.comments(issue)).toHaveLength(1);
    app.service.add(app.host);
    await app.github.webhooks.redeliver(id);
    expect(app.repository.comments(issue).map(({ author }) => author)).toEqual(['ana', app.github.botLogin]);
  });
});

test('no log holds the webhook’s secret, the key of the App or its token', async () => {
  const app = await servedApp();
  const { payload } = await heldComment(app);
  const { github, host, log } = app;
  const { token } = await host.cloneAccess();
  await github.webhooks.send('issue_comment', payload, { signature: 'sha256=0' });
  const body = { message: `Not with ${token}`, documentation_url: 'https://docs.github.com' };
  github.faults.add({
    when: { operation: 'repos/get-collaborator-permission-level' },
    does: { kind: 'answer', status: 403, body },
  });
  await github.webhooks.send('issue_comment', payload);
  const text = [...log, ...app.errors].join('');
  expect(text).toContain('Not with ***');
  const secrets = [github.webhookSecret, github.privateKey.split('\n')[1]!, token!];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
});

interface Examples {
  readonly name: string;
  readonly examples: readonly object[];
}

/** What app.yml subscribes to, and what comes by itself. */
const EVENTS = [
  'issue_comment',
  'pull_request',
  'push',
  'check_suite',
  'status',
  'installation',
  'installation_repositories',
];

test('every example that is known of the events is accepted, and leads to no write', async () => {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Examples[];
  const examples = EVENTS.map((event) => all.find(({ name }) => name === event)!);
  expect(examples.every((event) => event.examples.length > 0)).toBe(true);
  const { github, log, errors, serving, service } = await servedApp();
  await serving.list();
  await service.queue.drain();
  const before = github.journal.length;
  const told = [];
  for (const { name, examples: payloads } of examples)
    for (const payload of payloads) told.push(await github.webhooks.send(name, payload));
  expect(told.filter(({ status }) => status !== 200)).toEqual([]);
  expect(log.filter((line) => (JSON.parse(line) as { readonly level: number }).level >= 40)).toEqual([]);
  expect(errors).toEqual([]);
  const asked = github.journal.slice(before).map(({ method, operation }) => `${method} ${operation}`);
  expect(asked.filter((call) => !call.startsWith('GET ') && !call.endsWith('access-token'))).toEqual([]);
});

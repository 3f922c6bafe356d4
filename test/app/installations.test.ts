import { describe, expect, test } from 'vitest';
import type { StandInRepository } from '../github/stand-in/interface.ts';
import { servedApp, type ServedApp } from './served-app.ts';

const FILES = { 'apps/web.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n' };

function titles(repository: StandInRepository): readonly string[] {
  return repository.issues().map(({ title }) => title);
}

const GREETING = 'Faultline: what it found in this repository';

/** As GitHub tells that repositories are no longer part of the installation. */
async function taken(
  { github, delivered }: ServedApp,
  repository: StandInRepository,
  id: string,
): Promise<void> {
  const { installation, sender } = delivered('installation_repositories', 'added').payload;
  const repositories_removed = [{ id: repository.id, full_name: repository.slug }];
  repository.configure({ installed: false });
  const payload = { action: 'removed', installation, sender, repositories_added: [], repositories_removed };
  await github.webhooks.send('installation_repositories', payload, { id });
}

async function isAnswered({ github, repository }: ServedApp): Promise<boolean> {
  const ana = repository.person('ana', 'write');
  const issue = ana.openIssue('slow');
  ana.comment(issue, '/rca help');
  await github.webhooks.settled();
  return repository.comments(issue).some(({ author }) => author === github.botLogin);
}

describe('an installation', () => {
  test('that is new has its repositories greeted', async () => {
    const app = await servedApp();
    const shop = app.github.repository('umbrella/shop', { files: FILES });
    await app.github.webhooks.settled();
    expect(titles(shop)).toEqual([GREETING]);
    expect(app.service.serves('Umbrella/Shop')).toBe(true);
  });

  test('with another repository has it greeted once', async () => {
    const app = await servedApp();
    const shop = app.github.repository('acme/shop', { files: FILES });
    const { id } = app.delivered('installation_repositories', 'added');
    await Promise.all([app.github.webhooks.redeliver(id), app.github.webhooks.settled()]);
    await app.github.webhooks.send(
      'installation_repositories',
      app.delivered('installation_repositories').payload,
    );
    expect(titles(shop)).toEqual([GREETING]);
  });

  test('that is gone by the time is nothing to look after', async () => {
    const app = await servedApp();
    const { payload } = app.github.webhooks.deliveries.find(({ event }) => event === 'installation')!;
    const installation = { ...(payload['installation'] as object), id: 99 };
    const told = await app.github.webhooks.send('installation', { ...payload, installation });
    expect(told.status).toBe(200);
  });

  test('has no repository looked after that GitHub does not list', async () => {
    const app = await servedApp();
    app.github.repository('acme/secret', { files: FILES, installed: false });
    const { payload } = app.github.webhooks.deliveries.find(({ event }) => event === 'installation')!;
    await app.github.webhooks.send('installation', {
      ...payload,
      repositories: [{ id: 1, full_name: 'acme/secret' }],
    });
    expect(app.service.serves('acme/secret')).toBe(false);
  });

  test('that could not be asked for is asked for again', async () => {
    const app = await servedApp();
    app.github.faults.add({
      when: { operation: 'apps/list-repos-accessible-to-installation' },
      times: 100,
      does: { kind: 'status', status: 503 },
    });
    const shop = app.github.repository('acme/shop', { files: FILES });
    await app.github.webhooks.settled();
    expect(titles(shop)).toEqual([]);
    app.github.faults.clear();
    app.github.clock.advance(61_000);
    await app.service.queue.drain();
    expect(titles(shop)).toEqual([GREETING]);
  });
});

describe('a repository that was taken from the App', () => {
  test('is not looked after any more', async () => {
    const app = await servedApp();
    app.github.repository('acme/shop', { files: FILES });
    await app.github.webhooks.settled();
    expect(await isAnswered(app)).toBe(true);
    await taken(app, app.repository, 'd1');
    expect(await isAnswered(app)).toBe(false);
    expect(app.service.repositories).toEqual(['acme/shop']);
  });

  test('with its whole installation is not looked after any more', async () => {
    const app = await servedApp();
    await app.serving.list();
    const { payload } = app.github.webhooks.deliveries.find(({ event }) => event === 'installation')!;
    app.repository.installation({ deleted: true });
    await app.github.webhooks.send('installation', { ...payload, action: 'deleted' });
    expect(app.service.repositories).toEqual([]);
  });

  test('and given back stays, when the taking is delivered again', async () => {
    const app = await servedApp();
    const shop = app.github.repository('acme/shop', { files: FILES });
    await app.github.webhooks.settled();
    await taken(app, shop, 'd1');
    expect(app.service.serves(shop.slug)).toBe(false);
    shop.configure({ installed: true });
    await app.github.webhooks.send(
      'installation_repositories',
      app.delivered('installation_repositories', 'added').payload,
    );
    await app.github.webhooks.redeliver('d1');
    expect(app.service.serves(shop.slug)).toBe(true);
    expect(titles(shop)).toEqual([GREETING]);
  });
});

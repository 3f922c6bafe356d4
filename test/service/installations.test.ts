import { describe, expect, test } from 'vitest';
import { deployment } from './made-service.ts';
import { running, type Running } from './running.ts';

const ALLOW_LIST =
  'Although you appear to have the correct authorization credentials, the `other` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.';

/** A second organisation with a repository that is deployed to the same cluster. */
async function withOther(): Promise<Running & { readonly other: Running['repository'] }> {
  const made = await running();
  const other = made.github.repository('other/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  await made.scan();
  made.warnings.splice(0);
  return { ...made, other };
}

const openAt = (repository: Running['repository']): number =>
  repository.pulls().filter(({ state }) => state === 'open').length;

describe('an installation', { timeout: 120_000 }, () => {
  test.each([
    ['that is suspended', { suspended: true }, { suspended: false }, 'suspended'],
    ['behind an allow list', { refusal: ALLOW_LIST }, { refusal: null }, 'IP allow list'],
  ])('%s stops no other, is said once, and recovers within a scan', async (_what, breaks, heals, words) => {
    const made = await running();
    const { github, repository, warnings, scan, store } = made;
    const other = github.repository('other/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
    await made.serving.list();
    await made.service.queue.drain();
    other.installation(breaks);
    await scan();
    await scan();
    expect(openAt(repository)).toBe(1);
    expect(openAt(other)).toBe(0);
    expect(warnings).toEqual([
      {
        message: expect.any(String),
        facts: expect.objectContaining({ account: 'other', problem: expect.stringContaining(words) }),
      },
    ]);
    // What is known of its repositories is kept, and one call a scan asks whether it is back.
    expect(made.service.repositories).toContain('other/infra');
    const before = github.journal.length;
    await scan();
    const asked = github.journal.slice(before).filter(({ path }) => path.includes('other/infra'));
    expect(asked).toEqual([]);
    other.installation(heals);
    await scan();
    expect(openAt(other)).toBe(1);
    expect(await store.proposals.list({ repository: 'other/infra' })).toHaveLength(1);
  });

  test('that is limited for an hour stops no other, and nothing waits for it', async () => {
    const made = await withOther();
    const { github, repository, ana, other, scan } = made;
    ana.push('main', { 'apps/cart.yaml': deployment('640Mi') });
    github.faults.add({
      when: { operation: 'apps/list-repos-accessible-to-installation' },
      after: 1,
      does: { kind: 'primary-limit', resetIn: 3600 },
    });
    const start = github.clock.now();
    await scan();
    await scan();
    expect(github.clock.now() - start).toBeLessThan(600_000);
    expect(made.warnings.map(({ facts }) => facts['account'])).toEqual(['other']);
    expect(repository.pulls().map(({ state }) => state)).toEqual(['closed']);
    github.clock.advance(3_700_000);
    await scan();
    expect(openAt(other)).toBe(1);
  });

  test('that was deleted is let go, and a command that was written meanwhile is answered when the App is back', async () => {
    const { service, other, scan, warnings } = await withOther();
    other.installation({ deleted: true });
    await scan();
    expect(service.repositories).toEqual(['acme/infra']);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('no longer sees')]);
  });

  test('with fewer permissions is said, and shown on the dashboard', async () => {
    const { repository, scan, warnings } = await running();
    repository.installation({
      permissions: { contents: 'read', issues: 'write', pull_requests: 'write', metadata: 'read' },
    });
    await scan();
    await scan();
    expect(warnings.map(({ facts }) => facts['problem'])).toEqual([
      expect.stringContaining('lacks contents: write'),
    ]);
    const dashboard = repository.issues().find(({ title }) => title === 'Faultline dashboard');
    expect(dashboard?.body).toContain('lacks contents: write');
    repository.installation({ permissions: null });
    await scan();
    expect(openAt(repository)).toBe(0);
  });
});

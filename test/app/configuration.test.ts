import { describe, expect, test } from 'vitest';
import { servedApp } from './served-app.ts';

const CONFIG_FILE = '.github/faultline.yml';
const WRONG = 'policy:\n  default: {mode: propose}\nlimits:\n  perHour: many\n';

describe('a pull request that changes the configuration', () => {
  test('gets a check with the errors at their lines', async () => {
    const { ana, repository, github } = await servedApp();
    const head = ana.push('feature', { [CONFIG_FILE]: WRONG });
    ana.openPull('configure', 'feature');
    await github.webhooks.settled();
    expect(repository.checkRuns(head)).toMatchObject([
      {
        name: 'Faultline configuration',
        conclusion: 'failure',
        annotations: [{ path: CONFIG_FILE, line: 4 }],
      },
    ]);
  });

  test('gets another check for each new commit', async () => {
    const { ana, repository, github } = await servedApp();
    ana.push('feature', { [CONFIG_FILE]: WRONG });
    ana.openPull('configure', 'feature');
    const mended = ana.push('feature', { [CONFIG_FILE]: WRONG.replace('many', '9') });
    await github.webhooks.settled();
    expect(repository.checkRuns(mended)).toMatchObject([{ conclusion: 'success' }]);
  });

  test('gets one check for a commit, however often it is told', async () => {
    const { ana, repository, github, delivered } = await servedApp();
    const head = ana.push('feature', { [CONFIG_FILE]: WRONG });
    ana.openPull('configure', 'feature');
    await github.webhooks.settled();
    await github.webhooks.redeliver(delivered('pull_request', 'opened').id);
    expect(repository.checkRuns(head)).toHaveLength(1);
  });

  test.each(['run', 'suite'] as const)('gets its check again when somebody re-runs the %s', async (what) => {
    const { ana, repository, github, delivered } = await servedApp();
    const head = ana.push('feature', { [CONFIG_FILE]: WRONG });
    ana.openPull('configure', 'feature');
    await github.webhooks.settled();
    ana.rerun(head, 'Faultline configuration', what);
    await github.webhooks.settled();
    expect(repository.checkRuns(head)).toHaveLength(2);
    await github.webhooks.redeliver(delivered(`check_${what}`, 'rerequested').id);
    expect(repository.checkRuns(head)).toHaveLength(2);
    expect(repository.checkRuns(head).at(-1)).toMatchObject({
      conclusion: 'failure',
      annotations: [{ line: 4 }],
    });
  });

  test('gets its check later when the first report failed', async () => {
    const { ana, repository, github, service } = await servedApp();
    github.faults.add({
      when: { operation: 'checks/create' },
      times: 100,
      does: { kind: 'status', status: 500 },
    });
    const head = ana.push('feature', { [CONFIG_FILE]: WRONG });
    ana.openPull('configure', 'feature');
    await github.webhooks.settled();
    expect(repository.checkRuns(head)).toEqual([]);
    github.faults.clear();
    github.clock.advance(60_000);
    await service.queue.drain();
    expect(repository.checkRuns(head)).toHaveLength(1);
  });

  test('gets no check from a fork, whose texts are a stranger’s', async () => {
    const { repository, github, delivered } = await servedApp();
    const fork = repository.fork('mallory');
    const head = fork.person('mallory', 'admin').push('feature', { [CONFIG_FILE]: WRONG });
    github.person('mallory', 'read').openPull('configure', 'mallory:feature');
    await github.webhooks.settled();
    expect(delivered('pull_request').status).toBe(200);
    expect(repository.checkRuns(head)).toEqual([]);
  });
});

test('a pull request that changes something else gets no check', async () => {
  const { ana, repository, github } = await servedApp();
  const head = ana.push('feature', { 'faultline.yml': WRONG });
  ana.openPull('change', 'feature');
  await github.webhooks.settled();
  const checks = repository.checkRuns(head).filter(({ name }) => name === 'Faultline configuration');
  expect(checks).toEqual([]);
});

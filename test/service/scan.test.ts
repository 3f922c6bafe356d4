import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answers, say, withPull } from './conversation.ts';
import { deployment, madeService } from './made-service.ts';

const MINUTE = 60_000;

test('after a restart, a cluster that cannot be read is shown with its last scan', async () => {
  const made = await withPull();
  const scannedAt = new Date(made.github.clock.now()).toISOString().slice(0, 10);
  rmSync(made.snapshot, { recursive: true });
  const again = { ...(await made.startAgain(made.store)), number: made.number };
  await again.service.scan('prod');
  await say(again, made.number, made.ana, '/rca status');
  const told = answers(again, made.number).at(-1);
  expect(told).toMatch(new RegExp(`Cluster .?prod.?: last scan .*${scannedAt}.*; .+`));
});

describe('the next scan', () => {
  test('leaves a pull request closed that a person closed', async () => {
    const { repository, service, ana, number } = await withPull();
    ana.close(number);
    await service.scan('prod');
    expect(repository.pulls().map(({ state }) => state)).toEqual(['closed']);
  });

  test('leaves alone what somebody else pushed to the branch', async () => {
    const { repository, service, ana, number } = await withPull();
    const { head } = repository.pull(number);
    const pushed = ana.push(head, { 'notes.txt': 'mine' });
    await service.scan('prod');
    expect(repository.head(head)).toBe(pushed);
  });

  test('finds the pull request again where the store was lost', async () => {
    const made = await withPull();
    const again = await made.startAgain();
    await again.service.scan('prod');
    expect(again.errors).toEqual([]);
    expect(made.repository.pulls()).toHaveLength(1);
    expect(made.repository.branches().filter((branch) => branch.startsWith('faultline/'))).toHaveLength(1);
    expect(await again.store.proposals.byPullRequest('acme/infra', made.number)).toMatchObject({
      state: 'open',
    });
  });

  test('rebuilds on a base on which the same file has changed', async () => {
    const { repository, service, ana, number, github } = await withPull();
    const moved = deployment('512Mi').replace('room for a sale', 'room for two sales');
    ana.push('main', { 'apps/cart.yaml': moved });
    github.clock.advance(10 * MINUTE);
    await service.scan('prod');
    const { head, headSha } = repository.pull(number);
    expect(repository.files(head).get('apps/cart.yaml')).toBe(moved.replace('512Mi', '768Mi'));
    expect(repository.log(headSha)[1]?.sha).toBe(repository.head('main'));
  });

  test('closes the pull request when somebody else has fixed the value', async () => {
    const { repository, service, ana, number } = await withPull();
    ana.push('main', { 'apps/cart.yaml': deployment('2Gi') });
    await service.scan('prod');
    expect(repository.pull(number).state).toBe('closed');
    expect(repository.comments(number).at(-1)?.body).toContain(
      'another value than the one that this would change',
    );
  });

  test('raises no limit a second time while the first change is young', async () => {
    const { repository, service, ana, number, record, store } = await withPull();
    ana.merge(number);
    record('768Mi', 6);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
    expect(await store.incidents.list()).toMatchObject([
      { cause: 'raised-before', decision: { action: 'escalate' } },
    ]);
  });
});

describe('what the dashboard says', () => {
  const dashboard = ({ repository }: Pick<Awaited<ReturnType<typeof madeService>>, 'repository'>): string =>
    repository.issues().find(({ title }) => title === 'Faultline dashboard')!.body;

  test('names a cluster that cannot be read, and what was seen last', async () => {
    const made = await withPull();
    rmSync(made.snapshot, { recursive: true });
    await made.service.scan('prod');
    expect(made.errors).toEqual([expect.stringContaining('snapshot')]);
    expect(dashboard(made)).toContain('snapshot');
    expect(dashboard(made)).toContain('cart');
  });

  test('names a file that cannot be read, and opens what it can all the same', async () => {
    const made = await withPull({ 'hack/broken.yaml': 'kind: [Deployment\n' });
    expect(dashboard(made)).toContain('Files that could not be read: 1');
    expect(dashboard(made)).toContain('hack/broken.yaml:');
    expect(dashboard(made)).not.toMatch(/last scan.*broken/);
  });

  test('shows what is wrong in the configuration, and nothing is opened', async () => {
    const made = await madeService({ '.github/faultline.yml': 'policy: {default: {mode: propse}}\n' });
    await made.service.scan('prod');
    expect(made.repository.pulls()).toEqual([]);
    expect(dashboard(made)).toContain('propse');
  });

  test('is missing where the configuration switches it off', async () => {
    const made = await madeService({ '.github/faultline.yml': 'dashboard: false\n' });
    await made.service.scan('prod');
    expect(made.repository.issues().filter(({ isPullRequest }) => !isPullRequest)).toEqual([]);
    expect(made.repository.pulls()).toHaveLength(1);
  });
});

describe('what people have silenced', () => {
  test('is left alone while it is snoozed', async () => {
    const made = await withPull();
    const { service, number, ana, record, repository } = made;
    await say(made, number, ana, '/rca snooze 24h');
    const { body } = repository.pull(number);
    record('512Mi', 40);
    made.github.clock.advance(60 * MINUTE);
    await service.scan('prod');
    expect(repository.pull(number).body).toBe(body);
  });

  test('gets no pull request while it is ignored', async () => {
    const made = await withPull();
    const { service, number, ana, repository } = made;
    await say(made, number, ana, '/rca ignore the sale is over tomorrow');
    ana.close(number);
    repository.person('ana', 'write').deleteBranch(repository.pull(number).head);
    ana.push('main', { 'apps/cart.yaml': deployment('512Mi').replace('room for a sale', 'room') });
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
  });

  test('is looked at again with retry', async () => {
    const made = await withPull();
    const { service, number, ana, store, github } = made;
    await say(made, number, ana, '/rca snooze 24h');
    await say(made, number, ana, '/rca retry');
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
    expect(answers(made, number).at(-1)).toContain('Scanned again: it still fails');
    await service.scan('prod');
    expect(made.errors).toEqual([]);
  });
});

test('a scan that GitHub gave no answer takes no incident for gone, and says so', async () => {
  const made = await withPull();
  const { service, store, github, number, ana } = made;
  github.faults.add({ when: { operation: 'pulls/list' }, times: 5, does: { kind: 'status', status: 503 } });
  await service.scan('prod');
  expect(await store.incidents.list()).toMatchObject([{ notSeenSince: null }]);
  await say(made, number, ana, '/rca status');
  expect(answers(made, number).at(-1)).toMatch(/prod.*503/);
  await service.scan('prod');
  await say(made, number, ana, '/rca status');
  expect(answers(made, number).at(-1)).not.toContain('503');
});

test('a scan fetches the repository once', async () => {
  const { service, github } = await withPull();
  const before = github.journal.length;
  await service.scan('prod');
  const fetches = github.journal
    .slice(before)
    .filter(({ operation }) => operation === 'git-upload-pack advertise');
  expect(fetches).toHaveLength(1);
});

test('scans that overlap leave one of everything', async () => {
  const { service, repository, errors, github } = await madeService();
  const slow = { kind: 'delay', milliseconds: 300 } as const;
  github.faults.add({ when: { operation: 'issues/create' }, times: 3, does: slow });
  await Promise.all([service.scan('prod'), service.nudge(repository.slug), service.scan('prod')]);
  expect(errors).toEqual([]);
  expect(repository.pulls()).toHaveLength(1);
  expect(repository.issues().filter(({ isPullRequest }) => !isPullRequest)).toHaveLength(1);
});

import { describe, expect, test } from 'vitest';
import { plainText, untrusted } from '../../src/untrusted/prose.ts';
import { madeFolder } from '../git/made-repository.ts';
import { CONFIG, DEPLOYMENT, SERVICE } from '../guard/quay.ts';
import { all } from '../store/contract/open.ts';
import { servedApp } from './served-app.ts';

const CHECK = 'Faultline guard';
const CONFIG_FILE = '.github/faultline.yml';

const BROKEN = DEPLOYMENT.replace('port: http}', 'port: https}');

/** An App whose repository has the quay. */
async function appWithQuay(config = 'guard: {mode: fail}\n') {
  const app = await servedApp();
  app.ana.push('main', {
    'quay/ferry.yaml': DEPLOYMENT,
    'quay/service.yaml': SERVICE,
    'quay/config.yaml': CONFIG,
    [CONFIG_FILE]: config,
  });
  await app.github.webhooks.settled();
  const checks = (head: string) => app.repository.checkRuns(head).filter(({ name }) => name === CHECK);
  /** Lets a pull request come in and be checked. */
  const opened = async (files: Readonly<Record<string, string>>, branch = 'feature') => {
    const head = app.ana.push(branch, files);
    const number = app.ana.openPull(branch, branch);
    await app.github.webhooks.settled();
    await app.service.queue.drain();
    return { head, number };
  };
  return { ...app, checks, opened };
}

describe('a pull request of somebody', () => {
  test('gets a check with what would fail, at the line of the head', async () => {
    const { opened, checks } = await appWithQuay();
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN });
    expect(checks(head)).toMatchObject([
      {
        status: 'completed',
        conclusion: 'failure',
        title: '1 error',
        annotations: [{ path: 'quay/ferry.yaml', line: 20 }],
      },
    ]);
  });

  test('gets a check that says what changes where nothing would fail', async () => {
    const { opened, checks } = await appWithQuay();
    const { head } = await opened({ 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
    const [check] = checks(head);
    expect(check).toMatchObject({ conclusion: 'success', title: 'Nothing foreseen', annotations: [] });
    expect(check!.summary).toContain('harbour/ferry:1.5.0');
  });

  test('is only warned where the configuration says so, by path too', async () => {
    const { opened, checks } = await appWithQuay(
      'guard:\n  mode: warn\n  rules: [{paths: [jobs], mode: "off"}]\n',
    );
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN });
    expect(checks(head)).toMatchObject([{ conclusion: 'neutral', title: '1 error' }]);
    const other = await opened(
      { 'jobs/ferry.yaml': BROKEN.replace('name: ferry,', 'name: other,') },
      'other',
    );
    expect(checks(other.head)).toMatchObject([{ conclusion: 'success' }]);
  });

  test('gets no check where the guard is off', async () => {
    const { opened, checks } = await appWithQuay('guard: {mode: "off"}\n');
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN });
    expect(checks(head)).toEqual([]);
  });

  test('cannot switch the guard off in the same change', async () => {
    const { opened, checks } = await appWithQuay();
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN, [CONFIG_FILE]: 'guard: {mode: "off"}\n' });
    expect(checks(head)).toMatchObject([{ conclusion: 'failure' }]);
  });

  test('gets another check for a new commit, and one for each however often it is told', async () => {
    const { opened, checks, ana, github, service, delivered } = await appWithQuay();
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN });
    const mended = ana.push('feature', { 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
    await github.webhooks.settled();
    await github.webhooks.redeliver(delivered('pull_request', 'synchronize').id);
    await service.queue.drain();
    expect(checks(head)).toMatchObject([{ conclusion: 'failure' }]);
    expect(checks(mended)).toMatchObject([{ conclusion: 'success' }]);
  });

  test('gets a comment where policy wants one, kept up to date, and none else', async () => {
    const { opened, repository, ana, github, service } = await appWithQuay(
      'guard: {mode: warn, comment: true}\n',
    );
    const { number } = await opened({ 'quay/ferry.yaml': BROKEN });
    const ours = () => repository.comments(number).filter(({ body }) => body.includes('faultline:guard'));
    expect(ours()).toHaveLength(1);
    ana.push('feature', { 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
    await github.webhooks.settled();
    await service.queue.drain();
    expect(ours()).toHaveLength(1);
    expect(ours()[0]!.body).toContain('Nothing foreseen');
  });
});

describe('what the guard foresees', () => {
  test('passes once somebody who may write accepts it, until the next push', async () => {
    const { opened, checks, ana, github, service } = await appWithQuay();
    const { head, number } = await opened({ 'quay/ferry.yaml': BROKEN });
    ana.comment(number, '/rca accept the port comes with the next image');
    await github.webhooks.settled();
    await service.queue.drain();
    const last = checks(head).at(-1)!;
    expect(last).toMatchObject({ conclusion: 'neutral', title: '1 error, accepted' });
    expect(last.summary).toContain('the port comes with the next image');
    const next = ana.push('feature', { 'quay/ferry.yaml': `${BROKEN}# again\n` });
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(next)).toMatchObject([{ conclusion: 'failure', title: '1 error' }]);
  });

  test('does not pass for somebody who may only read', async () => {
    const { opened, checks, github, service } = await appWithQuay();
    const { head, number } = await opened({ 'quay/ferry.yaml': BROKEN });
    github.person('mallory', 'read').comment(number, '/rca accept please');
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head)).toMatchObject([{ conclusion: 'failure', title: '1 error' }]);
  });
});

test('a pull request from a fork is checked from git alone', async () => {
  const { repository, github, service } = await appWithQuay();
  const fork = repository.fork('mallory');
  const head = fork.person('mallory', 'admin').push('feature', { 'quay/ferry.yaml': BROKEN });
  github.person('mallory', 'read').openPull('improve', 'mallory:feature');
  await github.webhooks.settled();
  await service.queue.drain();
  const check = repository.checkRuns(head).find(({ name }) => name === CHECK);
  expect(check).toMatchObject({ conclusion: 'failure', annotations: [{ line: 20 }] });
  expect(plainText(untrusted(check!.summary ?? ''))).toContain('no cluster was given');
});

test('a pull request from a fork gets nothing of this machine, and takes nothing from the scans', async () => {
  const { repository, github, service } = await appWithQuay();
  const folder = madeFolder({ canary: 'canary-of-the-host' });
  const fork = repository.fork('mallory');
  const head = fork.person('mallory', 'admin').push('feature', {
    'quay/kustomization.yaml': `resources: [ferry.yaml]\nconfigMapGenerator: [{name: stolen, files: [${folder}/canary]}]\n`,
    'quay/ferry.yaml': BROKEN,
    'remote/kustomization.yaml': `resources: ["${github.host}/acme/infra"]\n`,
    '.github/faultline.yml': 'guard: {mode: "off"}\ncharts: {pull: all}\nregistries: {ask: all}\n',
  });
  github.person('mallory', 'read').openPull('improve', 'mallory:feature');
  await github.webhooks.settled();
  await service.queue.drain();
  const [check, ...others] = repository.checkRuns(head).filter(({ name }) => name === CHECK);
  expect(others).toEqual([]);
  expect(check).toMatchObject({ status: 'completed', conclusion: 'failure' });
  const said = JSON.stringify(check);
  expect(said).toContain('lies outside the repository');
  expect(said).not.toContain('canary-of-the-host');
});

describe('a merge queue', () => {
  const queued = (number: number, base: string): string => `gh-readonly-queue/main/pr-${number}-${base}`;

  test('gets the same check at the commit that it is about to merge', async () => {
    const { opened, checks, ana, github, service, repository } = await appWithQuay();
    const { number } = await opened({ 'quay/ferry.yaml': BROKEN });
    const head = ana.push(queued(number, repository.head()!), { 'quay/ferry.yaml': BROKEN });
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head)).toMatchObject([{ conclusion: 'failure', annotations: [{ line: 20 }] }]);
  });

  test('is not held up by what somebody accepted', async () => {
    const { opened, checks, ana, github, service, repository } = await appWithQuay();
    const { number } = await opened({ 'quay/ferry.yaml': BROKEN });
    ana.comment(number, '/rca accept the port comes with the next image');
    await github.webhooks.settled();
    await service.queue.drain();
    const head = ana.push(queued(number, repository.head()!), { 'quay/ferry.yaml': BROKEN });
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head)).toMatchObject([{ conclusion: 'neutral', title: '1 error, accepted' }]);
  });

  test('is checked after a scan where no webhook told of it, and once', async () => {
    const { opened, checks, ana, service, repository, listens, github } = await appWithQuay();
    const { number } = await opened({ 'quay/ferry.yaml': BROKEN });
    await github.webhooks.settled();
    listens(false);
    const head = ana.push(queued(number, repository.head()!), { 'quay/ferry.yaml': BROKEN });
    for (let scan = 0; scan < 2; scan += 1) await service.scan('prod');
    expect(checks(head)).toMatchObject([{ conclusion: 'failure' }]);
  });
});

describe('a branch that requires the check', () => {
  test.each([
    [
      'touches nothing that is deployed',
      'guard: {mode: fail}\n',
      'The change touches nothing that is deployed',
    ],
    ['comes while the guard is off', 'guard: {mode: "off"}\n', 'The configuration switches the guard off'],
  ])('lets a change pass that %s', async (_what, config, title) => {
    const { opened, checks, repository } = await appWithQuay(config);
    repository.protect('main', { checks: [CHECK] });
    const { head } = await opened({ 'README.md': 'the quay\n' });
    expect(checks(head)).toMatchObject([{ status: 'completed', conclusion: 'success', title }]);
  });

  test('is the only one that gets a check without anything to say', async () => {
    const { opened, checks, repository } = await appWithQuay();
    repository.protect('main', { checks: ['build'] });
    const { head } = await opened({ 'README.md': 'the quay\n' });
    expect(checks(head)).toEqual([]);
  });
});

describe('the check', () => {
  test('is made again when somebody asks for that, of a run or of all', async () => {
    const { opened, checks, ana, github, service } = await appWithQuay();
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN });
    for (const [what, times] of [
      ['run', 2],
      ['suite', 3],
    ] as const) {
      ana.rerun(head, CHECK, what);
      await github.webhooks.settled();
      await service.queue.drain();
      expect(checks(head)).toHaveLength(times);
      expect(checks(head).at(-1)).toMatchObject({ status: 'completed', conclusion: 'failure' });
    }
  });

  test('is of drafts too', async () => {
    const { ana, github, service, checks } = await appWithQuay();
    const head = ana.push('draft', { 'quay/ferry.yaml': BROKEN });
    ana.openPull('draft', 'draft', 'main', { draft: true });
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head)).toMatchObject([{ conclusion: 'failure' }]);
  });

  test('is against the branch that it is for', async () => {
    const { ana, github, service, checks } = await appWithQuay();
    const from = ana.push('release', { 'quay/ferry.yaml': BROKEN });
    const head = ana.push('feature', { 'quay/ferry.yaml': `${BROKEN}# more\n` }, { from });
    ana.openPull('feature', 'feature', 'release');
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head)).toMatchObject([{ conclusion: 'success' }]);
  });

  test('of a head that was replaced meanwhile is cancelled, and the new one gets its own', async () => {
    const { ana, github, service, checks, host } = await appWithQuay();
    const head = ana.push('feature', { 'quay/ferry.yaml': BROKEN });
    const number = ana.openPull('feature', 'feature');
    let next: string | null = null;
    const { putCheck } = host;
    const served = service.hostOf('acme/infra') as { putCheck: typeof putCheck };
    const put = served.putCheck;
    served.putCheck = async (check) => {
      await put(check);
      if (check.conclusion === null) next ??= ana.push('feature', { 'quay/ferry.yaml': `${BROKEN}# more\n` });
    };
    await service.guardLater('acme/infra', number);
    await service.queue.drain();
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head).at(-1)).toMatchObject({ status: 'completed' });
    expect(checks(head).map(({ conclusion }) => conclusion)).toContain('cancelled');
    expect(checks(next!).at(-1)).toMatchObject({ status: 'completed', conclusion: 'failure' });
  });

  test('that a process did not get to is made by the next one', async () => {
    const { ana, store, startAgain, repository, listens, github } = await appWithQuay();
    listens(false);
    const head = ana.push('feature', { 'quay/ferry.yaml': BROKEN });
    const number = ana.openPull('feature', 'feature');
    await store.cursors.set('guard waiting acme/infra', JSON.stringify({ [number]: github.clock.now() }));
    github.clock.advance(1000);
    const next = await startAgain(store);
    await next.service.scan('prod');
    const found = repository.checkRuns(head).filter(({ name }) => name === CHECK);
    expect(found).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
    expect(await store.cursors.get('guard waiting acme/infra')).toBeNull();
  });

  test('is left out where the App may not write any, which is said once', async () => {
    const { repository, serving, opened, checks, errors, log } = await appWithQuay();
    repository.installation({
      permissions: {
        contents: 'write',
        pull_requests: 'write',
        issues: 'write',
        checks: 'read',
        metadata: 'read',
      },
    });
    for (let time = 0; time < 2; time += 1) await serving.list();
    const { head } = await opened({ 'quay/ferry.yaml': BROKEN });
    expect(checks(head)).toEqual([]);
    expect(errors).toEqual([]);
    expect(log.filter((line) => line.includes('lacks checks: write'))).toHaveLength(1);
  });
});

test('the audit log has what a check foresaw, and who accepted it', async () => {
  const { opened, ana, github, service, store, repository } = await appWithQuay();
  const { head, number } = await opened({ 'quay/ferry.yaml': BROKEN });
  ana.comment(number, '/rca accept the port comes with the next image');
  await github.webhooks.settled();
  await service.queue.drain();
  const said = await all(store.audit.records());
  const checks = said.filter(({ kind }) => kind === 'guard').map(({ payload }) => JSON.parse(payload));
  expect(checks[0]).toMatchObject({
    repository: repository.slug,
    number,
    head,
    findings: [
      { rule: 'probe-failing', cause: 'port-name-missing', object: { kind: 'Deployment', name: 'ferry' } },
    ],
  });
  const commands = said.filter(({ kind }) => kind === 'command').map(({ payload }) => payload);
  expect(commands).toEqual([expect.stringContaining('accept')]);
  expect(commands[0]).toContain('ana');
});

test('a check that foresees nothing leaves nothing in the audit log', async () => {
  const { opened, store } = await appWithQuay();
  await opened({ 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
  expect((await all(store.audit.records())).filter(({ kind }) => kind === 'guard')).toEqual([]);
});

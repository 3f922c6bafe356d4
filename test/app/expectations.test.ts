import { describe, expect, test } from 'vitest';
import { deployment } from '../service/made-service.ts';
import { say } from '../service/conversation.ts';
import { servedApp } from './served-app.ts';

const CHECK = 'Faultline guard';
const CONFIG_FILE = '.github/faultline.yml';
const FILE = '.github/faultline-expectations.yml';
const WRITES = 'expectations: {write: true}\nguard: {mode: fail}\n';

/** An App whose cluster kills cart, so that it proposes more memory. */
async function appWithFix(config = WRITES, files: Readonly<Record<string, string>> = {}) {
  const app = await servedApp({ [CONFIG_FILE]: config, ...files });
  const { github, service, repository, ana } = app;
  await service.scan('prod');
  await service.queue.drain();
  const [fix] = repository.pulls();
  const checks = (head: string) => repository.checkRuns(head).filter(({ name }) => name === CHECK);
  /** Lets a pull request come in and be checked. */
  const opened = async (branch: string, edits: Readonly<Record<string, string>>) => {
    const head = ana.push(branch, edits);
    const number = ana.openPull(branch, branch);
    await github.webhooks.settled();
    await service.queue.drain();
    return { head, number, check: () => checks(head).at(-1)! };
  };
  const merged = async (number: number): Promise<void> => {
    ana.merge(number);
    await github.webhooks.settled();
    await service.queue.drain();
  };
  return { ...app, fix: fix!, checks, opened, merged };
}

describe('a fix in a repository that keeps what failures taught', () => {
  test('brings an expectation, which a later pull request is held to, until somebody deletes it', async () => {
    const { fix, repository, merged, opened } = await appWithFix();
    const text = repository.files(fix.head).get(FILE)!;
    expect(text).toContain(
      `  - object: Deployment/cart
    namespace: shop
    root: apps
    field: spec.template.spec.containers[name=server].resources.limits.memory
    atLeast: 768Mi
    since: ${fix.head}
`,
    );
    expect(repository.pull(fix.number).body).toContain(
      '**What has to stay so:** Once this is merged, the guard holds pull requests to a memory limit of at least `768Mi`',
    );
    await merged(fix.number);
    const lower = { 'apps/cart.yaml': deployment('640Mi') };
    const { check } = await opened('save-memory', lower);
    expect(check()).toMatchObject({
      conclusion: 'failure',
      title: '1 error',
      annotations: [{ path: 'apps/cart.yaml', line: 14 }],
    });
    expect(check().annotations![0]!.message).toContain(
      `and at least 768Mi is expected (${FILE}:3, since ${fix.head}, from pull request #${fix.number})`,
    );
    const open = await opened('save-memory-in-the-open', { ...lower, [FILE]: 'expectations: []\n' });
    expect(
      open
        .check()
        .annotations!.map(({ message }) => message)
        .join(),
    ).not.toContain('is expected');
    const higher = await opened('more', { 'apps/cart.yaml': deployment('1Gi') });
    expect(higher.check()).toMatchObject({ conclusion: 'success' });
  });

  test('brings none by default', async () => {
    const { fix, repository } = await appWithFix('guard: {mode: fail}\n');
    expect(repository.files(fix.head).has(FILE)).toBe(false);
    expect(repository.pull(fix.number).body).not.toContain(FILE);
  });

  test('leaves a file that nobody can read, says so, and is proposed all the same', async () => {
    const { fix, repository } = await appWithFix(WRITES, { [FILE]: 'expectations: [{object: cart}]\n' });
    expect(repository.files(fix.head).get(FILE)).toBe('expectations: [{object: cart}]\n');
    expect(repository.files(fix.head).get('apps/cart.yaml')).toContain('768Mi');
    expect(repository.pull(fix.number).body).toContain('No expectation is written: ');
  });

  test('is rebuilt where somebody merged another expectation meanwhile', async () => {
    const { fix, repository, ana, service, github } = await appWithFix();
    const other =
      'expectations:\n  - {object: Deployment/zones, field: spec.replicas, atLeast: 2} # two zones\n';
    ana.push('main', { [FILE]: other });
    github.clock.advance(10 * 60_000);
    await service.scan('prod');
    const text = repository.files(repository.pull(fix.number).head).get(FILE)!;
    expect(text).toContain('Deployment/zones, field: spec.replicas, atLeast: 2} # two zones\n');
    expect(text).toContain('atLeast: 768Mi');
  });

  test('follows the value that somebody set', async () => {
    const made = await appWithFix();
    await say(made, made.fix.number, made.ana, '/rca set limits.memory=640Mi');
    const files = made.repository.files(made.repository.pull(made.fix.number).head);
    expect(files.get(FILE)).toContain('atLeast: 640Mi');
  });

  test('whose value somebody edits in its branch is told that the expectation is not met', async () => {
    const { fix, ana, github, service, checks } = await appWithFix();
    const head = ana.push(fix.head, { 'apps/cart.yaml': deployment('640Mi') });
    await github.webhooks.settled();
    await service.queue.drain();
    expect(checks(head).at(-1)).toMatchObject({
      conclusion: 'neutral',
      annotations: [{ path: FILE, line: 3 }],
    });
  });

  test('takes the expectation along when it is reverted', async () => {
    const made = await appWithFix();
    const { fix, repository, ana, record, service } = made;
    ana.merge(fix.number);
    record('768Mi', 0);
    await service.scan('prod');
    await say(made, fix.number, ana, '/rca revert');
    const revert = repository.pulls().find(({ number }) => number !== fix.number)!;
    const files = repository.files(revert.head);
    expect(files.get('apps/cart.yaml')).toContain('512Mi');
    expect(files.get(FILE)).not.toContain('768Mi');
    expect(repository.pull(revert.number).body).toContain('so it goes');
  });
});

describe('a pull request that changes the expectations', () => {
  const named = 'Faultline expectations';

  test('gets a check that fails at the line of a mistake, and names a field that is none', async () => {
    const { opened, repository } = await appWithFix();
    const item = '{object: Deployment/cart, field: spec.replicas, atLeast: 2}';
    const wrong = await opened('wrong', {
      [FILE]: `expectations:\n  - ${item}\n  - {object: cart, field: a, equals: 1}\n`,
    });
    expect(repository.checkRuns(wrong.head).filter(({ name }) => name === named)).toMatchObject([
      { conclusion: 'failure', title: '1 error', annotations: [{ path: FILE, line: 3 }] },
    ]);
    const path = await opened('path', { [FILE]: `expectations: [${item.replace('spec.', 'spec..')}]\n` });
    const check = repository.checkRuns(path.head).find(({ name }) => name === named);
    expect(check).toMatchObject({ conclusion: 'failure', title: '1 error' });
    expect(check!.summary).toContain('spec..replicas');
  });

  test('gets one that counts them where all is well, and others get none', async () => {
    const { opened, repository, merged } = await appWithFix();
    const item = '{object: Deployment/cart, field: spec.replicas, atLeast: 2}';
    const right = await opened('right', { [FILE]: `expectations: [${item}]\n` });
    expect(repository.checkRuns(right.head).filter(({ name }) => name === named)).toMatchObject([
      { conclusion: 'success', title: 'Valid: 1 expectation' },
    ]);
    await merged(right.number);
    const gone = await opened('gone', { 'notes.txt': 'nothing\n' });
    expect(repository.checkRuns(gone.head).filter(({ name }) => name === named)).toEqual([]);
  });
});

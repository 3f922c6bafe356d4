import { describe, expect, test } from 'vitest';
import { running, type Running } from './running.ts';

/** After so many milliseconds without a sign of it, each failure counts as stopped. */
const LONGEST_QUIET_TIME = 6 * 60 * 60_000;

const open = ({ repository }: Running): number =>
  repository.pulls().filter(({ state }) => state === 'open').length;
const dashboardsOf = ({ repository }: Running): number =>
  repository.issues().filter(({ title }) => title === 'Faultline dashboard').length;

async function started(): Promise<Running> {
  const made = await running();
  await made.scan();
  expect(open(made)).toBe(1);
  return made;
}

describe('a repository', { timeout: 120_000 }, () => {
  test('whose default branch was renamed is scanned on the new one', async () => {
    const made = await started();
    made.repository.renameDefaultBranch('trunk');
    made.ana.push('trunk', { 'README.md': 'moved\n' });
    await made.scan();
    await made.scan();
    expect(made.warnings.map(({ facts }) => facts['defaultBranch'])).toEqual(['trunk']);
    expect(made.errors).toEqual([]);
    expect([open(made), dashboardsOf(made)]).toEqual([1, 1]);
  });

  test('that was renamed keeps what is known of it, and a command written meanwhile is answered', async () => {
    const made = await started();
    const { repository, store, ana, service, host } = made;
    const [pull] = repository.pulls();
    await service.poll(host.repository);
    made.github.clock.advance(60_000);
    repository.moveTo('acme/platform');
    ana.comment(pull!.number, '/rca status');
    await made.scan();
    await made.scan();
    expect(service.repositories).toEqual(['acme/platform']);
    expect(made.warnings).toHaveLength(1);
    expect([open(made), dashboardsOf(made)]).toEqual([1, 1]);
    expect(await store.proposals.list({ repository: 'acme/platform' })).toHaveLength(1);
    expect(await store.proposals.list({ repository: 'acme/infra' })).toEqual([]);
    expect(repository.comments(pull!.number).map(({ author }) => author)).toContain(made.github.botLogin);
    expect(made.errors).toEqual([]);
  });

  test('that was renamed between two scans is still reached by its old address', async () => {
    const made = await started();
    made.repository.moveTo('acme/platform');
    expect((await made.host.ownIssues()).map(({ title }) => title)).toContain('Faultline dashboard');
    await made.host.addLabels(made.repository.pulls()[0]!.number, ['moved']);
    expect(made.repository.pulls()[0]!.labels).toContain('moved');
  });

  test('that was transferred to another owner with the App goes on there', async () => {
    const made = await started();
    made.repository.moveTo('other/infra');
    await made.scan();
    expect(made.service.repositories).toEqual(['other/infra']);
    expect([open(made), dashboardsOf(made)]).toEqual([1, 1]);
    expect(await made.store.proposals.list({ repository: 'other/infra' })).toHaveLength(1);
  });

  test('that was transferred to an owner without the App is let go, said once', async () => {
    const made = await started();
    made.repository.moveTo('stranger/infra', { installed: false });
    await made.scan();
    await made.scan();
    expect(made.service.repositories).toEqual([]);
    expect(made.warnings.map(({ message }) => message)).toEqual([expect.stringContaining('no longer sees')]);
    made.repository.moveTo('acme/infra');
    await made.scan();
    expect([open(made), dashboardsOf(made)]).toEqual([1, 1]);
  });

  test('that is archived is not written to, and goes on when it is not any more', async () => {
    const made = await started();
    made.repository.configure({ archived: true });
    made.record('512Mi', 9);
    const before = made.github.journal.length;
    await made.scan();
    await made.scan();
    const writes = made.github.journal
      .slice(before)
      .filter(({ method, path, kind }) => kind === 'rest' && method !== 'GET' && !path.endsWith('_tokens'));
    expect(writes).toEqual([]);
    expect(made.warnings.map(({ facts }) => facts['problem'])).toEqual([expect.stringContaining('archived')]);
    made.repository.configure({ archived: false });
    made.record('512Mi', 0);
    await made.scan();
    made.github.clock.advance(LONGEST_QUIET_TIME);
    await made.scan();
    const [pull] = made.repository.pulls();
    expect(made.repository.comments(pull!.number)).toHaveLength(1);
    expect(made.errors).toEqual([]);
  });

  test('without issues still gets its pull requests', async () => {
    const made = await running();
    made.repository.configure({ hasIssues: false });
    await made.scan();
    await made.scan();
    expect([open(made), dashboardsOf(made)]).toEqual([1, 0]);
    expect(made.warnings.map(({ facts }) => facts['problem'])).toEqual([
      expect.stringContaining('Issues are disabled'),
    ]);
    expect(made.errors).toEqual([]);
  });

  test('without pull requests says so on its dashboard, and is proposed to later', async () => {
    const made = await running();
    made.repository.configure({ hasPullRequests: false });
    await made.scan();
    expect(open(made)).toBe(0);
    const dashboard = () =>
      made.repository.issues().find(({ title }) => title === 'Faultline dashboard')!.body;
    expect(dashboard()).toContain('Pull requests are disabled');
    made.repository.configure({ hasPullRequests: true });
    await made.scan();
    expect(open(made)).toBe(1);
    expect(dashboard()).not.toContain('Pull requests are disabled');
    expect(made.errors).toEqual([]);
  });

  test('that was deleted and made again under its name begins anew', async () => {
    const made = await started();
    const { github, repository, store, service } = made;
    repository.delete();
    const again = github.repository('acme/infra', {
      files: { 'apps/cart.yaml': [...repository.files('main').values()].join('') },
    });
    await made.scan();
    expect(service.repositories).toEqual(['acme/infra']);
    expect(again.pulls()).toHaveLength(1);
    const known = await store.proposals.list({ repository: 'acme/infra' });
    expect(known.map(({ pullRequest }) => pullRequest)).toEqual([again.pulls()[0]!.number]);
    expect(made.errors).toEqual([]);
  });
});

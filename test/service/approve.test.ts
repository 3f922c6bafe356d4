import { describe, expect, test } from 'vitest';
import { hostOf } from '../../src/github/octokit-host.ts';
import { tokenClient } from '../../src/github/tokens.ts';
import type { Host } from '../../src/github/host.ts';
import { answers, say, withPull } from './conversation.ts';
import type { MadeService } from './made-service.ts';

const CHECKED = { checks: ['render'] };
const NO_FILES = {};

/** GitHub as a person uses it. */
function asPerson({ github }: MadeService, login: string): Host {
  const client = tokenClient({ token: github.personalToken(login), baseUrl: github.apiUrl });
  return hostOf(client, { owner: 'acme', repo: 'infra', login, defaultBranch: 'main' });
}

describe('an approval', () => {
  test('lets GitHub merge the commit once its check has passed', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana } = made;
    const { headSha } = repository.pull(number);
    expect(await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`)).toMatchObject({
      outcomes: ['done'],
    });
    expect(repository.pull(number)).toMatchObject({ state: 'open', autoMerge: true });
    repository.setCheck(headSha, 'render', 'success');
    expect(repository.pull(number).state).toBe('merged');
  });

  test('merges at once where the check has passed already', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana } = made;
    const { headSha } = repository.pull(number);
    repository.setCheck(headSha, 'render', 'success');
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    expect(repository.pull(number)).toMatchObject({ state: 'merged', mergedBy: made.github.botLogin });
    expect(answers(made, number).at(-1)).toContain('is merged');
  });

  test('waits where GitHub has nothing to wait for and no required check has passed', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, service, number, ana } = made;
    const { headSha } = repository.pull(number);
    repository.setCheck(headSha, 'render', 'skipped');
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    await service.scan('prod');
    expect(repository.pull(number).state).toBe('open');
    expect(answers(made, number).at(-1)).toContain('once a required check has passed');
    repository.setCheck(headSha, 'render', 'success');
    await service.scan('prod');
    expect(repository.pull(number).state).toBe('merged');
  });

  test('is not a review, so a rule that asks for one is still to be satisfied', async () => {
    const made = await withPull(NO_FILES, { ...CHECKED, approvals: 1 });
    const { repository, number, ana, github } = made;
    const { headSha } = repository.pull(number);
    repository.setCheck(headSha, 'render', 'success');
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    expect(repository.pull(number)).toMatchObject({ state: 'open', autoMerge: true });
    expect(github.journal.some(({ path }) => path.endsWith('/reviews'))).toBe(false);
    github.person('ben', 'write').approve(number);
    expect(repository.pull(number).state).toBe('merged');
  });

  test('is over when another commit takes the place of the one that was seen', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana } = made;
    const { headSha } = repository.pull(number);
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    const { headSha: next, autoMerge } = repository.pull(number);
    expect(next).not.toBe(headSha);
    expect(autoMerge).toBe(false);
    repository.setCheck(next, 'render', 'success');
    await made.service.scan('prod');
    expect(repository.pull(number).state).toBe('open');
  });

  test('is over when somebody else pushes, who may still let that merge', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana, service, github } = made;
    const { head, headSha } = repository.pull(number);
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    const pushed = github.person('bo', 'write').push(head, { 'apps/more.yaml': 'kind: Job' });
    await service.nudge(repository.slug);
    repository.setCheck(pushed, 'render', 'success');
    expect(repository.pull(number)).toMatchObject({ state: 'open', autoMerge: false });

    repository.setCheck(pushed, 'render', 'pending');
    const theirs = asPerson(made, 'bo');
    expect(await theirs.enableAutoMerge(number, pushed)).toBe('enabled');
    await service.scan('prod');
    expect(repository.pull(number).autoMerge).toBe(true);
  });

  test('stays switched off when a person switches it off', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana, service } = made;
    const { headSha } = repository.pull(number);
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    await asPerson(made, 'ana').disableAutoMerge(number);
    await service.scan('prod');
    expect(repository.pull(number)).toMatchObject({ state: 'open', autoMerge: false });
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    expect(repository.pull(number).autoMerge).toBe(true);
  });

  test('is for the value that was set just before', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana } = made;
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    await say(made, number, ana, `/rca approve ${repository.pull(number).headSha}`);
    expect(repository.pull(number).autoMerge).toBe(true);
  });

  test('is for what is there, not for what somebody asked for in vain', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana, github } = made;
    const { headSha } = repository.pull(number);
    const errors = [{ type: 'UNPROCESSABLE', path: ['updateRefs'], message: 'Reference update failed' }];
    const body = { data: { updateRefs: null }, errors };
    const refuses = { kind: 'answer', status: 200, body } as const;
    github.faults.add({ when: { operation: 'updateRefs' }, times: 2, does: refuses });
    expect(await say(made, number, ana, '/rca set limits.memory=640Mi')).toMatchObject({
      outcomes: ['refused'],
    });
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    expect(repository.pull(number)).toMatchObject({ headSha, autoMerge: true });
  });

  test('is refused on a draft', async () => {
    // Growing by more than this is for a person to think about.
    const made = await withPull({ '.github/faultline.yml': 'limits: {memoryFactor: 1.2}\n' }, CHECKED);
    const { repository, number, ana } = made;
    expect(repository.pull(number).draft).toBe(true);
    expect(await say(made, number, ana, '/rca approve')).toMatchObject({ outcomes: ['refused'] });
    expect(repository.pull(number).autoMerge).toBe(false);
  });

  test('is refused during a freeze', async () => {
    const made = await withPull(
      { '.github/faultline.yml': 'freeze: [{from: 2000-01-01, to: 2999-12-31}]\n' },
      CHECKED,
    );
    const { repository, number, ana } = made;
    const { headSha } = repository.pull(number);
    await say(made, number, ana, `/rca approve ${headSha.slice(0, 8)}`);
    expect(repository.pull(number).autoMerge).toBe(false);
    expect(answers(made, number).at(-1)).toContain('a freeze is on');
  });

  test('is refused once somebody else has pushed to the branch', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana } = made;
    const pushed = ana.push(repository.pull(number).head, { 'apps/evil.yaml': 'x: 1' });
    expect(await say(made, number, ana, `/rca approve ${pushed}`)).toMatchObject({ outcomes: ['refused'] });
    expect(repository.pull(number).autoMerge).toBe(false);
  });

  test('is refused when the failure is over', async () => {
    const made = await withPull(NO_FILES, CHECKED);
    const { repository, number, ana, record, service } = made;
    record('512Mi', 0);
    await service.scan('prod');
    const { headSha } = repository.pull(number);
    expect(await say(made, number, ana, `/rca approve ${headSha}`)).toMatchObject({ outcomes: ['refused'] });
    expect(repository.pull(number).autoMerge).toBe(false);
  });
});

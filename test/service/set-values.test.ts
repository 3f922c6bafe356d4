import { describe, expect, test } from 'vitest';
import { parseMarker, withMarker } from '../../src/pull-requests/marker.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { answers, say, withPull, type WithPull } from './conversation.ts';
import { deployment } from './made-service.ts';
import { all } from '../store/contract/open.ts';

const MINUTE = 60_000;
const FIELD = 'spec.template.spec.containers[name=server].resources.limits.memory';

/** The memory limit that the branch has. */
function limit({ repository, number }: WithPull): string {
  const text = repository.files(repository.pull(number).head).get('apps/cart.yaml')!;
  return /memory: (\S+)/.exec(text)![1]!;
}

/** Somebody edits the hidden last line: these values, as if they had been asked for. */
function claim(made: WithPull, set: readonly { field: string; value: string }[], more: object = {}): void {
  const { body } = made.repository.pull(made.number);
  made.ana.edit(made.number, { body: withMarker(body, { ...parseMarker(body)!, set, ...more }) });
}

describe('of several values for one field', () => {
  test('the last one counts, and the first one can be asked for again', async () => {
    const made = await withPull();
    const { number, ana } = made;
    for (const value of ['640Mi', '704Mi', '640Mi']) {
      made.github.clock.advance(MINUTE);
      expect(await say(made, number, ana, `/rca set limits.memory=${value}`)).toMatchObject({
        outcomes: ['done'],
      });
      expect(limit(made)).toBe(value);
      await made.service.scan('prod');
      expect(limit(made)).toBe(value);
    }
    expect(answers(made, number).at(-1)).toMatch(/is now `640Mi`\. It was `704Mi`/);
    expect(answers(made, number).at(-1)).toContain('Proven again');
  });

  test('the one that was written last counts, whichever is carried out last', async () => {
    const made = await withPull();
    const { number, ana, github, service, repository } = made;
    const first = ana.comment(number, '/rca set limits.memory=640Mi');
    const writtenAt = github.clock.now();
    github.clock.advance(MINUTE);
    await say(made, number, ana, '/rca set limits.memory=704Mi');
    const late = { kind: 'comment', thread: number, id: first, author: 'ana', isBot: false } as const;
    const text = { body: '/rca set limits.memory=640Mi', createdAt: writtenAt, updatedAt: writtenAt };
    expect(await service.comment(repository.slug, { ...late, ...text })).toMatchObject({
      outcomes: ['refused'],
    });
    expect(limit(made)).toBe('704Mi');
  });

  test('default goes back to what Faultline proposes', async () => {
    const made = await withPull();
    const { number, ana } = made;
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    made.github.clock.advance(MINUTE);
    await say(made, number, ana, '/rca set limits.memory default');
    expect(limit(made)).toBe('768Mi');
    await made.service.scan('prod');
    expect(limit(made)).toBe('768Mi');
  });

  test('undo takes back one after the other', async () => {
    const made = await withPull();
    const { number, ana } = made;
    for (const order of ['set limits.memory=640Mi', 'set limits.memory=704Mi', 'undo']) {
      made.github.clock.advance(MINUTE);
      await say(made, number, ana, `/rca ${order}`);
    }
    expect(limit(made)).toBe('640Mi');
    await say(made, number, ana, '/rca undo');
    expect(limit(made)).toBe('768Mi');
    expect(await say(made, number, ana, '/rca undo')).toMatchObject({ outcomes: ['refused'] });
    await made.service.scan('prod');
    expect(limit(made)).toBe('768Mi');
  });
});

const AUTO_FIX = { '.github/faultline.yml': 'policy: {rules: [{mode: auto-fix, minConfidence: 0.8}]}\n' };
const HOSTILE = ['999Gi', '-1Gi', 'hello', '1e100', '0'];

describe('values that somebody wrote into the hidden last line', () => {
  test('are no command', async () => {
    const made = await withPull(AUTO_FIX, { checks: ['ci'] });
    const { repository, service, number, github } = made;
    const before = repository.pull(number);
    for (const value of HOSTILE) {
      claim(made, [{ field: FIELD, value }]);
      await service.scan('prod');
      expect(limit(made)).toBe('768Mi');
      expect(repository.pull(number).headSha).toBe(before.headSha);
      expect(parseMarker(repository.pull(number).body)?.set).toBeUndefined();
    }
    // Nor where the store was lost.
    claim(
      made,
      HOSTILE.map((value) => ({ field: FIELD, value })),
    );
    const again = await made.startAgain(await openMemoryStore());
    github.clock.advance(10 * MINUTE);
    await again.service.scan('prod');
    await again.service.scan('prod');
    expect(limit(made)).toBe('768Mi');
    expect(parseMarker(repository.pull(number).body)?.set).toBeUndefined();
    expect([...made.errors, ...again.errors]).toEqual([]);
  });

  test('are said once', async () => {
    const made = await withPull();
    claim(made, [{ field: FIELD, value: '999Gi' }]);
    for (let time = 0; time < 3; time += 1) await made.service.scan('prod');
    const said = (await all(made.store.audit.records())).filter(({ payload }) =>
      payload.includes('"restored"'),
    );
    expect(said).toHaveLength(1);
  });

  test('undo no value that somebody asked for', async () => {
    const made = await withPull();
    await say(made, made.number, made.ana, '/rca set limits.memory=640Mi');
    claim(made, [{ field: FIELD, value: '999Gi' }]);
    await made.service.scan('prod');
    expect(limit(made)).toBe('640Mi');
    claim(made, []);
    await made.service.scan('prod');
    expect(limit(made)).toBe('640Mi');
  });

  test('do not make the pull request one for another incident', async () => {
    const made = await withPull();
    claim(made, [], { fingerprints: ['f'.repeat(16)], key: '0'.repeat(16) });
    expect(await say(made, made.number, made.ana, '/rca set limits.memory=640Mi')).toMatchObject({
      outcomes: ['done'],
    });
    expect(limit(made)).toBe('640Mi');
    expect(made.repository.pulls()).toHaveLength(1);
  });
});

describe('where the store was lost', () => {
  test('the comments tell what was asked for', async () => {
    const made = await withPull();
    const { number, ana, github } = made;
    for (const order of ['set limits.memory=640Mi', 'set limits.memory=704Mi', 'set limits.memory=2Gi']) {
      github.clock.advance(MINUTE);
      await say(made, number, ana, `/rca ${order}`);
    }
    const again = await made.startAgain();
    github.clock.advance(10 * MINUTE);
    await again.service.scan('prod');
    expect(limit(made)).toBe('704Mi');
  });

  test.each<[string, (made: WithPull, comment: number) => void]>([
    ['of somebody who may not write any more', ({ repository }) => repository.person('ana', 'read')],
    [
      'that was edited',
      ({ ana, github }, id) => {
        github.clock.advance(MINUTE);
        ana.editComment(id, '/rca set limits.memory=640Mi ');
      },
    ],
    ['that was deleted', ({ ana }, id) => ana.deleteComment(id)],
  ])('a command %s counts no more', async (_what, change) => {
    const made = await withPull();
    const { number, ana, github } = made;
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    const { id } = made.repository.comments(number).find(({ author }) => author === 'ana')!;
    change(made, id);
    const again = await made.startAgain();
    github.clock.advance(10 * MINUTE);
    await again.service.scan('prod');
    expect(limit(made)).toBe('768Mi');
  });

  test('a command that nobody answered counts for nothing', async () => {
    const made = await withPull();
    made.ana.comment(made.number, '/rca set limits.memory=640Mi');
    const again = await made.startAgain();
    made.github.clock.advance(10 * MINUTE);
    await again.service.scan('prod');
    expect(limit(made)).toBe('768Mi');
  });
});

test('a value that is beyond the caps by now is not proposed, and the pull request says so', async () => {
  const made = await withPull(AUTO_FIX, { checks: ['ci'] });
  const { number, ana, repository, service, github } = made;
  await say(made, number, ana, '/rca set limits.memory=1000Mi');
  expect(limit(made)).toBe('1000Mi');
  ana.push('main', {
    '.github/faultline.yml':
      'policy: {rules: [{mode: auto-fix, minConfidence: 0.8}]}\nlimits: {memoryFactor: 1.8}\n',
  });
  github.clock.advance(10 * MINUTE);
  await service.scan('prod');
  expect(limit(made)).toBe('768Mi');
  expect(repository.pull(number).body).toMatch(/1000Mi.*is not proposed/);
  expect(repository.pull(number)).toMatchObject({ autoMerge: false });
  expect(deployment('768Mi')).toContain('768Mi');
});

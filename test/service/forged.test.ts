import { describe, expect, test } from 'vitest';
import type { SeenPull } from '../github/stand-in/interface.ts';
import { parseMarker, printMarker, withMarker, type Marker } from '../../src/pull-requests/marker.ts';
import { NOTHING_YET } from '../../src/lifecycle/status.ts';
import { statusLine } from '../../src/lifecycle/status-line.ts';
import { answers, say, withPull } from './conversation.ts';
import { deployment, madeService, type MadeService } from './made-service.ts';

/** Faultline's own pull requests. */
function own({ repository, github }: MadeService): readonly SeenPull[] {
  return repository.pulls().filter(({ author }) => author === github.botLogin);
}

let known: Promise<SeenPull> | null = null;

/** The pull request that Faultline opens in such a repository, for people to copy from. */
function original(): Promise<SeenPull> {
  known ??= withPull().then(({ repository }) => repository.pulls()[0]!);
  return known;
}

describe('somebody’s own text with our marker in it', () => {
  test('makes no pull request ours, and ours is opened', async () => {
    const copied = await original();
    const made = await madeService();
    const { repository, service, ana } = made;
    ana.push('faultline/oom-killed/mine', { 'notes.txt': 'mine' });
    const number = ana.openPull(copied.title, 'faultline/oom-killed/mine', 'main', { body: copied.body });
    const before = [repository.pull(number), repository.head('faultline/oom-killed/mine')];
    await service.scan('prod');
    expect(own(made)).toMatchObject([{ title: copied.title, state: 'open' }]);
    expect([repository.pull(number), repository.head('faultline/oom-killed/mine')]).toEqual(before);
    expect(repository.comments(number)).toEqual([]);
  });

  test('makes no pull request from a fork ours, although its branch has the very name', async () => {
    const copied = await original();
    const made = await madeService();
    const { repository, service, ana } = made;
    repository.fork('mallory').person('mallory', 'admin').push(copied.head, { 'notes.txt': 'mine' });
    const mallory = repository.person('mallory', 'read');
    const number = mallory.openPull(copied.title, `mallory:${copied.head}`, 'main', { body: copied.body });
    const before = repository.pull(number);
    await service.scan('prod');
    expect(own(made)).toMatchObject([{ head: copied.head, state: 'open' }]);
    expect(repository.pull(number)).toEqual(before);
    // Whoever may order finds nothing to order there either.
    expect(await say(made, number, ana, `/rca approve ${before.headSha}`)).toMatchObject({
      outcomes: ['refused'],
    });
    expect(repository.pull(number)).toMatchObject({ state: 'open', autoMerge: false });
  });

  test('makes no issue a dashboard, a greeting or a report of ours', async () => {
    const { repository: earlier, service: elsewhere, github: there } = await madeService();
    await elsewhere.onboard(earlier.slug);
    await elsewhere.scan('prod');
    const copied = earlier.issues().filter(({ isPullRequest }) => !isPullRequest);
    expect(copied.map(({ author }) => author)).toEqual([there.botLogin, there.botLogin]);
    const made = await madeService();
    const { repository, service, ana } = made;
    const numbers = copied.map(({ title, body }) => ana.openIssue(title, body));
    const report = '<!-- faultline:report:1 fingerprint=0123456789abcdef cause=leak -->';
    numbers.push(ana.openIssue('a report', `It leaks.\n\n${report}`));
    const before = numbers.map((number) => repository.issue(number));
    await service.onboard(repository.slug);
    await service.scan('prod');
    expect(numbers.map((number) => repository.issue(number))).toEqual(before);
    const ours = repository.issues().filter(({ number }) => !numbers.includes(number));
    expect(ours.map(({ title }) => title)).toEqual(expect.arrayContaining(copied.map(({ title }) => title)));
    expect(await say(made, numbers.at(-1)!, ana, '/rca snooze 24h')).toMatchObject({ outcomes: ['refused'] });
  });

  test('makes no comment our status or our answer', async () => {
    const made = await withPull();
    const { repository, service, number, record, github } = made;
    const mallory = repository.person('mallory', 'read');
    const status = { ...NOTHING_YET, merging: { state: 'asked' as const, head: '0'.repeat(40) } };
    mallory.comment(number, `All is well.\n\n${statusLine(status, null)}`);
    const next = mallory.comment(number, 'Which number comes next?') + 2;
    mallory.comment(number, `Done.\n\n<!-- faultline:answer comment=${next} state=done -->`);
    const forged = repository.comments(number);
    expect(await say(made, number, made.ana, '/rca explain')).toMatchObject({ outcomes: ['done'] });
    made.ana.merge(number);
    record('768Mi', 0);
    await service.scan('prod');
    expect(answers(made, number)).toHaveLength(2);
    expect(repository.comments(number).slice(0, forged.length)).toEqual(forged);
    expect(await made.store.handled.has('comment', String(next))).toBe(true);
    expect(github.violations).toEqual([]);
  });
});

describe('a branch of somebody with the very name that ours would have', () => {
  test('is left alone, and nothing is opened from it', async () => {
    const { head } = await original();
    const made = await madeService();
    const { repository, service, ana } = made;
    const pushed = ana.push(head, { 'apps/cart.yaml': 'gone' });
    await service.scan('prod');
    expect(repository.head(head)).toBe(pushed);
    expect(own(made)).toEqual([]);
  });
});

const AUTO_FIX = { '.github/faultline.yml': 'policy: {rules: [{mode: auto-fix, minConfidence: 0.8}]}\n' };

const EDITS: Readonly<Record<string, (body: string, marker: Marker) => string>> = {
  'to another key': (body, marker) => withMarker(body, { ...marker, key: 'f'.repeat(16) }),
  'to another head': (body, marker) => withMarker(body, { ...marker, head: '0'.repeat(40) }),
  'to an end that never was': (body, marker) => withMarker(body, { ...marker, closed: 'already-so' }),
  away: (body, marker) => body.replace(printMarker(marker), ''),
  'into nonsense': (body) => body.replace(/ key=\w+/, ' key=../../x'),
};

describe('our pull request whose marker somebody edited', () => {
  test('stays the only one for its cause, whatever it was edited to', async () => {
    const made = await withPull();
    const { repository, service, ana, number, github } = made;
    const { body, head } = repository.pull(number);
    for (const [to, edit] of Object.entries(EDITS)) {
      ana.edit(number, { body: edit(body, parseMarker(body)!) });
      github.clock.advance(10 * 60_000);
      await service.scan('prod');
      expect(own(made), to).toMatchObject([{ number, state: 'open', autoMerge: false }]);
      expect(
        repository.branches().filter((branch) => branch !== 'main'),
        to,
      ).toEqual([head]);
    }
    expect(made.errors).toEqual([]);
  });

  test('away, and that they closed, stays closed', async () => {
    const made = await withPull();
    const { repository, service, ana, number } = made;
    const { body } = repository.pull(number);
    ana.edit(number, { body: body.replace(printMarker(parseMarker(body)!), '') });
    ana.close(number);
    await service.scan('prod');
    expect(own(made)).toMatchObject([{ number, state: 'closed' }]);
  });

  const THEIRS = [
    ['brings one file more', { 'apps/cart.yaml': deployment('768Mi'), 'evil.yaml': 'kind: Job' }],
    ['brings another value', { 'apps/cart.yaml': deployment('640Gi') }],
  ] as const;

  test.each(THEIRS)('to claim a commit of theirs that %s is not auto-merged', async (_what, files) => {
    const made = await madeService(AUTO_FIX);
    const { repository, service, ana } = made;
    repository.protect('main', { checks: ['ci'] });
    await service.scan('prod');
    await service.scan('prod');
    const [pull] = own(made);
    expect(pull).toMatchObject({ autoMerge: true });
    const head = ana.push(pull!.head, files, { from: repository.head()!, force: true });
    ana.edit(pull!.number, { body: withMarker(pull!.body, { ...parseMarker(pull!.body)!, head }) });
    await service.scan('prod');
    expect(repository.pull(pull!.number)).toMatchObject({ state: 'open', autoMerge: false });
    repository.setCheck(head, 'ci', 'success');
    await service.scan('prod');
    expect(repository.pull(pull!.number)).toMatchObject({ state: 'open', autoMerge: false });
    expect(repository.head(pull!.head)).toBe(head);
  });

  test.each(THEIRS)('to claim a commit in our name that %s is not approved', async (_what, files) => {
    const made = await withPull({}, { checks: ['ci'] });
    const { repository, number, ana, github } = made;
    const { body, head } = repository.pull(number);
    // Anybody can write the address of the bot into a commit.
    const forged = repository.person(github.botLogin, 'write').push(head, files);
    ana.edit(number, { body: withMarker(body, { ...parseMarker(body)!, head: forged }) });
    expect(await say(made, number, ana, `/rca approve ${forged}`)).toMatchObject({ outcomes: ['refused'] });
    expect(repository.pull(number).autoMerge).toBe(false);
    expect(answers(made, number).at(-1)).toContain('Somebody else has pushed to this branch');
  });
});

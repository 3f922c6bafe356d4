import { describe, expect, test } from 'vitest';
import { CONFIG_FILE } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/load.ts';
import { answers, say } from './conversation.ts';
import { deployment, madeService, type MadeService } from './made-service.ts';

const MINUTE = 60_000;

/** Greeted, and scanned once. */
async function greeted(files: Readonly<Record<string, string>> = {}): Promise<MadeService> {
  const made = await madeService(files, 'required');
  await made.service.onboard(made.repository.slug);
  await made.service.scan('prod');
  expect(made.errors).toEqual([]);
  return made;
}

function greetingOf({ repository }: MadeService): string {
  return repository.issues().find(({ title }) => title.startsWith('Faultline: what it found'))!.body;
}

const titles = ({ repository }: MadeService): readonly string[] =>
  repository.issues().map(({ title }) => title);

describe('a repository without a configuration', () => {
  test('gets the greeting and a pull request with the configuration, and nothing else', async () => {
    const made = await greeted();
    const { repository, service } = made;
    await service.scan('prod');
    expect(titles(made)).toEqual(['Configure Faultline', 'Faultline: what it found in this repository']);
    const [pull] = repository.pulls();
    expect(pull).toMatchObject({
      head: 'faultline/configure',
      state: 'open',
      draft: false,
      labels: ['faultline'],
    });
    const text = repository.files('faultline/configure').get(CONFIG_FILE)!;
    expect(parseConfig(text, CONFIG_FILE)).toMatchObject({
      errors: [],
      config: { policy: { default: { mode: 'propose' } } },
    });
    expect(pull!.body).toMatch(/raise memory limit to 768Mi.*apps\/cart\.yaml:14/);
    expect(greetingOf(made)).toContain(`pull request [#${pull!.number}](`);
    expect(greetingOf(made)).not.toContain('Without this file');
    expect(repository.branches()).toEqual(expect.arrayContaining(['main', 'faultline/configure']));
    expect(repository.branches()).toHaveLength(2);
  });

  test('begins when that is merged, and the greeting says so', async () => {
    const made = await greeted();
    const { repository, service, ana } = made;
    ana.merge(repository.pulls()[0]!.number);
    await service.scan('prod');
    expect(titles(made)).toContain('Faultline dashboard');
    expect(repository.pulls()).toHaveLength(2);
    expect(greetingOf(made)).toContain('is there and valid');
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(2);
    expect(made.errors).toEqual([]);
  });

  test('gets nothing more once that is closed, until it is opened again', async () => {
    const made = await greeted();
    const { repository, service, ana, github } = made;
    const { number } = repository.pulls()[0]!;
    ana.close(number);
    for (let time = 0; time < 2; time += 1) {
      github.clock.advance(10 * MINUTE);
      await service.scan('prod');
    }
    expect(repository.issues()).toHaveLength(2);
    expect(greetingOf(made)).toMatch(new RegExp(`reopen pull request \\[#${number}\\]`));
    expect(greetingOf(made)).toContain('opens nothing here');
    ana.reopen(number);
    ana.merge(number);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(2);
  });

  test('begins when somebody commits the file, and the offer is withdrawn', async () => {
    const made = await greeted();
    const { repository, service, ana } = made;
    ana.push('main', { [CONFIG_FILE]: 'policy: {default: {mode: monitor}}\n' });
    await service.scan('prod');
    expect(repository.pulls().map(({ state }) => state)).toEqual(['closed']);
    expect(repository.comments(repository.pulls()[0]!.number).at(-1)!.body).toContain(
      'nothing left to merge',
    );
    expect(titles(made)).toContain('Faultline dashboard');
    expect(greetingOf(made)).toContain('is there and valid');
  });

  test('gets the offer brought up to date while nobody touched it', async () => {
    const made = await greeted();
    const { repository, service, ana, record, github } = made;
    ana.push('main', { 'prod/web.yaml': deployment('1Gi').replaceAll('cart', 'web') });
    record('512Mi', 0);
    github.clock.advance(10 * MINUTE);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
    expect(repository.files('faultline/configure').get(CONFIG_FILE)).toContain('prod');
    expect(repository.pulls()[0]!.body).toContain('Nothing: no failure was traced');
    const edited = ana.push('faultline/configure', { [CONFIG_FILE]: 'policy: {default: {mode: monitor}}\n' });
    ana.push('main', { 'staging/web.yaml': deployment('1Gi').replaceAll('cart', 'web') });
    github.clock.advance(10 * MINUTE);
    await service.scan('prod');
    expect(repository.head('faultline/configure')).toBe(edited);
  });

  test('answers commands all the same', async () => {
    const made = await greeted();
    const issue = made.ana.openIssue('cart is slow');
    expect(await say(made, issue, made.ana, '/rca shop/cart')).toMatchObject({ outcomes: ['done'] });
    expect(answers(made, issue)[0]).toContain('OOM');
  });

  test('keeps pull requests that are open already', async () => {
    const made = await madeService({}, 'none');
    await made.service.scan('prod');
    const again = await made.startAgain(made.store);
    expect(again.repository.pulls()).toHaveLength(1);
  });
});

describe('a repository with a configuration', () => {
  test.each([
    ['a valid one', 'policy: {default: {mode: propose}}\n', 1],
    ['an invalid one, which counts as monitor', 'policy: {default: {mode: propse}}\n', 0],
  ])('%s, is offered none', async (_what, text, pulls) => {
    const made = await greeted({ [CONFIG_FILE]: text });
    expect(made.repository.pulls()).toHaveLength(pulls);
    expect(made.repository.branches()).not.toContain('faultline/configure');
    expect(titles(made)).toContain('Faultline dashboard');
  });
});

test('with onboarding: none a repository without a configuration gets pull requests at once', async () => {
  const made = await madeService({}, 'none');
  await made.service.onboard(made.repository.slug);
  await made.service.scan('prod');
  expect(made.repository.pulls().map(({ head }) => head)).toEqual([expect.stringContaining('oom-killed')]);
  expect(greetingOf(made)).toContain('Without this file, Faultline proposes pull requests');
});

test('a branch of somebody with that name is left alone, and the greeting says what to do', async () => {
  const made = await madeService({}, 'required');
  const { repository, ana, service } = made;
  const pushed = ana.push('faultline/configure', { 'notes.txt': 'mine' });
  await service.onboard(repository.slug);
  await service.scan('prod');
  expect(repository.head('faultline/configure')).toBe(pushed);
  expect(repository.pulls()).toEqual([]);
  expect(greetingOf(made)).toContain('Somebody else has commits on the branch');
});

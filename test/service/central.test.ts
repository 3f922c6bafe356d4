import { describe, expect, test } from 'vitest';
import { CONFIG_FILE } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/load.ts';
import { installationsOf } from './on-stand-in.ts';
import { madeService, type MadeService } from './made-service.ts';
import type { StandInRepository } from '../github/stand-in/interface.ts';

const MINUTE = 60_000;

interface Central extends MadeService {
  readonly central: StandInRepository;
  readonly push: (files: Readonly<Record<string, string>>) => void;
}

/** `acme/infra`, and `acme/.github` with a file of this text. */
async function withCentral(
  text: string,
  { own, onboarding = 'none' }: { own?: string; onboarding?: 'none' | 'required' } = {},
): Promise<Central> {
  const made = await madeService(own === undefined ? {} : { [CONFIG_FILE]: own }, onboarding);
  const central = made.github.repository('acme/.github', { files: { 'faultline.yml': text } });
  const installations = installationsOf(made.github);
  for (const found of await installations.list())
    if (found.repo === '.github') made.service.add(await installations.hostFor(found));
  const platform = made.github.person('platform', 'write', central);
  const push = (files: Readonly<Record<string, string>>): void => void platform.push('main', files);
  return { ...made, central, push };
}

/** The files of `acme/.github` do not answer from now on. */
function breakCentral({ github }: MadeService): void {
  const path = /acme\/\.github\/contents/;
  github.faults.add({ when: { path }, times: 100, does: { kind: 'status', status: 500 } });
}

const MONITOR = 'policy: {default: {mode: monitor}}\n';
const PROPOSE = 'policy: {default: {mode: propose}}\n';

function dashboardOf({ repository }: MadeService): string {
  return repository.issues().find(({ title }) => title.includes('dashboard'))!.body;
}

const heads = ({ repository }: MadeService): readonly string[] =>
  repository.pulls().map(({ title }) => title);

describe("the defaults of an organisation's .github repository", () => {
  test('apply where the repository says nothing, and the dashboard names the file', async () => {
    const made = await withCentral(MONITOR);
    await made.service.scan('prod');
    expect(heads(made)).toEqual([]);
    expect(dashboardOf(made)).toContain('`policy.default` of `acme/.github:faultline.yml`');
    expect(made.errors).toEqual([]);
  });

  test('give way to what the repository says itself', async () => {
    const made = await withCentral(MONITOR, { own: PROPOSE });
    await made.service.scan('prod');
    expect(heads(made)).toHaveLength(1);
  });

  test('start nothing in a repository without a file, which is offered one that overrides none of them', async () => {
    const made = await withCentral('policy: {default: {mode: propose}}\n', { onboarding: 'required' });
    await made.service.onboard('acme/infra');
    await made.service.scan('prod');
    expect(heads(made)).toEqual(['Configure Faultline']);
    const offered = made.repository.files('faultline/configure').get(CONFIG_FILE)!;
    expect(offered).toContain('# The defaults in acme/.github:faultline.yml apply.');
    expect(parseConfig(offered, CONFIG_FILE).config?.policy).toEqual({ rules: [] });
    made.ana.merge(1);
    await made.service.scan('prod');
    expect(heads(made)).toHaveLength(2);
  });

  test('are no infrastructure: nothing is opened in that repository', async () => {
    const made = await withCentral(PROPOSE, { onboarding: 'required' });
    await made.service.onboard('acme/.github');
    await made.service.scan('prod');
    expect([made.central.issues(), made.central.pulls()]).toEqual([[], []]);
  });

  test('apply at once after a push there', async () => {
    const made = await withCentral(MONITOR);
    await made.service.scan('prod');
    expect(heads(made)).toEqual([]);
    made.push({ 'faultline.yml': PROPOSE });
    await made.service.nudge('acme/.github');
    expect(heads(made)).toHaveLength(1);
  });

  test('apply within a minute without a webhook', async () => {
    const made = await withCentral(MONITOR);
    await made.service.scan('prod');
    made.push({ 'faultline.yml': PROPOSE });
    made.github.clock.advance(MINUTE);
    await made.service.nudge('acme/infra');
    expect(heads(made)).toHaveLength(1);
  });

  test('a push there that changes nothing is followed by nothing', async () => {
    const made = await withCentral(MONITOR);
    await made.service.scan('prod');
    const before = made.github.journal.length;
    made.push({ 'README.md': 'hello' });
    await made.service.nudge('acme/.github');
    const asked = made.github.journal.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path.includes('/infra'))).toEqual([]);
  });

  test('that are invalid make every mode monitor, and the dashboard names the line', async () => {
    const made = await withCentral('policy:\n  default: {mode: all}\n', { own: 'reports: false\n' });
    await made.service.scan('prod');
    expect(heads(made)).toEqual([]);
    expect(dashboardOf(made)).toContain('acme/.github:faultline.yml:2');
  });

  test('that GitHub does not give stay as they were read last, over a restart', async () => {
    const made = await withCentral(MONITOR);
    await made.service.scan('prod');
    breakCentral(made);
    const again = await made.startAgain(made.store);
    await again.service.scan('prod');
    expect(heads(again)).toEqual([]);
    expect(again.errors.join()).toContain('acme/.github');
  });

  test('that could never be read are unknown, not absent: nothing is proposed', async () => {
    const made = await withCentral(MONITOR);
    breakCentral(made);
    await made.service.scan('prod');
    expect(heads(made)).toEqual([]);
  });
});

describe('a pull request', () => {
  /** The check of a pull request with these files. */
  async function checkOf(
    made: Central,
    repository: StandInRepository,
    files: Readonly<Record<string, string>>,
  ) {
    const person = made.github.person('bo', 'write', repository);
    const head = person.push('change', files, { from: repository.head()! });
    const number = person.openPull('Change', 'change');
    const { slug } = repository;
    await made.service.checkConfiguration({ repository: slug, head, number, again: null });
    return repository.checkRuns(head).at(-1);
  }

  test('to the defaults has a check with the errors at their lines', async () => {
    const made = await withCentral(MONITOR);
    const check = await checkOf(made, made.central, { 'faultline.yml': 'policy: {}\nlimit: {}\n' });
    expect(check).toMatchObject({
      conclusion: 'failure',
      annotations: [{ path: 'faultline.yml', line: 2 }],
    });
  });

  test('to a file that the configuration extends has a check that says what changes', async () => {
    const made = await withCentral('reports: false\n', { own: 'extends: base.yml\n' });
    made.ana.push('main', { 'base.yml': MONITOR });
    const check = await checkOf(made, made.repository, { 'base.yml': PROPOSE });
    expect(check?.summary).toContain('pull requests, which a person merges (before: monitor)');
  });

  test('that extends what is not there fails its check, and names the line', async () => {
    const made = await withCentral(MONITOR);
    const check = await checkOf(made, made.repository, { [CONFIG_FILE]: 'extends: acme/.github:nope.yml\n' });
    expect(check).toMatchObject({ conclusion: 'failure', annotations: [{ path: CONFIG_FILE, line: 1 }] });
  });

  test('to other YAML has none', async () => {
    const made = await withCentral(MONITOR);
    expect(await checkOf(made, made.repository, { 'apps/other.yaml': 'a: 1\n' })).toBeUndefined();
  });
});

test('a file of the organisation that a repository extends applies there alone', async () => {
  const made = await withCentral('reports: false\n', { own: 'extends: acme/.github:strict.yml\n' });
  made.push({ 'strict.yml': MONITOR });
  await made.service.scan('prod');
  expect(heads(made)).toEqual([]);
  expect(dashboardOf(made)).toContain('`policy.default` of `acme/.github:strict.yml`');
});

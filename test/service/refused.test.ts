import { describe, expect, test } from 'vitest';
import { say } from './conversation.ts';
import { madeService, type MadeService } from './made-service.ts';

const MINUTE = 60_000;

/** REST and GraphQL calls that change something. */
async function writesOf({ github }: MadeService, work: () => Promise<unknown>): Promise<readonly string[]> {
  const from = github.journal.length;
  await work();
  return github.journal
    .slice(from)
    .filter(({ method, kind, path }) => kind !== 'git' && method !== 'GET' && !path.endsWith('_tokens'))
    .filter(({ operation }) => operation !== 'repository')
    .map(({ operation }) => operation ?? '');
}

function dashboard({ repository }: MadeService): string {
  return repository.issues().find(({ title }) => title === 'Faultline dashboard')?.body ?? '';
}

const CREATION = {
  branch: /^faultline\//,
  what: 'creation',
  words: 'Cannot create ref due to creations being restricted.',
} as const;

describe('what a ruleset refuses', { timeout: 120_000 }, () => {
  test('costs three calls, is remembered with back-off, and stands on the dashboard', async () => {
    const made = await madeService();
    const { github, repository, service } = made;
    repository.configure({ refuses: CREATION });
    const first = await writesOf(made, () => service.scan('prod'));
    const refused = ['git/create-tree', 'git/create-commit', 'git/create-ref'];
    expect(first).toEqual([...refused, 'issues/create']);
    expect(dashboard(made)).toContain('creations being restricted');
    for (let times = 0; times < 3; times += 1) {
      github.clock.advance(MINUTE);
      expect(await writesOf(made, () => service.scan('prod'))).toEqual([]);
    }
    github.clock.advance(15 * MINUTE);
    expect(await writesOf(made, () => service.scan('prod'))).toEqual(refused);
    github.clock.advance(20 * MINUTE);
    expect(await writesOf(made, () => service.scan('prod'))).toEqual([]);
    // Another process remembers it too.
    const again = await made.startAgain(made.store);
    expect(await writesOf(again, () => again.service.scan('prod'))).toEqual([]);
    repository.configure({ refuses: null });
    github.clock.advance(60 * MINUTE);
    await again.service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
    expect(dashboard(made)).not.toContain('restricted');
  });

  test('is tried again when the configuration is another one', async () => {
    const made = await madeService();
    const { repository, service, ana } = made;
    repository.configure({ refuses: CREATION });
    await service.scan('prod');
    repository.configure({ refuses: null });
    await service.scan('prod');
    expect(repository.pulls()).toEqual([]);
    ana.push('main', { '.github/faultline.yml': 'limits: {perHour: 19}\n' });
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
  });

  test('leaves nothing behind where it is the commit that is refused', async () => {
    const made = await madeService();
    const { github, repository, service } = made;
    repository.configure({
      refuses: { branch: /^faultline\//, what: 'commit', words: 'Commits must have verified signatures.' },
    });
    await service.scan('prod');
    expect(repository.branches()).toEqual(['main']);
    expect(dashboard(made)).toContain('Commits must have verified signatures');
    github.clock.advance(MINUTE);
    expect(await writesOf(made, () => service.scan('prod'))).toEqual([]);
    repository.configure({ refuses: null });
    github.clock.advance(15 * MINUTE);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
  });

  test('on an open pull request stands in its status comment, and its description stays', async () => {
    const made = await madeService();
    const { github, repository, service, record, ana } = made;
    await service.scan('prod');
    const [pull] = repository.pulls();
    github.clock.advance(10 * MINUTE);
    repository.configure({
      refuses: { branch: /^faultline\//, what: 'update', words: 'File paths are restricted.' },
    });
    ana.push('main', { 'apps/cart.yaml': `# hands\n${repository.files().get('apps/cart.yaml')}` });
    record('512Mi', 7);
    await service.scan('prod');
    github.clock.advance(MINUTE);
    expect(await writesOf(made, () => service.scan('prod'))).toEqual([]);
    expect(repository.comments(pull!.number).map(({ body }) => body)).toEqual([
      expect.stringContaining('File paths are restricted'),
    ]);
  });

  test('is tried again when somebody asks for it', async () => {
    const made = await madeService();
    const { repository, service, github, ana } = made;
    await service.scan('prod');
    const [pull] = repository.pulls();
    github.clock.advance(10 * MINUTE);
    repository.configure({
      refuses: { branch: /^faultline\//, what: 'update', words: 'File paths are restricted.' },
    });
    ana.push('main', { 'apps/cart.yaml': `# hands\n${repository.files().get('apps/cart.yaml')}` });
    await service.scan('prod');
    repository.configure({ refuses: null });
    expect(await writesOf(made, () => service.scan('prod'))).toEqual([]);
    await say(made, pull!.number, ana, '/rca retry');
    expect(repository.files(repository.pull(pull!.number).head).get('apps/cart.yaml')).toContain('# hands');
  });
});

test(
  'a pull request that a person closed is shown as closed by that person',
  { timeout: 60_000 },
  async () => {
    const made = await madeService();
    const { repository, service, ana, github } = made;
    await service.scan('prod');
    const [pull] = repository.pulls();
    ana.close(pull!.number);
    github.clock.advance(MINUTE);
    await service.scan('prod');
    expect(dashboard(made)).toMatch(
      new RegExp(`### Closed by people\\n\\n- \\[#${pull!.number}\\].*Closed by \`ana\` on \\d{4}-`, 's'),
    );
    expect(dashboard(made)).not.toContain('### Waiting');
    // The lost store is no reason to forget who it was.
    const again = await made.startAgain();
    await again.service.scan('prod');
    expect(dashboard(again)).toContain('Closed by `ana`');
    ana.reopen(pull!.number);
    await again.service.scan('prod');
    expect(dashboard(again)).toContain('### Proposed');
  },
);

import { describe, expect, test } from 'vitest';
import { entriesIn, type Entry } from '../../src/store/entries.ts';
import { deployment } from '../pull-requests/proposals.ts';
import { kustomization, FILE, otherIncident, Story } from './story.ts';

const CART = 'prod-eu Deployment/shop/cart';

async function entries(story: Story, kind: Entry['kind']): Promise<readonly Entry['said'][]> {
  const found: Entry['said'][] = [];
  for await (const entry of entriesIn((await story.store).audit.records()))
    if (entry.kind === kind) found.push(entry.said);
  return found;
}

async function verdicts(story: Story): Promise<readonly string[]> {
  return (await (await story.store).judgements.of([CART])).map(({ verdict }) => verdict);
}

async function opened(): Promise<Story> {
  const story = new Story();
  await story.run();
  return story;
}

async function held(): Promise<Story> {
  const story = await opened();
  story.pass(10);
  story.github.merge(1);
  story.live = '2.14.3';
  story.isFailing = false;
  await story.run();
  story.pass(60);
  await story.run();
  return story;
}

describe('what is on record of a pull request', () => {
  test('is for whom it was opened, and where', async () => {
    expect(await entries(await opened(), 'pull-request')).toMatchObject([
      {
        opened: true,
        repository: 'acme/infra',
        number: 1,
        site: { file: FILE },
        incident: { rule: 'image-pull', cluster: 'prod-eu', object: { kind: 'Deployment', name: 'cart' } },
      },
    ]);
  });

  test('is a merge, once, as it was proposed', async () => {
    const story = await held();
    await story.run();
    expect(await entries(story, 'pull-request')).toMatchObject([
      { opened: true },
      { ended: 'merged', repository: 'acme/infra', number: 1, edited: false, closedBy: null },
    ]);
  });

  test('is a merge with commits of somebody else', async () => {
    const story = await opened();
    const [branch] = story.github.ownBranches();
    story.github.push(branch!, { [FILE]: kustomization('2.14.2') }, 'ana');
    story.github.merge(1);
    await story.run();
    expect(await entries(story, 'pull-request')).toContainEqual(
      expect.objectContaining({ ended: 'merged', number: 1, edited: true }),
    );
  });

  test('is who closed it', async () => {
    const byPerson = await opened();
    byPerson.github.close(1);
    await byPerson.run();
    expect((await entries(byPerson, 'pull-request')).at(-1)).toMatchObject({
      ended: 'closed',
      closedBy: 'person',
    });
    const byUs = await opened();
    byUs.github.push('main', { [FILE]: kustomization('2.14.3') }, 'ana');
    byUs.isFailing = false;
    await byUs.run();
    expect((await entries(byUs, 'pull-request')).at(-1)).toMatchObject({
      ended: 'closed',
      closedBy: 'faultline',
    });
    expect(await verdicts(byUs)).toEqual([]);
  });
});

describe('a fix is judged', () => {
  test('by nobody while it is open', async () => {
    expect(await verdicts(await opened())).toEqual([]);
  });

  test('as held once it was verified', async () => {
    expect(await verdicts(await held())).toEqual(['held']);
  });

  test('as rejected when a person closes it', async () => {
    const story = await opened();
    story.github.close(1);
    await story.run();
    expect(await verdicts(story)).toEqual(['rejected']);
  });

  test('as failed when the failure goes on', async () => {
    const story = await opened();
    story.github.merge(1);
    story.live = '2.14.3';
    story.isFailing = false;
    story.extra = [
      otherIncident(deployment('cart'), { firstSeen: story.github.now + 1, container: 'server' }),
    ];
    await story.run();
    story.pass(11);
    await story.run();
    expect(await verdicts(story)).toEqual(['failed']);
  });

  test('as reverted when somebody takes it back, and that is on record once', async () => {
    const story = await held();
    story.github.push('main', { [FILE]: kustomization('2.15.1') }, 'ana');
    story.live = '2.15.1';
    story.isFailing = true;
    await story.run();
    await story.run();
    expect(await verdicts(story)).toEqual(['reverted']);
    const taken = (await entries(story, 'pull-request')).filter((said) => 'takenBack' in said);
    expect(taken).toEqual([{ takenBack: true, repository: 'acme/infra', number: 1, by: null }]);
  });
});

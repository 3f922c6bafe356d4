import { describe, expect, test } from 'vitest';
import { say, withPull } from './conversation.ts';
import { madeService, type MadeService } from './made-service.ts';
import { all } from '../store/contract/open.ts';

/** Everything that people, or whoever reads logs and backups, could see. */
async function seen({ repository, errors, store }: MadeService): Promise<string> {
  const comments = repository.issues().flatMap(({ number }) => repository.comments(number));
  const commits = repository.branches().flatMap((branch) => repository.log(branch));
  const audit = await all(store.audit.records());
  const proposals = await store.proposals.list({ repository: repository.slug });
  return JSON.stringify([
    repository.pulls(),
    repository.issues(),
    comments,
    commits,
    errors,
    audit,
    proposals,
  ]);
}

/** The token as it is, and as git sends it. */
async function secretsOf({ host }: MadeService): Promise<readonly [token: string, basic: string]> {
  const { token } = await host.cloneAccess();
  return [token!, Buffer.from(`x-access-token:${token}`).toString('base64')];
}

function heldBy(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => text.includes(secret));
}

describe('the token of the installation is not told', () => {
  test('when GitHub’s refusal of a proposal repeats it', async () => {
    const made = await madeService();
    const { github, service, errors } = made;
    const secrets = await secretsOf(made);
    const body = { message: `Not with ${secrets[0]}`, documentation_url: 'https://docs.github.com' };
    const when = { operation: 'git/create-tree' };
    github.faults.add({ when, times: 9, does: { kind: 'answer', status: 422, body } });
    await service.scan('prod');
    expect(errors).toEqual([expect.stringContaining('Not with ***')]);
    expect(heldBy(await seen(made), secrets)).toEqual([]);
  });

  test('when GitHub’s refusal of an order repeats it', async () => {
    const made = await withPull();
    const { github, repository, number, ana } = made;
    const secrets = await secretsOf(made);
    const body = { message: `Not with ${secrets[0]}`, documentation_url: 'https://docs.github.com' };
    const when = { operation: 'git/create-tree' };
    github.faults.add({ when, times: 9, does: { kind: 'answer', status: 422, body } });
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    expect(repository.comments(number).at(-1)!.body).toMatch(/Not with `?\*{3}/);
    expect(heldBy(await seen(made), secrets)).toEqual([]);
  });

  test('when a clone is refused with it', async () => {
    const made = await madeService();
    const { github, service, ana, repository, errors } = made;
    const secrets = await secretsOf(made);
    const body = `Not with ${secrets[0]}, not with ${secrets[1]}`;
    github.faults.add({ when: { kind: 'git' }, times: 99, does: { kind: 'answer', status: 403, body } });
    await service.scan('prod');
    const issue = ana.openIssue('cart is slow');
    await say(made, issue, ana, '/rca shop/cart');
    expect(errors[0]).toContain('Not with ***, not with ***');
    expect(repository.comments(issue).at(-1)!.body).toContain('could not fetch');
    expect(heldBy(await seen(made), secrets)).toEqual([]);
  });
});

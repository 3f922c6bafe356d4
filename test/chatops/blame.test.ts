import { describe, expect, test } from 'vitest';
import type { CommandActions } from '../../src/chatops/actions.ts';
import type { Answer, Context } from '../../src/chatops/command.ts';
import { declined } from '../../src/model/declined.ts';
import type { Blame } from '../../src/model/layers.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { oddSentences } from '../odd-sentences.ts';
import { BLAME, PATCH } from '../output/made-blame.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { actionsOf, commandOf, contextOf } from './made-actions.ts';

async function answer(
  rest: string,
  actions: Partial<CommandActions> = {},
  more: Partial<Context> = {},
): Promise<Answer & { readonly asked: unknown[][] }> {
  const made = actionsOf(actions);
  const context = { ...contextOf(rest, { actions: made.actions }), ...more } as ReturnType<typeof contextOf>;
  const result = await commandOf('blame').run(context);
  expect(oddSentences(result.text)).toEqual([]);
  return { ...result, asked: made.asked };
}

const answering = (result: Blame): Partial<CommandActions> => ({
  blame: async () => ({ kind: 'answered', answers: [{ cluster: null, result }] }),
});

describe('/rca blame', () => {
  test('links each line at the newest commit, with who wrote it and the pull request', async () => {
    const { outcome, text } = await answer('Deployment harbour/lamp spec.replicas');
    expect(outcome).toBe('done');
    expect(text).toContain(
      'https://github.com/acme/infra/blob/fedcba9876543210fedcba9876543210fedcba98/prod/more.yaml#L12',
    );
    expect(text).toContain('https://github.com/acme/infra/pull/12');
    expect(text).toContain('`Ada`');
    expect(text.indexOf('prod/more.yaml')).toBeLessThan(text.indexOf('base/lamp.yaml'));
  });

  test('asks about the object that is named', async () => {
    const { asked } = await answer(
      'Deployment harbour/lamp `spec.template.spec.containers[name=lamp].image`',
    );
    expect(asked).toEqual([
      [
        'blame',
        { kind: 'Deployment', namespace: 'harbour', name: 'lamp' },
        'spec.template.spec.containers[name=lamp].image',
      ],
    ]);
  });

  test('takes the end of a field of the incident', async () => {
    const { asked } = await answer('limits.memory');
    expect(asked).toEqual([
      [
        'blame',
        expect.objectContaining({ kind: 'Deployment' }),
        expect.stringMatching(/^spec\..*\.resources\.limits\.memory$/),
      ],
    ]);
  });

  test('takes any other field of the failing object', async () => {
    const { asked } = await answer('spec.replicas');
    expect(asked).toEqual([['blame', expect.objectContaining({ kind: 'Deployment' }), 'spec.replicas']]);
  });

  test.each(['', 'spec..replicas', 'spec replicas', '[', 'x'.repeat(501), 'Deployment harbour/lamp'])(
    'refuses %j, which is no field, and asks nothing',
    async (rest) => {
      const { outcome, asked } = await answer(rest);
      expect([outcome, asked]).toEqual(['refused', []]);
    },
  );

  test('refuses a field alone where nothing tells the object', async () => {
    const { outcome, text } = await answer('spec.replicas', {}, { subject: null });
    expect(outcome).toBe('refused');
    expect(text).toContain('name the object');
  });

  test('tells why there is no answer', async () => {
    const result = declined('object-not-found', 'no root renders a Deployment x');
    const { outcome, text } = await answer('Deployment harbour/x spec.replicas', {
      blame: async () => ({ kind: 'answered', answers: [{ cluster: null, result }] }),
    });
    expect(outcome).toBe('refused');
    expect(text).toContain('no root renders a Deployment');
  });

  test('tells what could not be read', async () => {
    const { outcome, text } = await answer('Deployment harbour/x spec.replicas', {
      blame: async () => ({ kind: 'unreadable', why: prose`the API server did not answer` }),
    });
    expect([outcome, text.includes('did not answer')]).toEqual(['refused', true]);
  });

  test('says whose answer is whose where two clusters have the object', async () => {
    const { text } = await answer('Deployment harbour/lamp spec.replicas', {
      blame: async () => ({
        kind: 'answered',
        answers: ['north', 'south'].map((cluster) => ({ cluster, result: BLAME })),
      }),
    });
    expect(text).toMatch(/### `north`[^]*### `south`/);
  });

  test('shows no value that is a secret by its name', async () => {
    const layer = { ...PATCH, value: 'hunter2', written: 'hunter2', before: 'hunter1' };
    const secret = { ...BLAME, field: 'data.password', value: 'hunter2', layers: [layer] };
    expect((await answer('Secret harbour/x data.password', answering(secret))).text).not.toContain('hunter');
  });

  test('lets no value, author or subject ping anybody or break out', async () => {
    const hostile = '@acme/everyone `</details><img src=x> [x](https://evil.example)';
    const commit = { ...PATCH.commit!, author: hostile, subject: hostile };
    const layer = { ...PATCH, value: hostile, written: hostile, before: hostile, commit };
    const { text } = await answer(
      'Deployment harbour/lamp spec.replicas',
      answering({
        ...BLAME,
        value: hostile,
        layers: [layer],
        history: [{ value: hostile, commit, pullRequest: 1 }],
      }),
    );
    const nodes = allNodes(parseGfm(text));
    const links = nodes.flatMap((node) => ('url' in node ? [String(node.url)] : []));
    expect(links.filter((url) => !url.startsWith('https://github.com/acme/infra/'))).toEqual([]);
    const words = nodes.flatMap((node) =>
      node.type === 'text' ? [String((node as { value?: unknown }).value)] : [],
    );
    expect(words.filter((value) => value.includes('@acme'))).toEqual([]);
  });
});

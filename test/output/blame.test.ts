import { describe, expect, test } from 'vitest';
import type { Blame } from '../../src/model/layers.ts';
import { blameJson, blameText } from '../../src/output/blame.ts';
import { BASE, BLAME, COMMIT, PATCH } from './made-blame.ts';

describe('blameText', () => {
  test('has a line for each layer, the winner first, then the history', () => {
    expect(blameText(BLAME, { colour: false })).toBe(
      `Deployment harbour/lamp  spec.replicas = 4
  wins    prod/more.yaml:12:23  4  patch, overlay  01234567  2026-03-01  Ada  #12  (was 3)
  hidden  base/lamp.yaml:6:13   1  resource, base                                  (not committed)

history
  4  01234567  2026-03-01  Ada  #12  Raise the beam (#12)
`,
    );
  });

  test('does not call a line uncommitted where there is no git', () => {
    expect(blameText({ ...BLAME, head: null, layers: [BASE] }, { colour: false })).not.toContain('committed');
  });

  test('says which line is no more than likely', () => {
    const likely = { ...BASE, isConfirmed: false, site: { ...BASE.site, likely: 'it has the value' } };
    expect(blameText({ ...BLAME, layers: [likely] }, { colour: false })).toContain(
      'likely: it has the value',
    );
  });

  test('masks a value that is a secret by its name, wherever it stands', () => {
    const layer = { ...PATCH, value: 'hunter2', written: 'hunter2', before: 'hunter1' };
    const secret: Blame = {
      ...BLAME,
      field: 'data.password',
      value: 'hunter2',
      layers: [layer],
      history: [{ value: 'hunter1', commit: COMMIT, pullRequest: null }],
    };
    expect(blameText(secret, { colour: false })).not.toContain('hunter');
    expect(JSON.stringify(blameJson(secret))).not.toContain('hunter');
  });
});

test('shows no value of a Secret, whatever its key is called', () => {
  const object = { ...BLAME.object, apiVersion: 'v1', kind: 'Secret' };
  const layer = { ...PATCH, value: 'tide-table', written: 'tide-table' };
  const secret: Blame = { ...BLAME, object, field: 'stringData.mode', value: 'tide-table', layers: [layer] };
  expect(blameText(secret, { colour: false })).not.toContain('tide-table');
  expect(JSON.stringify(blameJson(secret))).not.toContain('tide-table');
});

describe('blameJson', () => {
  test('is the contract with what extends it', () => {
    expect(blameJson(BLAME)).toEqual({
      object: BLAME.object,
      field: 'spec.replicas',
      value: 4,
      layers: [
        {
          site: PATCH.site,
          value: 4,
          wins: true,
          commit: {
            commit: COMMIT.sha,
            author: 'Ada',
            at: '2026-03-01T10:00:00Z',
            subject: 'Raise the beam (#12)',
          },
          pullRequest: 12,
          kind: 'strategic-merge-patch',
          origin: 'overlay',
          written: 4,
          before: 3,
          confirmed: true,
          url: 'https://github.com/acme/infra/blob/fedcba9876543210fedcba9876543210fedcba98/prod/more.yaml#L12',
        },
        expect.objectContaining({ wins: false, commit: null, pullRequest: null, before: null, url: null }),
      ],
      history: [
        { value: 4, commit: expect.objectContaining({ commit: COMMIT.sha }) as unknown, pullRequest: 12 },
      ],
    });
  });

  test('declines as locate does', () => {
    const declined = { kind: 'declined', code: 'no-site', reason: 'nothing here', candidates: [] } as const;
    expect(blameJson(declined)).toEqual({
      declined: { code: 'no-site', reason: 'nothing here', candidates: [] },
    });
  });
});

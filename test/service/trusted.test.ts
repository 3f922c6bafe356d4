import { expect, test } from 'vitest';
import { workloadKey } from '../../src/model/workload-key.ts';
import { madeService } from './made-service.ts';

test.each(['rejected', 'reverted'] as const)(
  'a pull request says that an earlier fix was %s',
  async (verdict) => {
    const made = await madeService({});
    const workload = workloadKey('prod', { kind: 'Deployment', namespace: 'shop', name: 'cart' });
    await made.store.judgements.note(
      { repository: 'acme/infra', pullRequest: 7, workload, rule: 'oom-killed' },
      0,
    );
    await made.store.judgements.settle('acme/infra', 7, verdict, 1);
    await made.service.scan('prod');
    expect(made.repository.pulls()[0]!.body).toMatch(
      /0 of 1 earlier fix of this kind held here: confidence 0\.\d\d → 0\.\d\d/,
    );
  },
);

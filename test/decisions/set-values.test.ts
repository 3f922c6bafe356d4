import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withValues } from '../../src/decisions/set-values.ts';
import { parseQuantity } from '../../src/kubernetes/quantities.ts';
import { changeOf } from '../../src/model/change.ts';

const FIELD = 'spec.template.spec.containers[name=server].resources.limits.memory';
const HOSTILE = ['999Gi', '-1Gi', 'hello', '1e100', '0', '1Ei', ' 1Gi', '+1Gi', '640Mi', '1e400', 'NaN', ''];

describe('whatever text somebody asks for', () => {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };
  const limits = { openPullRequests: 10, perHour: 20, memoryFactor: 2 };
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.integer(), fc.constantFrom('Mi', 'Gi', 'm', '', 'e9', 'Ei')).map((parts) => parts.join('')),
    fc.double().map(String),
    fc.constantFrom(...HOSTILE),
  );

  test('memory stays a quantity between what it is and the cap', () => {
    const changes = [changeOf(object, FIELD, '512Mi', '768Mi')];
    fc.assert(
      fc.property(text, (value) => {
        const { changes: now } = withValues(
          { changes, terms: { settable: { to: 'amount' } } },
          [{ field: FIELD, value }],
          limits,
          null,
        );
        const amount = parseQuantity(now[0]!.after)!;
        return amount >= 512 * 2 ** 20 && amount <= 1024 * 2 ** 20;
      }),
    );
  });

  test('numbers stay whole numbers in their range', () => {
    const field = 'spec.maxReplicas';
    const changes = [changeOf(object, field, 8, 14)];
    fc.assert(
      fc.property(text, (value) => {
        const settable = { to: 'number', times: 2 } as const;
        const [now] = withValues({ changes, terms: { settable } }, [{ field, value }], limits, null).changes;
        return Number.isInteger(now!.after) && Number(now!.after) >= 8 && Number(now!.after) <= 16;
      }),
    );
  });

  test('an image stays the same image', () => {
    const field = 'spec.template.spec.containers[name=server].image';
    const changes = [changeOf(object, field, 'registry.example/cart:1', 'registry.example/cart:2')];
    fc.assert(
      fc.property(text, (value) => {
        const { changes: now } = withValues(
          { changes, terms: { settable: { to: 'tag' } } },
          [{ field, value }],
          limits,
          null,
        );
        return /^registry\.example\/cart[:@][\w.:-]+$/.test(String(now[0]!.after));
      }),
    );
  });

  test('fields that the finding does not want stay as they are', () => {
    const changes = [changeOf(object, FIELD, '512Mi', '768Mi')];
    fc.assert(
      fc.property(fc.string(), text, (field, value) => {
        const { changes: now } = withValues(
          { changes, terms: { settable: { to: 'amount' } } },
          [{ field: `spec.replicas${field}`, value }],
          limits,
          null,
        );
        expect(now).toEqual(changes);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MEBIBYTE, parseQuantity } from '../../src/kubernetes/quantities.ts';
import { printLike, sizeMemory } from '../../src/witnesses/memory-size.ts';

const mebi = (amount: number): number => amount * MEBIBYTE;

function sized(
  limit: string,
  request: string | null,
  p99: string | null = null,
  recommended: string | null = null,
) {
  const { limit: newLimit, request: newRequest } = sizeMemory({
    limit: parseQuantity(limit)!,
    request: parseQuantity(request),
    p99: parseQuantity(p99),
    recommendedRequest: parseQuantity(recommended),
  });
  return [printLike(limit, newLimit), newRequest === null ? null : printLike(request, newRequest)];
}

describe('the next memory size', () => {
  test.each([
    ['512Mi', '256Mi', '768Mi', '384Mi'],
    ['64Mi', '32Mi', '256Mi', '128Mi'],
    ['64Mi', null, '256Mi', null],
    ['100Mi', '50Mi', '256Mi', '128Mi'],
    ['128Mi', '128Mi', '256Mi', '256Mi'],
    ['256Mi', '128Mi', '384Mi', '192Mi'],
    ['1Gi', '1Gi', '1408Mi', '1408Mi'],
    ['1280Mi', null, '1664Mi', null],
    ['500M', '250M', '640Mi', '320Mi'],
    ['536870912', '268435456', '768Mi', '384Mi'],
  ])('of %s with a request of %s is %s with %s', (limit, request, newLimit, newRequest) => {
    expect(sized(limit, request)).toEqual([newLimit, newRequest]);
  });

  test('takes a P99 below the limit for what it is: cut off by the limit', () => {
    expect(sized('512Mi', null, '498Mi')).toEqual(['768Mi', null]);
  });

  test('counts a P99 above the limit in full: it was measured under another limit', () => {
    expect(sized('512Mi', null, '900Mi')).toEqual(['1280Mi', null]);
  });

  test('takes a recommendation for the request, and the limit by ratio', () => {
    expect(sized('512Mi', '256Mi', null, '500Mi')).toEqual(['1024Mi', '512Mi']);
  });

  test('is not lowered by a recommendation', () => {
    expect(sized('512Mi', '256Mi', null, '100Mi')).toEqual(['768Mi', '384Mi']);
  });

  const need = fc.record({
    limit: fc.integer({ min: 1, max: 64 * 1024 }).map(mebi),
    share: fc.double({ min: 0.01, max: 1, noNaN: true }),
    p99: fc.option(fc.integer({ min: 0, max: 128 * 1024 }).map(mebi)),
    recommendedRequest: fc.option(fc.integer({ min: 0, max: 128 * 1024 }).map(mebi)),
  });

  test('is always at least 128Mi and 30 % more than the limit before, and a multiple of 128Mi', () => {
    fc.assert(
      fc.property(need, ({ limit, share, ...rest }) => {
        const { limit: after } = sizeMemory({ limit, request: limit * share, ...rest });
        expect(after % mebi(128)).toBe(0);
        expect(after).toBeGreaterThanOrEqual(limit + mebi(128));
        expect(after).toBeGreaterThanOrEqual(1.3 * Math.max(limit, rest.p99 ?? 0) - 1);
      }),
    );
  });

  test('never lowers the request, never puts it above the limit, and keeps its ratio to within one step', () => {
    fc.assert(
      fc.property(need, ({ limit, share, ...rest }) => {
        const request = limit * share;
        const after = sizeMemory({ limit, request, ...rest });
        expect(after.request).toBeGreaterThanOrEqual(request - 1);
        expect(after.request).toBeLessThanOrEqual(after.limit);
        expect(Math.abs(after.request! - (after.limit * request) / limit)).toBeLessThanOrEqual(mebi(16) + 1);
      }),
    );
  });

  test('keeps a Guaranteed pod Guaranteed', () => {
    fc.assert(
      fc.property(need, ({ limit, p99, recommendedRequest }) => {
        const after = sizeMemory({ limit, request: limit, p99, recommendedRequest });
        expect(after.request).toBe(after.limit);
      }),
    );
  });

  test('is printed in Mi, and in Gi only where the value before was and it is whole', () => {
    expect(printLike('512Mi', mebi(1024))).toBe('1024Mi');
    expect(printLike('4Gi', mebi(6144))).toBe('6Gi');
    expect(printLike('4Gi', mebi(5376))).toBe('5376Mi');
    expect(printLike(1000, mebi(256))).toBe('256Mi');
  });

  test('is printed as a quantity that reads back as the same bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom('1Mi', '1Gi', '1M', 1),
        (steps, before) => {
          expect(parseQuantity(printLike(before, mebi(128) * steps))).toBe(mebi(128) * steps);
        },
      ),
    );
  });
});

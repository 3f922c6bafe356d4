import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../../src/cluster/prometheus/answer.ts';

const matrix = { resultType: 'matrix', result: [{ metric: { pod: 'crane-1' }, values: [[60, '1']] }] };

function reading(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readAnswer({ status, text, header: (name) => headers[name] ?? null });
}

describe('an answer in part is none', () => {
  test.each([
    [
      'of Thanos, which warns of a store that is away',
      { warnings: ['receive series from Addr: store-1: timeout'] },
    ],
    ['of VictoriaMetrics, which says so', { isPartial: true }],
  ])('%s', (_what, more) => {
    expect(reading({ status: 'success', data: matrix, ...more })).toMatchObject({
      reason: expect.stringMatching(/^it answered in part: /) as unknown,
      about: 'query',
    });
  });

  test.each([
    ['a remark on the query', { warnings: ['PromQL info: metric might not be a counter'] }],
    ['infos', { infos: ['PromQL info: metric might not be a counter'] }],
    ['the word that it is whole', { isPartial: false }],
    ['no warning at all', { warnings: [] }],
  ])('unlike one with %s', (_what, more) => {
    expect(reading({ status: 'success', data: matrix, ...more })).toHaveProperty('series');
  });
});

describe('what went wrong is', () => {
  const error = (errorType: string, error: string) => ({ status: 'error', errorType, error });

  test.each([
    [422, error('execution', 'too many samples')],
    [400, error('bad_data', 'parse error')],
    [413, '<html>'],
    [414, ''],
  ])('the query, for %i', (status, body) => {
    expect(reading(body, status)).toMatchObject({ about: 'query' });
  });

  test.each([
    [503, error('timeout', 'query timed out')],
    [500, error('internal', 'no space left on device')],
    [429, 'slow down'],
    [401, ''],
    [404, '<html>'],
    [400, '<html>a proxy</html>'],
    [200, '<html>Sign in</html>'],
    [200, '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"val'],
    [302, ''],
  ])('the server, for %i %j', (status, body) => {
    expect(reading(body, status)).toMatchObject({ about: 'server' });
  });

  test('told with what the server says, and when it wants to be asked again', () => {
    expect(reading(error('timeout', 'query timed out'), 503, { 'retry-after': '7' })).toEqual({
      reason: '503 query timed out',
      about: 'server',
      retryAfter: 7,
    });
  });
});

test('samples that are no number are gaps', () => {
  const values = [
    [60, 'NaN'],
    [120, '+Inf'],
    [180, '5'],
    [240, '-Inf'],
  ];
  const data = { resultType: 'matrix', result: [{ metric: { pod: 'crane-1' }, values }] };
  expect(reading({ status: 'success', data })).toEqual({
    series: [{ labels: { pod: 'crane-1' }, samples: [[180_000, 5]] }],
  });
});

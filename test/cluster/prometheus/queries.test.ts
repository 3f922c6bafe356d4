import { describe, expect, test } from 'vitest';
import { batchQuery, purposeQuery, type QueryTerms } from '../../../src/cluster/prometheus/queries.ts';
import type { MetricRequest } from '../../../src/model/cluster-state.ts';

const NOW = Date.parse('2026-03-04T10:07:31Z');
const WEEK = 7 * 24 * 3600;
const base = new URL('http://metrics.example');
const use = (container: string, namespace = 'pier'): MetricRequest => ({
  metric: 'container_memory_working_set_bytes',
  labels: { namespace, container },
  hours: 168,
});

function asked(batch: readonly MetricRequest[], terms?: QueryTerms): URLSearchParams {
  return batchQuery(base, batch, NOW, terms).searchParams;
}

describe('one query for several requests', () => {
  test('has all values of the label that they differ in', () => {
    expect(asked([use('crane'), use('winch')]).get('query')).toBe(
      'container_memory_working_set_bytes{namespace="pier",container=~"crane|winch",exported_namespace=""}',
    );
  });

  test('asks for nothing that none of them asked for', () => {
    expect(asked([use('crane'), use('winch', 'quay'), use('buoy')]).get('query')).toBe(
      'container_memory_working_set_bytes{namespace="pier",container=~"crane|buoy",exported_namespace=""}' +
        ' or container_memory_working_set_bytes{namespace="quay",container="winch",exported_namespace=""}',
    );
  });

  test('takes values for text, also in a regular expression', () => {
    expect(asked([use('a.b|c'), use('d"e')]).get('query')).toContain(String.raw`container=~"a\\.b\\|c|d\"e"`);
  });
});

describe('a summary', () => {
  const by = ['namespace', 'pod', 'container'];

  test('of the samples is computed by the server, over all runs of a container', () => {
    const query = asked([{ ...use('crane'), by, over: 'p99' }]);
    expect(query.get('query')).toBe(
      'quantile_over_time(0.99, (max by (namespace,pod,container) (container_memory_working_set_bytes{namespace="pier",container="crane",exported_namespace=""}))[168h:300s])',
    );
    expect(query.get('step')).toBeNull();
  });

  test('of the highest value looks at each sample', () => {
    expect(asked([{ ...use('crane'), by, over: 'maximum' }]).get('query')).toBe(
      'max by (namespace,pod,container) (max_over_time(container_memory_working_set_bytes{namespace="pier",container="crane",exported_namespace=""}[168h]))',
    );
  });

  test('cannot lose the labels by which answers are told apart', () => {
    expect(() => asked([{ ...use('crane'), by: ['pod'] }])).toThrow(TypeError);
  });
});

describe('times', () => {
  test('are multiples of the step, so that caches on the way know the query', () => {
    const query = asked([use('crane')]);
    for (const name of ['start', 'end']) expect(Number(query.get(name)) % 300).toBe(0);
    expect(NOW / 1000 - Number(query.get('end'))).toBeLessThan(300);
  });

  test('of earlier weeks are whole weeks before', () => {
    const hours = { ...use('crane'), hours: 2 };
    const [now, before] = [asked([hours]), asked([{ ...hours, weeksAgo: 3 }])];
    for (const name of ['start', 'end'])
      expect(Number(now.get(name)) - Number(before.get(name))).toBe(3 * WEEK);
  });
});

describe('a configured query', () => {
  const name = 'http_request_duration_seconds:p95';
  const queries = {
    [name]: 'histogram_quantile(0.95, sum by (le,namespace,service) (rate(hits_bucket{$labels}[5m])))',
  };
  const request = { metric: name, labels: { namespace: 'pier', service: 'crane' }, hours: 1 };

  test('stands in for the series of that name', () => {
    expect(asked([request], { queries, labels: { cluster: 'north' } }).get('query')).toBe(
      '(histogram_quantile(0.95, sum by (le,namespace,service) (rate(hits_bucket{namespace="pier",service="crane",cluster="north"}[5m]))))',
    );
  });

  test('is also what finds slow services', () => {
    const query = purposeQuery(base, 'service-latency', NOW, { queries }).searchParams.get('query');
    expect(query).toBe(
      `label_replace(${queries[name]!.replace('$labels', '')}, "__name__", "${name}", "", "")`,
    );
  });
});

describe('the address', () => {
  test.each([
    ['http://h/prometheus', '/prometheus/api/v1/query_range'],
    ['http://h/select/0/prometheus/', '/select/0/prometheus/api/v1/query_range'],
    ['http://h/api/v1', '/api/v1/query_range'],
  ])('%s leads to %s', (given, path) => {
    expect(batchQuery(new URL(given), [use('crane')], NOW).pathname).toBe(path);
  });

  test('has the configured parameters, which change none of its own', () => {
    const query = asked([use('crane')], { parameters: { dedup: 'true', step: '1d' } });
    expect([query.get('dedup'), query.get('step')]).toEqual(['true', '300']);
  });
});

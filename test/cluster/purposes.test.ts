import { describe, expect, test } from 'vitest';
import { purposeQuery } from '../../src/cluster/prometheus/queries.ts';
import { recordedFor } from '../../src/cluster/purposes.ts';
import { indexSeries } from '../../src/cluster/recorded-metrics.ts';

const NOW = Date.parse('2026-06-10T12:00:00Z');

describe('a purpose', () => {
  test('asks a live cluster for the values of now, and lets through only what may matter', () => {
    const url = purposeQuery(new URL('https://watch.example/prom/'), 'memory-near-limit', NOW);
    expect(url.pathname).toBe('/prom/api/v1/query');
    expect(url.searchParams.get('time')).toBe(String(NOW / 1000));
    expect(url.searchParams.get('query')).toContain('> 0.85 *');
  });

  test('asks for a range where the past is the baseline', () => {
    const url = purposeQuery(new URL('https://watch.example'), 'service-latency', NOW);
    expect(url.pathname).toBe('/api/v1/query_range');
    expect(Number(url.searchParams.get('end')) - Number(url.searchParams.get('start'))).toBe(3600);
  });

  test('is answered from a recording by the names of its metrics', () => {
    const metrics = indexSeries([
      { labels: { __name__: 'container_memory_working_set_bytes', pod: 'a' }, samples: [[NOW, 1]] },
      { labels: { __name__: 'p90latency', service: 'a' }, samples: [[NOW, 1]] },
      { labels: { __name__: 'node_load1' }, samples: [[NOW, 1]] },
    ]);
    expect(recordedFor('memory-near-limit', metrics, NOW)).toHaveLength(1);
    expect(recordedFor('service-latency', metrics, NOW)).toHaveLength(1);
  });

  test('is unknown where nothing of it was recorded', () => {
    expect(recordedFor('cpu-throttled', indexSeries([]), NOW)).toBeNull();
  });
});

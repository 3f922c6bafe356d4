import { describe, expect, test } from 'vitest';
import { StatusViews } from '../../src/service/status/status-views.ts';
import type { ShownService } from '../../src/service/status/shown-service.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { saved } from '../store/contract/open.ts';
import { proposal, scan, seen } from '../store/records.ts';
import { servedFrom } from './served.ts';

const MANY = 10_000;
/** More than anybody reads, and less than a browser minds. */
const MOST_BYTES = 300_000;
/** Milliseconds of a processor: it takes a third of a second. */
const MOST_WORK = 4_000;

function fingerprint(index: number): string {
  return index.toString(16).padStart(16, '0');
}

/** A process that scans one cluster, and has diagnosed nothing itself. */
const service: ShownService = {
  scans: [],
  clusters: {
    all: [{ name: 'prod-eu', repositories: null, read: () => Promise.reject(new Error('not asked')) }],
    problemOf: () => null,
    latest: () => null,
  } as unknown as ShownService['clusters'],
};

async function crowded() {
  const store = await openMemoryStore();
  const now = 3_600_000;
  const incidents = Array.from({ length: MANY }, (_, index) =>
    seen({
      fingerprint: fingerprint(index),
      object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `n${index % 50}`, name: `w${index}` },
      decision: {
        action: index % 2 === 0 ? 'propose' : 'escalate',
        reason: 'the size is in doubt',
        draft: false,
        policy: 'policy.default',
        repository: 'acme/infra',
      },
    }),
  );
  await store.incidents.recordScan(scan(now - 60_000, incidents));
  await store.transaction(async (part) => {
    for (const { fingerprint: one, object, rule, cause, firstSeen } of incidents) {
      const opened = { change: 'opened', fingerprint: one, cluster: 'prod-eu', rule, cause, object };
      await part.audit.append('incident', { ...opened, culprit: object, foreseen: false, firstSeen }, now);
    }
    for (let index = 0; index < 1_000; index += 1)
      await saved(
        part,
        proposal({
          branch: `faultline/${index}`,
          key: fingerprint(index),
          pullRequest: index + 1,
          fingerprints: [fingerprint(index)],
        }),
      );
  });
  const views = new StatusViews({
    service: () => service,
    store,
    settings: () => null,
    limits: () => [],
    now: () => now,
  });
  return servedFrom(views);
}

describe('with ten thousand incidents', () => {
  test('every page is bounded and fast', { timeout: 300_000 }, async () => {
    const { get } = await crowded();
    const paths = [
      '/',
      '/?page=200',
      '/?page=999999',
      '/decisions',
      '/decisions?page=100&namespace=n7',
      '/decisions?when=all',
      `/incidents/${fingerprint(4_321)}`,
      '/clusters',
      '/report',
      '/report?days=365',
    ];
    for (const path of paths) {
      const before = process.cpuUsage();
      const { status, text } = await get(path);
      const { user, system } = process.cpuUsage(before);
      expect(status, path).toBe(200);
      expect(text.length, path).toBeLessThan(MOST_BYTES);
      expect((user + system) / 1_000, path).toBeLessThan(MOST_WORK);
    }
    expect((await get('/')).text).toContain('10000 incidents now');
    expect((await get('/?page=200')).text).toContain('Page 200 of 200, 10000 in all');
  });
});

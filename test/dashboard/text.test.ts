import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDashboardMarker } from '../../src/dashboard/marker.ts';
import { dashboardText } from '../../src/dashboard/text.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { hostileText } from '../untrusted/hostile.ts';
import { dashboardOf, entryOf, fullDashboard, NOW } from './dashboards.ts';

test('shows each incident where it stands', async () => {
  await expect(dashboardText(fullDashboard())).toMatchFileSnapshot('./expected/full.txt');
});

test('says so when nothing fails', () => {
  expect(dashboardText(dashboardOf())).toContain('Nothing is failing, as far as the clusters can be read.');
});

test('has its marker as the last line', () => {
  expect(parseDashboardMarker(dashboardText(fullDashboard()))).toMatchObject({ isOn: true, at: NOW / 1000 });
});

test('stays within what GitHub takes, and counts what it leaves out', () => {
  const entries = Array.from({ length: 3000 }, () => entryOf({ kind: 'waiting', why: 'x '.repeat(600) }));
  const text = dashboardText(dashboardOf({ entries }));
  expect(text.length).toBeLessThan(65_000);
  expect(text).toMatch(/- … and 29\d\d more/);
  expect(parseDashboardMarker(text)).not.toBeNull();
});

describe('whatever is in it', () => {
  test('nobody is pinged, nothing is linked or forged', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const hostile = {
          object: { apiVersion: 'v1', kind: text, namespace: text, name: text },
          cluster: text,
          container: text,
          summary: text,
          decision: { action: 'monitor', reason: text, draft: false, policy: text },
        } as const;
        const written = dashboardText(
          dashboardOf({
            entries: [
              entryOf({ kind: 'monitored' }, hostile),
              entryOf({ kind: 'waiting', why: text }, hostile),
              entryOf({ kind: 'ignored', by: text, reason: text }, hostile),
              entryOf({ kind: 'snoozed', by: text, until: NOW }, hostile),
            ],
            configErrors: [{ file: text, line: 1, column: 1, message: text }],
            clusters: [{ name: text, scannedAt: NOW, problem: text }],
            unread: [{ file: text, line: 3, message: text }],
          }),
        );
        expect(written).not.toMatch(/(?<![A-Za-z0-9_])@[A-Za-z0-9]/);
        const nodes = allNodes(parseGfm(written));
        expect(nodes.filter(({ type }) => ['link', 'image', 'definition', 'code'].includes(type))).toEqual(
          [],
        );
        const html = nodes.flatMap(({ type, value }) => (type === 'html' ? [value!] : []));
        expect(
          html.filter(
            (one) =>
              !/^(?:<br>|<details>\n<summary>[\w ]+: \d<\/summary>|<\/details>|<!-- faultline:dashboard [^>]*-->|<!-- faultline:box [a-z]+ [0-9a-f]{16} - -->)$/.test(
                one,
              ),
          ),
        ).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

import { beforeEach, expect, test } from 'vitest';
import type { Dashboard } from '../../src/dashboard/dashboard.ts';
import { dashboardText } from '../../src/dashboard/text.ts';
import { updateDashboard } from '../../src/dashboard/update.ts';
import { TestHost } from '../chatops/test-host.ts';
import { fullDashboard, NOW } from './dashboards.ts';

let host: TestHost;
let full: Dashboard;

beforeEach(() => {
  host = new TestHost();
  full = fullDashboard();
});

function update(dashboard: Dashboard = full, isOn = true) {
  return updateDashboard(TestHost.asHost(host), dashboard, isOn);
}

test('opens one issue', async () => {
  expect(await update()).toBe('opened');
  expect(host.issues).toMatchObject([{ title: 'Faultline dashboard', labels: ['faultline'], state: 'open' }]);
});

test('finds it again without a memory, and writes nothing when nothing changed', async () => {
  await update();
  expect(await update()).toBe('unchanged');
  expect(await update({ ...full, now: NOW + 3_500_000 })).toBe('unchanged');
  expect(host.writes).toEqual(['openIssue']);
});

test('counts in a sentence are no change', async () => {
  await update();
  const entries = full.entries.map((entry) => ({ ...entry, summary: `${entry.summary} 5 times.` }));
  expect(await update({ ...full, entries, now: NOW + 60_000 })).toBe('unchanged');
});

test('edits it in place when an incident moves on', async () => {
  await update();
  expect(await update({ ...full, entries: full.entries.slice(1) })).toBe('edited');
  expect(host.issues).toHaveLength(1);
  expect(host.issues[0]!.body).toBe(dashboardText({ ...full, entries: full.entries.slice(1) }));
});

test('brings times up to date once an hour', async () => {
  await update();
  expect(await update({ ...full, now: NOW + 3_600_000 })).toBe('edited');
});

test('leaves an issue alone that a person closed', async () => {
  await update();
  host.issues[0] = { ...host.issues[0]!, state: 'closed' };
  expect(await update({ ...full, entries: [] })).toBe('closed-by-people');
  expect(host.writes).toEqual(['openIssue']);
});

test('is closed by the switch, once', async () => {
  await update();
  expect(await update(full, false)).toBe('switched-off');
  expect(host.issues[0]).toMatchObject({ state: 'closed', body: expect.stringContaining('switched off') });
  expect(await update(full, false)).toBe('off');
  expect(host.writes).toEqual(['openIssue', 'updateIssue']);
});

test('opens none while it is off', async () => {
  expect(await update(full, false)).toBe('off');
  expect(host.issues).toEqual([]);
});

test('is opened again by the switch', async () => {
  await update();
  await update(full, false);
  expect(await update()).toBe('edited');
  expect(host.issues).toMatchObject([{ state: 'open', body: dashboardText(full) }]);
});

test.each([
  ['of somebody else', { author: 'eve' }],
  ['that quotes the marker', { bodyEnd: '\nquoted' }],
])(
  'passes over an issue %s',
  async (_what, { author = 'faultline[bot]', bodyEnd = '' }: { author?: string; bodyEnd?: string }) => {
    host.issues.push({
      number: 1,
      title: 'Faultline dashboard',
      body: dashboardText(full) + bodyEnd,
      state: 'open',
      author,
      isPullRequest: false,
      url: 'https://github.com/acme/infra/issues/1',
      labels: [],
    });
    expect(await update()).toBe('opened');
  },
);

test('of two, keeps the older one', async () => {
  await update();
  host.issues.push({ ...host.issues[0]!, number: 2 });
  await update({ ...full, entries: [] });
  expect(host.issues.map(({ body }) => body.includes('Nothing is failing'))).toEqual([true, false]);
});

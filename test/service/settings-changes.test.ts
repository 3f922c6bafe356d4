import { expect, test } from 'vitest';
import { settingsChanges } from '../../src/service/settings-changes.ts';
import { parseSettings } from '../../src/service/settings.ts';

const parsed = (text: string) => parseSettings(text, '/etc/settings.yml', { XDG_STATE_HOME: '/var' });
const BASE = 'clusters: {prod: {context: a}}\n';

test.each<readonly [string, string, readonly string[]]>([
  [BASE, `# another comment\n${BASE}`, []],
  [BASE, `${BASE}interval: 30s\n`, ['interval: 60000 → 30000']],
  [BASE, 'clusters: {prod: {context: a}, dev: {context: b}}\n', ['clusters.dev: added']],
  ['clusters: {prod: {context: a}, dev: {context: b}}\n', BASE, ['clusters.dev: removed']],
  [BASE, 'clusters: {prod: {context: b}}\n', ['clusters.prod.source.context: a → b']],
  [BASE, `${BASE}ceiling: [{mode: monitor}]\n`, ['ceiling: [] → [{"mode":"monitor"}]']],
  [`${BASE}ceiling: [{mode: off}]\n`, `\n\n${BASE}ceiling: [{mode: off}]\n`, []],
])('%j to %j', (before, after, changes) => {
  expect(settingsChanges(parsed(before), parsed(after))).toEqual(changes);
});

test('secrets in an address are masked', () => {
  const at = (password: string) =>
    parsed(`clusters: {prod: {context: a, prometheus: "https://user:${password}@metrics.example/x"}}\n`);
  const [change] = settingsChanges(at('hunter2-and-more'), at('hunter3-and-more'));
  expect(change).toContain('clusters.prod.source.prometheus');
  expect(change).not.toContain('hunter');
});

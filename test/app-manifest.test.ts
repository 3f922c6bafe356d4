import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

/** GitHub sends these to every App, and refuses them in a manifest. */
const BY_THEMSELVES = ['installation', 'installation_repositories'];

const manifest = parse(read('app.yml')) as {
  readonly public: boolean;
  readonly default_events: readonly string[];
  readonly default_permissions: Readonly<Record<string, string>>;
};
const documentation = read('docs/running.md');

test('app.yml asks for exactly the events that the app handles', () => {
  expect([...manifest.default_events, ...BY_THEMSELVES].sort()).toEqual(handledEvents(read('src/app.ts')));
});

test('the App is nobody else’s to install', () => {
  expect(manifest.public).toBe(false);
});

test.each([...manifest.default_events, ...BY_THEMSELVES])(
  'docs/running.md explains the event %s',
  (event) => {
    expect(documentation).toMatch(new RegExp(`^\\| \`${event}\` +\\| \\S`, 'm'));
  },
);

test.each(Object.entries(manifest.default_permissions))(
  'docs/running.md explains the permission %s: %s',
  (permission, access) => {
    expect(documentation).toMatch(new RegExp(`^\\| \`${permission}\` +\\| ${access} +\\| \\S`, 'm'));
  },
);

/** Names before the dot in `app.on('name.action', …)` and `app.on(['name.action', …], …)`. */
function handledEvents(source: string): readonly string[] {
  const calls = source.matchAll(/\bapp\.on\(\s*(\[[^\]]*\]|'[^']*')/g);
  const names = [...calls].flatMap(([, events = '']) =>
    [...events.matchAll(/'([a-z_]+)(?:\.[a-z_]+)?'/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)].sort();
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

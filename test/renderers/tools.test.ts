import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findKustomize, isRecent } from '../../src/renderers/tools.ts';

const scratch: string[] = [];
afterEach(() => {
  for (const folder of scratch.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder for PATH with programs that print a version. */
function pathWith(programs: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-path-'));
  scratch.push(folder);
  for (const [name, version] of Object.entries(programs))
    writeFileSync(
      join(folder, name),
      `#!/bin/sh\ncat <<'END'\n${version}\nEND\n`.replace('cat', '/bin/cat'),
      {
        mode: 0o755,
      },
    );
  return { PATH: folder };
}

const KUBECTL = (version: string): string => `Client Version: v1.34.1\nKustomize Version: ${version}`;

describe('findKustomize', () => {
  test.each([
    ['kustomize before kubectl', { kustomize: 'v5.8.1', kubectl: KUBECTL('v5.8.0') }, 'kustomize'],
    ['kubectl where there is no kustomize', { kubectl: KUBECTL('v5.7.1') }, 'kubectl'],
    [
      'a recent kubectl before an old kustomize',
      { kustomize: 'v5.4.2', kubectl: KUBECTL('v5.7.1') },
      'kubectl',
    ],
  ])('%s', async (_case, programs, name) => {
    const found = await findKustomize(pathWith(programs));
    expect(found?.command.endsWith(`/${name}`)).toBe(true);
  });

  test('a program that does not tell its version is not used', async () => {
    const env = pathWith({ kubectl: KUBECTL('v5.7.1') });
    writeFileSync(join(env['PATH']!, 'kustomize'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect((await findKustomize(env))?.command.endsWith('/kubectl')).toBe(true);
  });
});

test.each([
  ['v5.7.0', true],
  ['v5.10.0', true],
  ['v6.0.0', true],
  ['{kustomize/v5.7.1  2025-07-20T08:00:00Z  }', true],
  [KUBECTL('v5.7.1'), true],
  ['v5.6.9', false],
  ['v4.5.7', false],
  [KUBECTL('v5.5.0'), false],
  ['(devel)', false],
])('isRecent %s', (version, recent) => {
  expect(isRecent({ command: '/bin/kustomize', args: [], version })).toBe(recent);
});

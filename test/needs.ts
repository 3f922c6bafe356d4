import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';
import { isolationIn } from '../src/renderers/isolation/detect.ts';
import type { IsolationMode } from '../src/renderers/isolation/isolation.ts';
import { findTools, type Tools } from '../scripts/tools.ts';
import { findPostgres } from './postgres/server.ts';

const tools = await findTools();

/**
 * `test`, for tests that need programs this project does not bring along. Where one is missing the test is listed as
 * skipped; where `CI` is set it fails, so that a green run has really tried everything.
 *
 *     needsTool('kustomize')('renders an overlay', async () => { … });
 */
export function needsTool(...wanted: readonly (keyof Tools)[]): typeof test {
  const missing = wanted.filter((tool) => tools[tool] === null);
  if (missing.length === 0) return test;
  return without(`${missing.join(' and ')} missing: run \`npm run tools -- --live\``);
}

const modes = new Map(
  await Promise.all(
    (['bubblewrap', 'namespaces', 'plain'] as const).map(
      async (mode) => [mode, await isolationIn(mode)] as const,
    ),
  ),
);

/** The same for a way to isolate renderers: bubblewrap has to be installed, and the kernel has to allow user namespaces. */
export function needsIsolation(mode: IsolationMode): typeof test {
  const found = modes.get(mode)!;
  return typeof found === 'string' ? without(found) : test;
}

/** The same for a PostgreSQL server. */
export function needsPostgres(): typeof test {
  return findPostgres() === null ? without('PostgreSQL missing: apt-get install postgresql') : test;
}

/** The same for programs that a Debian package brings. */
export function needsProgram(name: string, debian = name): typeof test {
  return isInPath(name) ? test : without(`${name} missing: apt-get install ${debian}`);
}

function isInPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function without(why: string): typeof test {
  if (!process.env['CI']) return test.skip as typeof test;
  const fail = async (): Promise<never> => {
    throw new Error(why);
  };
  return test.extend({ missing: [fail, { auto: true }] }) as unknown as typeof test;
}

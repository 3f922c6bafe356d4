import { test } from 'vitest';
import { findTools, type Tools } from '../scripts/tools.ts';

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
  if (!process.env['CI']) return test.skip as typeof test;
  const fail = async (): Promise<never> => {
    throw new Error(`${missing.join(' and ')} missing: run \`npm run tools -- --live\``);
  };
  return test.extend({ missing: [fail, { auto: true }] }) as unknown as typeof test;
}

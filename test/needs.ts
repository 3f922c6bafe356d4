import { test } from 'vitest';
import { findTools, type Tools } from '../scripts/tools.ts';

const tools = await findTools();

/**
 * `test`, for tests that need a program this project does not bring along. Where it is missing the test is listed as
 * skipped; where `CI` is set it fails, so that a green run has really tried everything.
 *
 *     needsTool('kustomize')('renders an overlay', async () => { … });
 */
export function needsTool(tool: keyof Tools): typeof test {
  if (tools[tool] !== null) return test;
  if (!process.env['CI']) return test.skip as typeof test;
  const missing = async (): Promise<never> => {
    throw new Error(`${tool} is missing: run \`npm run tools\``);
  };
  return test.extend({ [tool]: [missing, { auto: true }] }) as unknown as typeof test;
}

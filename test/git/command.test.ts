import { delimiter, join } from 'node:path';
import { chmodSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { gitIn } from '../../src/git/command.ts';
import { madeFolder, writeFiles } from './made-repository.ts';

test('git gets no secret of the service in its environment', async () => {
  const folder = madeFolder();
  // A git that only tells what it was given.
  writeFiles(folder, { 'bin/git': '#!/bin/sh\nexec env\n' });
  chmodSync(join(folder, 'bin/git'), 0o755);
  const secrets = ['PRIVATE_KEY', 'WEBHOOK_SECRET', 'GITHUB_TOKEN', 'GH_TOKEN', 'AWS_SECRET_ACCESS_KEY'];
  for (const name of secrets) vi.stubEnv(name, 'canary-of-the-service');
  vi.stubEnv('PATH', [join(folder, 'bin'), process.env['PATH']].join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
  const printed = await gitIn(folder, join(folder, '..')).run(['rev-parse']);
  expect(printed).toContain('GIT_TERMINAL_PROMPT=0');
  expect(printed).not.toContain('canary-of-the-service');
});

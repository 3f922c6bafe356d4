import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { demoFolder } from '../../scripts/demo-repository.ts';
import { madeFolder } from '../git/made-repository.ts';
import { faultline } from './command-line.ts';

test('tells what could not be read when a rule asked for it', async () => {
  vi.stubEnv('XDG_CACHE_HOME', madeFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const snapshot = madeFolder();
  cpSync(join(demoFolder, 'snapshot'), snapshot, { recursive: true });
  writeFileSync(join(snapshot, 'metrics/kube_pod_container_resource_limits.json'), '<html>');
  const { status, stdout } = await faultline(
    'diagnose',
    '--repo',
    madeFolder({ 'note.txt': 'nothing to apply\n' }),
    '--snapshot',
    snapshot,
    '--output',
    'json',
  );
  expect(status).toBe(0);
  expect((JSON.parse(stdout) as { problems: unknown }).problems).toContainEqual({
    where: 'metrics/kube_pod_container_resource_limits.json',
    message: 'expected a Prometheus answer with a matrix or vector',
  });
});

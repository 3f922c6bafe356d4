import { expect, onTestFinished, vi } from 'vitest';
import { listenAsRenderer } from '../../src/renderers/remote/renderer-server.ts';
import { findHelm, findKustomize } from '../../src/renderers/tools.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsTool } from '../needs.ts';
import { startedRenderer, TOKEN } from '../renderers/remote/started.ts';
import { deployment } from './made-service.ts';
import { running } from './running.ts';

const built = needsTool('kustomize', 'helm');

built('a renderer that is away for a while changes no open pull request, and opens none', async () => {
  const renderer = await startedRenderer();
  vi.stubEnv('FAULTLINE_RENDERER_URL', renderer.url);
  vi.stubEnv('FAULTLINE_RENDERER_TOKEN', TOKEN);
  vi.stubEnv('XDG_CACHE_HOME', madeFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const made = await running({
    'apps/kustomization.yaml': 'resources: [cart.yaml]\n',
    'apps/cart.yaml': deployment('512Mi'),
  });
  const { repository, ana } = made;
  await made.scan();
  const [pull] = repository.pulls();
  expect(pull).toMatchObject({ state: 'open' });

  await renderer.close();
  // What was rendered before is known; this is new.
  ana.push('main', { 'apps/kustomization.yaml': 'resources: [cart.yaml]\ncommonAnnotations: {a: b}\n' });
  await made.scan();
  expect(repository.pulls()).toHaveLength(1);
  expect(repository.pull(pull!.number)).toMatchObject({
    state: 'open',
    title: pull!.title,
    head: pull!.head,
  });

  const again = await listenAsRenderer(
    { host: '127.0.0.1', port: renderer.port },
    {
      kustomize: await findKustomize(),
      helm: await findHelm(),
      isolation: { isolation: 'bubblewrap', warning: null },
      token: TOKEN,
      parallel: 2,
    },
  );
  onTestFinished(() => again.close());
  await made.scan();
  expect(repository.pulls()).toHaveLength(1);
  expect(repository.pull(pull!.number)).toMatchObject({ state: 'open' });
  expect(made.github.violations).toEqual([]);
});

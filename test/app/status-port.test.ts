import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../free-port.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { deployment, recordedCluster } from '../service/made-service.ts';
import { serve } from '../service/process.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };
const TOKEN = '5d0c0a4f5f3f4f0f9d4b7a61';
const PATHS = ['/', '/decisions', '/report', '/configuration', '/blame', '/incidents/0123456789abcdef'];

test(
  'the status page is on its own port for who has the token, and never on that of webhooks',
  { timeout: 180_000 },
  async () => {
    const github = await startGitHub();
    onTestFinished(() => github.close());
    github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
    const folder = madeFolder();
    writeFiles(folder, {
      'faultline-service.yml':
        'clusters: {prod: {snapshot: snapshot}}\ninterval: 1h\nfolder: state\nwritePause: off\nonboarding: none\n',
      'snapshot/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
    });
    const [webhooks, observation] = [await freePort(), await freePort()];
    const serving = serve(github, folder, {
      WEBHOOK_SECRET: github.webhookSecret,
      HOST: '127.0.0.1',
      PORT: String(webhooks),
      FAULTLINE_OBSERVATION_PORT: String(observation),
      FAULTLINE_STATUS_TOKEN: TOKEN,
    });
    onTestFinished(() => void serving.kill('SIGKILL'));
    const authorization = `Bearer ${TOKEN}`;
    const asked = async (port: number, path: string, headers: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      return { status: answer.status, text: await answer.text() };
    };
    await vi.waitFor(async () => {
      expect((await asked(webhooks, '/ping')).status).toBe(200);
      expect((await asked(observation, '/', { authorization })).status).toBe(200);
    }, PATIENCE);

    for (const path of PATHS) {
      const here = await asked(webhooks, path, { authorization });
      expect(here.status, path).toBeGreaterThanOrEqual(400);
      expect(here.text, path).not.toMatch(/Faultline|shop|cart/);
      expect(await asked(observation, path), path).toMatchObject({ status: 401 });
    }
    expect((await asked(observation, '/configuration', { authorization })).text).toContain(
      'Configuration in force',
    );
    expect((await asked(observation, '/healthz')).status).toBe(200);
  },
);

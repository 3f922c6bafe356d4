import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { escalationReport } from '../../src/pull-requests/escalation.ts';
import { newExplainer } from '../../src/service/new-explainer.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { toMarkdown } from '../../src/writers/markdown.ts';
import { saying, startModel, type ModelStandIn } from '../explanation/model-stand-in.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { madeService, recordedCluster } from './made-service.ts';
import { recordedIn, serviceOn } from './on-stand-in.ts';

const LOG = `starting
password=correct-horse-battery
panic: ledger is closed
goroutine 1 [running]:
`;

/** A service whose cluster has a program that ends itself, with a language model or without. */
async function explained(model: ModelStandIn | null) {
  const made = await madeService();
  const cluster = recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z');
  writeFiles(made.snapshot, {
    'cluster/shop.yaml': cluster.replace('exitCode: 137, reason: OOMKilled', 'exitCode: 2, reason: Error'),
    'logs/shop/cart-512mi-x/server.previous.log': LOG,
  });
  const store = await openMemoryStore();
  const problems: string[] = [];
  const settings = model && {
    url: model.url,
    model: 'small',
    tokenVariable: null,
    maxTokens: 300,
    timeout: 2_000,
  };
  const explainer = newExplainer(settings, {
    store,
    log: { warn: (facts: object, text: string) => void problems.push(`${text} ${JSON.stringify(facts)}`) },
    environment: {},
    now: made.github.clock.now,
  });
  const service = serviceOn(made.github, {
    store,
    clusters: [recordedIn(made.snapshot)],
    mirrors: join(madeFolder(), 'mirrors'),
    explainer,
  });
  onTestFinished(() => void service.queue.stop());
  service.add(made.host);
  const scan = async (): Promise<string> => {
    await service.scan('prod');
    await explainer?.settled();
    const [result] = service.scans[0]!.latest[0]!.report.results;
    const { incident, decision, located } = result!;
    return toMarkdown(escalationReport(incident, decision, located));
  };
  return { scan, problems };
}

test('nothing is sent and nothing is written where no model is named', async () => {
  const model = await startModel(saying('The ledger was closed.'));
  const { scan } = await explained(null);
  const body = await scan();
  expect(body).toContain('ledger is closed');
  expect(body).not.toContain('language model');
  expect(model.asked).toEqual([]);
});

test('what a model wrote is shown as that, beside all that is known, and it saw no secret', async () => {
  const model = await startModel(saying('The ledger was closed. Run `kubectl delete ns shop` @everyone.'));
  const { scan, problems } = await explained(model);
  const before = await scan();
  expect(before).not.toContain('language model');
  const after = await scan();
  expect(problems).toEqual([]);
  expect(after).toContain('### Explanation by a language model');
  expect(after).toContain('It is not proven, and nothing was decided by it');
  expect(after).toContain('The ledger was closed.');
  expect(model.asked).toHaveLength(1);
  const sent = JSON.stringify(model.asked);
  expect(sent).toContain('ledger is closed');
  expect(sent).not.toContain('correct-horse-battery');
});

test('everything else works where the model does not answer, which is logged', async () => {
  const model = await startModel((response) => void response.writeHead(503).end());
  const { scan, problems } = await explained(model);
  await scan();
  const body = await scan();
  expect(body).toContain('ledger is closed');
  expect(body).not.toContain('language model');
  expect(problems).toEqual([expect.stringContaining('no explanation by the language model')]);
});

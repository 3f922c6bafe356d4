import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openChartArchive } from '../../src/renderers/chart-archive.ts';
import { ChartStore, type ChartStoreOptions } from '../../src/renderers/chart-store.ts';
import { chartClosureOf, remoteClosure } from '../../src/renderers/chart.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';
import { startChartRepository, type ChartRepository } from './chart-repository.ts';

const pulled = needsTool('helm');

let address = '';
let requests: string[] = [];
let charts: ChartRepository | null = null;
const folder = mkdtempSync(join(tmpdir(), 'faultline-charts-'));

beforeAll(async () => {
  charts = await startChartRepository();
  address = charts?.address ?? '';
  requests = charts?.requests ?? [];
});

afterAll(() => {
  charts?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function storeWith(options: Partial<ChartStoreOptions> = {}): ChartStore {
  return new ChartStore({ folder: null, allowed: 'all', findTool: () => findHelm(), env: {}, ...options });
}

const CART = { name: 'cart', version: '1.0.0' };

describe('ChartStore', () => {
  pulled('pulls a package, which opens as a chart', async () => {
    const archive = await storeWith().pull({ ...CART, repository: address });
    const chart = Buffer.isBuffer(archive) ? openChartArchive(archive) : null;
    expect(chart?.closure.parts.map(({ name }) => name)).toEqual(['cart']);
    expect(String(chart?.tree.read('cart/values.yaml'))).toContain('level: info');
  });

  pulled('asks once, and keeps what is exact for the next run', async () => {
    const kept = mkdtempSync(join(folder, 'kept-'));
    const chart = { ...CART, repository: address };
    const store = storeWith({ folder: kept });
    requests.length = 0;
    await Promise.all([store.pull(chart), store.pull(chart)]);
    expect(requests.filter((url) => url.endsWith('.tgz'))).toHaveLength(1);
    requests.length = 0;
    expect(Buffer.isBuffer(await storeWith({ folder: kept }).pull(chart))).toBe(true);
    expect(requests).toEqual([]);
  });

  pulled('a range is asked for in each run', async () => {
    const kept = mkdtempSync(join(folder, 'kept-'));
    const chart = { name: 'cart', version: '1.x', repository: address };
    await storeWith({ folder: kept }).pull(chart);
    requests.length = 0;
    const archive = await storeWith({ folder: kept }).pull(chart);
    expect(requests).not.toEqual([]);
    expect(String(openChartArchive(archive as Buffer)?.tree.read('cart/values.yaml'))).toContain('1.1.0');
  });

  pulled.each([
    ['nothing is allowed', [], 'charts.pull does not allow'],
    ['another host is allowed', ['https://charts.example'], 'charts.pull does not allow'],
    ['a name that starts alike is allowed', () => [`${address}-of-others`], 'charts.pull does not allow'],
  ] as const)('fetches nothing where %s', async (_case, allowed, said) => {
    requests.length = 0;
    const store = storeWith({ allowed: typeof allowed === 'function' ? allowed() : allowed });
    expect(await store.pull({ ...CART, repository: address })).toContain(said);
    expect(requests).toEqual([]);
  });

  pulled('what is below an allowed address is allowed', async () => {
    const store = storeWith({ allowed: [address.replace('/stable', '/')] });
    expect(Buffer.isBuffer(await store.pull({ ...CART, repository: address }))).toBe(true);
  });

  pulled.each([
    ['a version that is not there', { version: '9.9.9' }, 'could not be fetched'],
    ['a chart that is not there', { name: 'basket' }, 'could not be fetched'],
    ['an option in place of a name', { name: '--post-renderer=x' }, 'no name and version'],
    ['an address in place of a name', { name: 'http://127.0.0.1/x.tgz' }, 'no name and version'],
    ['a path in place of a name', { name: '../cart' }, 'no name and version'],
    ['a line break in the version', { version: '1.0.0\n--untar' }, 'no name and version'],
  ])('%s', async (_case, chart, said) => {
    expect(await storeWith().pull({ ...CART, repository: address, ...chart })).toContain(said);
  });

  pulled('without helm', async () => {
    expect(await storeWith({ findTool: async () => null }).pull({ ...CART, repository: address })).toBe(
      'and helm is not installed',
    );
  });
});

describe('rendering published charts', () => {
  const rendererWith = (charts: ChartStore | null): HelmRenderer =>
    new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 1 }), { charts });
  const release = { name: 'blue', namespace: 'shop' };

  pulled('as the chart that is installed', async () => {
    const closure = remoteClosure({ ...CART, repository: address });
    const values = [{ kind: 'inline' as const, values: { level: 'debug' } }];
    const rendering = await rendererWith(storeWith()).render(treeOf({}), {
      id: 'blue',
      closure,
      release,
      values,
    });
    expect(rendering.kind === 'rendered' && rendering.objects[0]?.object).toMatchObject({
      metadata: { name: 'blue' },
      data: { level: 'debug', version: '1.0.0' },
    });
  });

  pulled('as a dependency of a chart in the repository', async () => {
    const tree = treeOf({
      'shop/Chart.yaml': `apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: cart, alias: basket, version: 1.0.0, repository: "${address}"}\n`,
      'shop/values.yaml': 'basket: {level: warn}\n',
    });
    const call = { id: 'shop', closure: chartClosureOf(tree, 'shop'), release, values: [] };
    const rendering = await rendererWith(storeWith()).render(tree, call);
    expect(rendering.kind === 'rendered' && rendering.objects[0]?.object['data']).toMatchObject({
      level: 'warn',
    });
    expect(await rendererWith(null).render(tree, call)).toMatchObject({
      code: 'remote',
      message: `needs chart cart 1.0.0 from ${address}, which is not in the repository`,
    });
  });
});

describe('openChartArchive', () => {
  pulled.each([
    ['no archive', Buffer.from('apiVersion: v2')],
    ['an empty file', Buffer.alloc(0)],
  ])('is null for %s', (_case, bytes) => {
    expect(openChartArchive(bytes)).toBeNull();
  });
});

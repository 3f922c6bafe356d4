import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openChartArchive } from '../../src/renderers/chart-archive.ts';
import { ChartStore, type ChartStoreOptions } from '../../src/renderers/chart-store.ts';
import { chartClosureOf } from '../../src/renderers/chart-closure.ts';
import { remoteClosure } from '../../src/renderers/chart.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';
import { startChartRegistry } from './chart-registry.ts';
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
    ['an option in place of a name', { name: '--post-renderer=x' }, 'is not a name and version'],
    ['an address in place of a name', { name: 'http://127.0.0.1/x.tgz' }, 'is not a name and version'],
    ['a path in place of a name', { name: '../cart' }, 'is not a name and version'],
    ['a line break in the version', { version: '1.0.0\n--untar' }, 'is not a name and version'],
  ])('%s', async (_case, chart, said) => {
    expect(await storeWith().pull({ ...CART, repository: address, ...chart })).toContain(said);
  });

  pulled('a package whose content the index does not have the digest of is not taken', async () => {
    const other = (await startChartRepository())!;
    other.publish('1.0.0', 'debug', false);
    const answer = await storeWith().pull({ ...CART, repository: other.address });
    other.stop();
    expect(answer).toMatch(
      /^whose package has the digest sha256:\w{64}, and the index .* says sha256:\w{64}$/,
    );
  });

  pulled('a package that holds another version is not taken', async () => {
    const other = (await startChartRepository())!;
    copyFileSync(other.packages['1.1.0']!, other.packages['1.0.0']!);
    const answer = await storeWith().pull({ ...CART, repository: other.address });
    other.stop();
    expect(answer).toBe('whose package holds version 1.1.0');
  });

  pulled('what was published again with other content is said, a day later', async () => {
    const kept = mkdtempSync(join(folder, 'kept-'));
    const other = (await startChartRepository())!;
    const chart = { ...CART, repository: other.address };
    const first = await storeWith({ folder: kept, now: () => 0 }).pull(chart);
    other.publish('1.0.0', 'debug', true);
    const later = await storeWith({ folder: kept, now: () => 3_600_000 }).pull(chart);
    const nextDay = await storeWith({ folder: kept, now: () => 90_000_000 }).pull(chart);
    other.stop();
    const offline = await storeWith({ folder: kept, now: () => 90_000_000 }).pull(chart);
    expect(later).toEqual(first);
    expect(nextDay).toMatch(
      /^which was published again with other content under the same version: it was sha256:/,
    );
    expect(offline).toEqual(first);
  });

  pulled('what was kept and has changed on the disk is fetched again', async () => {
    const kept = mkdtempSync(join(folder, 'kept-'));
    const chart = { ...CART, repository: address };
    const first = await storeWith({ folder: kept }).pull(chart);
    const file = readdirSync(kept).find((name) => name.endsWith('.tgz'))!;
    writeFileSync(join(kept, file), 'something else');
    requests.length = 0;
    expect(await storeWith({ folder: kept }).pull(chart)).toEqual(first);
    expect(requests).not.toEqual([]);
  });

  pulled('a failure is asked about again in a process that goes on', async () => {
    let [now, isThere] = [0, false];
    const store = storeWith({ now: () => now, findTool: async () => (isThere ? findHelm() : null) });
    const chart = { ...CART, repository: address };
    expect(await store.pull(chart)).toBe('and helm is not installed');
    isThere = true;
    expect(await store.pull(chart)).toBe('and helm is not installed');
    now = 3_600_000;
    expect(Buffer.isBuffer(await store.pull(chart))).toBe(true);
  });

  pulled.each(['@stable', 'alias:stable', '', 'HelmRepository shop/charts'])(
    'the repository %j has no address',
    async (repository) => {
      expect(await storeWith().pull({ ...CART, repository })).toBe('whose repository has no address here');
    },
  );

  describe('a registry', () => {
    pulled('gives a version, a range, and what a digest names', async () => {
      const registry = await startChartRegistry(charts!.packages);
      const kept = mkdtempSync(join(folder, 'kept-'));
      const store = storeWith({ folder: kept });
      const repository = registry.address;
      const whole = await store.pull({ ...CART, repository });
      const withoutScheme = await store.pull({ ...CART, repository: repository.replace('oci://', '') });
      const newest = await store.pull({ name: 'cart', version: '1.x', repository });
      const version = registry.digests['1.0.0']!;
      const byDigest = await store.pull({ name: 'cart', version, repository });
      await registry.stop();
      expect(whole).toEqual(readFileSync(charts!.packages['1.0.0']!));
      expect(withoutScheme).toEqual(whole);
      expect(byDigest).toEqual(whole);
      expect(newest).toEqual(readFileSync(charts!.packages['1.1.0']!));
      expect(await storeWith({ folder: kept }).pull({ name: 'cart', version, repository })).toEqual(whole);
    });

    pulled('that does not answer is named as the reason', async () => {
      const answer = await storeWith().pull({ ...CART, repository: 'oci://127.0.0.1:9/library' });
      expect(answer).toMatch(/^which could not be fetched: .*127\.0\.0\.1:9/);
    });
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
    const withLock = treeOf({
      'shop/Chart.yaml': `apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: cart, version: 1.x, repository: "${address}"}\n`,
      'shop/Chart.lock': `dependencies:\n- {name: cart, version: 1.0.0, repository: "${address}"}\ndigest: sha256:0\n`,
    });
    const lockedCall = { id: 'shop', closure: chartClosureOf(withLock, 'shop'), release, values: [] };
    const locked = await rendererWith(storeWith()).render(withLock, lockedCall);
    expect(locked.kind === 'rendered' && locked.objects[0]?.object['data']).toMatchObject({
      version: '1.0.0',
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

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PrometheusConnection } from '../../src/cluster/prometheus-connection.ts';
import { openPrometheus } from '../../src/cluster/prometheus.ts';
import { purposeQuery } from '../../src/cluster/prometheus/queries.ts';
import { PURPOSES } from '../../src/cluster/purposes.ts';
import type { Purpose } from '../../src/model/cluster-state.ts';

const MINUTE = 60_000;
const request = { metric: 'up', labels: { pod: 'ferry-1' }, hours: 1 };
const nothing = { status: 'success', data: { resultType: 'matrix', result: [] } };

let folder: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-connection-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server on a port of its own, and the requests that it has had. */
async function listening(
  answer: () => { readonly status?: number; readonly body: unknown } = () => ({ body: nothing }),
  tls?: { readonly key: string; readonly cert: string },
) {
  const requests: { readonly url: URL; readonly headers: IncomingHttpHeaders }[] = [];
  const listener: RequestListener = ({ url, headers }, response) => {
    requests.push({ url: new URL(url!, 'http://server'), headers });
    const { status = 200, body } = answer();
    response.writeHead(status).end(JSON.stringify(body));
  };
  const server = tls ? createHttps(tls, listener) : createHttp(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, requests };
}

function opened(connection: PrometheusConnection | string, clock: () => number = Date.now) {
  const problems: string[] = [];
  const report = (_where: string, message: string): void => void problems.push(message);
  return { problems, ...openPrometheus(connection, report, { timeout: 10_000, now: clock }) };
}

describe('credentials', () => {
  test('of a file are read for each query, since tokens rotate', async () => {
    const { url, requests } = await listening();
    const file = join(folder, 'token');
    const { query } = opened({ url, bearer: { file }, tenant: 'harbour', headers: { 'X-Team': 'ferries' } });
    writeFileSync(file, 'first\n');
    await query(request, 0);
    writeFileSync(file, 'second\n');
    await query(request, MINUTE);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
    expect(requests[0]!.headers).toMatchObject({ 'x-scope-orgid': 'harbour', 'x-team': 'ferries' });
  });

  test('may be a user and the password of a variable', async () => {
    const { url, requests } = await listening();
    vi.stubEnv('HARBOUR_PASSWORD', 'tide');
    await opened({ url, basic: { user: 'pilot', password: { env: 'HARBOUR_PASSWORD' } } }).query(request, 0);
    expect(requests[0]!.headers['authorization']).toBe(
      `Basic ${Buffer.from('pilot:tide').toString('base64')}`,
    );
  });

  test('that are missing are named, and nothing is asked without them', async () => {
    const { url, requests } = await listening();
    const { query, problems } = opened({ url, bearer: { env: 'HARBOUR_TOKEN' } });
    expect(await query(request, 0)).toBeNull();
    expect(problems).toEqual([
      'does not answer, metrics are unknown: the environment variable HARBOUR_TOKEN is not set',
    ]);
    expect(requests).toEqual([]);
  });
});

describe('TLS', () => {
  test('trusts the given authority, and nobody else', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert].concat([
        '-subj',
        '/CN=metrics.harbour',
        '-addext',
        'subjectAltName=DNS:metrics.harbour',
      ]),
      { stdio: 'ignore' },
    );
    const { url, requests } = await listening(undefined, {
      key: readFileSync(key, 'utf8'),
      cert: readFileSync(cert, 'utf8'),
    });
    const trusted = opened({ url, tls: { ca: cert, serverName: 'metrics.harbour' } });
    expect(await trusted.query(request, 0)).toEqual([]);
    const untrusted = opened({ url, tls: { serverName: 'metrics.harbour' } });
    expect(await untrusted.query(request, 0)).toBeNull();
    expect(untrusted.problems[0]).toContain('self-signed certificate');
    const other = opened({ url, tls: { ca: cert, serverName: 'metrics.lagoon' } });
    expect(await other.query(request, 0)).toBeNull();
    expect(requests).toHaveLength(1);
  });
});

describe('labels of the cluster', () => {
  const labels = { cluster: 'north"quay' };

  test('are asked for beside those of a question, and cannot be overruled by it', async () => {
    const { url, requests } = await listening();
    const { query } = opened({ url, labels });
    await query({ ...request, labels: { pod: 'ferry-1', cluster: 'south' } }, 0);
    expect(requests[0]!.url.searchParams.get('query')).toBe(
      String.raw`up{pod="ferry-1",cluster="north\"quay"}`,
    );
  });

  test.each(Object.keys(PURPOSES) as Purpose[])('are on every series that %s asks for', (purpose) => {
    const query = (more: Readonly<Record<string, string>>): string =>
      purposeQuery(new URL('http://metrics'), purpose, 0, { labels: more }).searchParams.get('query')!;
    const names = query({}).match(/\b(?:container|kube|kubelet|node)_\w+(?=[{[ )]|$)|__name__/g)!;
    expect(query(labels).split(String.raw`cluster="north\"quay"`)).toHaveLength(names.length + 1);
  });
});

describe('a Prometheus that is away', () => {
  test('is asked again after a while, and said to be away once', async () => {
    let at = 0;
    const { url, requests } = await listening();
    // Without its token a question fails as it does without a connection.
    const { query, problems } = opened({ url, bearer: { env: 'GATE' } }, () => at);
    vi.stubEnv('GATE', '');
    expect(await query(request, 0)).toBeNull();
    vi.stubEnv('GATE', 'open');
    at = MINUTE / 2 - 1;
    expect(await query(request, 0)).toBeNull();
    expect(requests).toHaveLength(0);
    at = MINUTE / 2;
    expect(await query(request, 0)).toEqual([]);
    expect(problems).toHaveLength(1);
  });

  test('is asked less and less often, but every five minutes', async () => {
    let at = 0;
    const file = join(folder, 'no-token');
    const { query } = opened({ url: 'http://127.0.0.1:9', bearer: { file } }, () => at);
    const asked: number[] = [];
    const timer = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      asked.push(at / 1_000);
      throw new Error('refused');
    });
    writeFileSync(file, 'token');
    for (at = 0; at <= 20 * MINUTE; at += 10_000) await query(request, at);
    timer.mockRestore();
    expect(asked).toEqual([0, 30, 90, 210, 450, 750, 1050]);
  });

  test('that has answered is not given up for one failure', async () => {
    const { url, requests } = await listening();
    const { query, problems } = opened({ url, bearer: { env: 'GATE' } }, () => 0);
    vi.stubEnv('GATE', 'open');
    expect(await query(request, 0)).toEqual([]);
    vi.stubEnv('GATE', '');
    expect(await query(request, MINUTE)).toBeNull();
    vi.stubEnv('GATE', 'open');
    expect(await query(request, MINUTE)).toEqual([]);
    expect(requests).toHaveLength(2);
    expect(problems).toEqual(['cannot answer for up: the environment variable GATE is not set']);
  });

  test('and then fails three times in a row is left alone for a while', async () => {
    const { url } = await listening();
    const { query, problems } = opened({ url, bearer: { env: 'GATE' } }, () => 0);
    vi.stubEnv('GATE', 'open');
    await query(request, 0);
    vi.stubEnv('GATE', '');
    for (let count = 1; count <= 5; count += 1) await query(request, count * MINUTE);
    expect(problems).toHaveLength(3);
    expect(problems.at(-1)).toMatch(/^does not answer/);
  });
});

test('an answer in part is none: a percentile of it may be too low', async () => {
  const { url } = await listening(() => ({ body: { ...nothing, warnings: ['store 2: no such host'] } }));
  const { query, problems } = opened(url);
  expect(await query(request, 0)).toBeNull();
  expect(problems).toEqual(['cannot answer for up: it answered in part: store 2: no such host']);
});

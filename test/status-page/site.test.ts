import { describe, expect, test } from 'vitest';
import { writeFiles } from '../git/made-repository.ts';
import { madeService, recordedCluster, type MadeService } from '../service/made-service.ts';
import { recordedIn } from '../service/on-stand-in.ts';
import { servedFrom, servedPage, viewsOf } from './served.ts';

/** Words of a page, without its tags and its style. */
function wordsOf(html: string): string {
  return html
    .replace(/<style>[^]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

async function fingerprintOf({ store }: MadeService): Promise<string> {
  return (await store.incidents.list())[0]!.fingerprint;
}

describe('the overview', () => {
  test('shows an incident with its culprit, its line and its pull request', async () => {
    const made = await madeService();
    await made.service.scan('prod');
    const { get } = await servedPage(made);
    const { status, text } = await get('/');
    expect(status).toBe(200);
    expect(wordsOf(text)).toContain('1 incident now');
    expect(wordsOf(text)).toContain('Deployment shop/cart');
    const head = made.repository.head('main');
    expect(text).toMatch(new RegExp(`href="[^"]*/acme/infra/blob/${head}/apps/cart.yaml#L14"`));
    expect(text).toMatch(/href="[^"]*\/acme\/infra\/pull\/1"/);
    expect(wordsOf(text)).toContain('Open #1 fix(cart): raise memory limit to 768Mi');
    expect(wordsOf(text)).toMatch(/prod: scanned (?:\d+ minutes?|less than a minute) ago/);
  });

  test('links the issue that reports what a person must think about', async () => {
    const made = await madeService({ '.github/faultline.yml': 'reports: true\n' });
    const killedAtOnce = recordedCluster('512Mi', 6, '2026-03-01T09:50:01Z');
    writeFiles(made.snapshot, { 'cluster/shop.yaml': killedAtOnce });
    await made.service.scan('prod');
    const report = made.repository.issues().find(({ title }) => title.includes('Deployment shop/cart'))!;
    const { get } = await servedPage(made);
    for (const path of ['/', `/incidents/${await fingerprintOf(made)}`]) {
      const { text } = await get(path);
      expect(wordsOf(text), path).toContain(`Needs a person Reported in #${report.number}`);
      expect(text, path).toMatch(new RegExp(`href="[^"]*/acme/infra/issues/${report.number}"`));
    }
  });

  test('says that nothing fails only where everything was read', async () => {
    const made = await madeService();
    const { get } = await servedPage(made);
    expect(wordsOf((await get('/')).text)).toContain('No failure in what could be read');
    made.record('512Mi', 0);
    await made.service.scan('prod');
    const { text } = await get('/');
    expect(wordsOf(text)).toContain('Nothing is failing');
  });
});

describe('the report', () => {
  test('shows the figures of a period, and no figures of an earlier one', async () => {
    const made = await madeService();
    await made.service.scan('prod');
    const { get } = await servedPage(made);
    const { status, text } = await get('/report');
    expect(status).toBe(200);
    expect(wordsOf(text)).toContain('Incidents: 1, of which 0 were still to come');
    expect(wordsOf(text)).toContain('1 opened, 0 merged');
    expect(text).toContain('<a href="?days=30" aria-current="true">');
    made.github.clock.advance(60 * 24 * 3_600_000);
    expect(wordsOf((await get('/report')).text)).toContain('Incidents: 0,');
    expect(wordsOf((await get('/report?days=90')).text)).toContain('Incidents: 1,');
  });
});

describe('the page of an incident', () => {
  test('tells its story until it is verified', async () => {
    const made = await madeService();
    const { service, repository, ana, github, record } = made;
    await service.scan('prod');
    const { get } = await servedPage(made);
    const path = `/incidents/${await fingerprintOf(made)}`;
    const before = wordsOf((await get(path)).text);
    expect(before).toContain('was OOMKilled');
    expect(before).toContain('- memory: 512Mi # room for a sale');
    expect(before).toContain('Proven:');
    github.clock.advance(60_000);
    ana.merge(repository.pulls()[0]!.number);
    record('768Mi', 0);
    await service.scan('prod');
    github.clock.advance(7 * 3_600_000);
    record('768Mi', 0);
    await service.scan('prod');
    const after = wordsOf((await get(path)).text);
    const story = [
      'First failure',
      'Recorded by Faultline',
      'Proposed in #1',
      '#1 was merged',
      'The cluster has the change of #1',
      'Resolved',
    ];
    expect(story.map((moment) => after.indexOf(moment))).toEqual(
      story.map((moment) => after.indexOf(moment)).toSorted((a, b) => a - b),
    );
    for (const moment of story) expect(after).toContain(moment);
    expect(after).toContain('The last scans of this process do not show it');
  });

  test('is not found where no such incident is remembered', async () => {
    const made = await madeService();
    const { get } = await servedPage(made);
    expect((await get('/incidents/0123456789abcdef')).status).toBe(404);
    for (const path of [
      '/incidents/',
      '/incidents/../../etc',
      '/incidents/x',
      '/nothing',
      '//evil.example',
      '/a/b/c',
    ])
      expect((await get(path)).status, path).toBe(404);
  });
});

describe('the decisions', () => {
  test('are told with their reason, and filtered by what a form sends', async () => {
    const made = await madeService({ '.github/faultline.yml': 'policy: {default: {mode: monitor}}\n' });
    await made.service.scan('prod');
    const { get } = await servedPage(made);
    const all = wordsOf((await get('/decisions')).text);
    expect(all).toContain('1 of 1 remembered. Watch only: 1');
    expect(all).toMatch(/Deployment shop\/cart .* Watch only .*policy\.default/);
    for (const [query, isFound] of [
      ['cluster=prod&namespace=shop&rule=oom-killed&action=monitor', true],
      ['cluster=&namespace=&rule=&action=&when=', true],
      ['cluster=other', false],
      ['namespace=sho', false],
      ['rule=image-pull', false],
      ['action=propose', false],
      ['cluster=%3Cscript%3E', false],
    ] as const)
      expect(wordsOf((await get(`/decisions?${query}`)).text).includes('Nothing matches.'), query).toBe(
        !isFound,
      );
  });

  test('of what is over are shown where they are asked for', async () => {
    const made = await madeService();
    await made.service.scan('prod');
    made.record('512Mi', 0);
    await made.service.scan('prod');
    const { get } = await servedPage(made);
    expect(wordsOf((await get('/decisions')).text)).toContain('Nothing matches.');
    expect(wordsOf((await get('/decisions?when=all')).text)).toContain('Deployment shop/cart');
  });
});

describe('clusters, repositories and configuration', () => {
  test('say what is read, what is not, and where each setting comes from', async () => {
    const made = await madeService({
      '.github/faultline.yml': 'policy:\n  default: {mode: propose}\nlimits:\n  perHour: 3\n',
    });
    const again = await made.startAgain(made.store, [recordedIn('/nowhere', 'harbour')]);
    await again.service.scanAll();
    const limit = {
      installation: '7',
      resource: 'core',
      limit: 5000,
      remaining: 4812,
      resetAt: 9e15,
      saidAt: 0,
    };
    const { get } = await servedFrom(viewsOf(again, [limit]));
    const clusters = wordsOf((await get('/clusters')).text);
    expect(clusters).toContain('2 clusters');
    expect(clusters).toMatch(/harbour .* Unreachable what fails there is not known .*\/nowhere/);
    expect(clusters).toMatch(/prod .* Readable 1 failing/);
    const overview = wordsOf((await get('/')).text);
    expect(overview).toMatch(/Cluster harbour cannot be read\..* It was never read/);
    const repositories = wordsOf((await get('/repositories')).text);
    expect(repositories).toMatch(/acme\/infra .* Served .* 1 open/);
    expect(repositories).toContain('4812 of 5000');
    const configuration = wordsOf((await get('/configuration')).text);
    expect(configuration).toMatch(/limits\.perHour Value 3 From \.github\/faultline\.yml:4/);
    expect(configuration).toMatch(/policy\.default Value \{mode: propose\} From \.github\/faultline\.yml:2/);
    expect(configuration).toMatch(/limits\.openPullRequests Value 10 From built-in default/);
  });

  test('a configuration in error is told with its lines', async () => {
    const made = await madeService({ '.github/faultline.yml': 'policy:\n  default: {mode: perhaps}\n' });
    await made.service.scan('prod');
    const { get } = await servedPage(made);
    for (const path of ['/repositories', '/configuration'])
      expect(wordsOf((await get(path)).text), path).toMatch(/\.github\/faultline\.yml:2/);
    expect(wordsOf((await get('/configuration')).text)).toMatch(
      /policy\.default .*mode: monitor.* errors in the configuration/,
    );
  });
});

describe('every page', () => {
  test('runs no script, is framed by nobody and is not kept', async () => {
    const made = await madeService();
    await made.service.scan('prod');
    const { get } = await servedPage(made);
    const paths = [
      '/',
      `/incidents/${await fingerprintOf(made)}`,
      '/decisions',
      '/clusters',
      '/repositories',
    ];
    for (const path of [...paths, '/configuration', '/nothing']) {
      const { headers, text } = await get(path);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(text).not.toMatch(/<script|\son\w+=|\sstyle=/i);
    }
  });

  test('takes GET and HEAD alone', async () => {
    const made = await madeService();
    const { get } = await servedPage(made);
    expect(await get('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await get('/', { method })).status).toBe(405);
  });

  test('says who may see it, and nothing else, to who may not', async () => {
    const made = await madeService();
    await made.service.scan('prod');
    const token = '5d0c0a4f5f3f4f0f9d4b7a61';
    const { get } = await servedPage(made, { token, proxy: null });
    for (const path of ['/', '/incidents/0123456789abcdef', '/nothing']) {
      const { status, headers, text } = await get(path);
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        'Basic realm="Faultline", charset="UTF-8"',
      ]);
      expect(text).not.toContain('shop');
    }
    expect((await get('/', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    for (const path of ['/healthz', '/metrics']) expect((await get(path)).status).toBe(200);
  });

  test('that cannot be made says so without its reason, which is logged', async () => {
    const broken = (): never => {
      throw new Error('the store is gone');
    };
    const { get, errors } = await servedFrom({
      overview: broken,
      incident: broken,
      clusters: broken,
      repositories: broken,
      decisions: broken,
      configuration: broken,
      worth: broken,
    });
    const { status, text } = await get('/');
    expect([status, text]).toEqual([500, 'this page could not be made; the log says why\n']);
    expect(errors).toEqual([{ path: '/', problem: 'the store is gone' }]);
  });
});

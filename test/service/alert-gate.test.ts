import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { alerting, CRASHING, TOKEN, type SendOptions } from './alerting.ts';

const one = { alerts: [{ status: 'firing', labels: { ...CRASHING, cluster: 'prod' } }] };
const hmac = (body: string) => createHmac('sha256', TOKEN).update(body).digest('hex');

describe('who may send alerts', () => {
  test.each<[string, number, SendOptions]>([
    ['with the token', 200, {}],
    ['without credentials', 401, { headers: {} }],
    ['with another token', 401, { headers: { authorization: 'Bearer another' } }],
    [
      'with a login in place of the token',
      401,
      { headers: { authorization: `Basic ${btoa(`a:${TOKEN}`)}` } },
    ],
    ['as an unknown source', 404, { path: '/alerts/nagios' }],
    ['as a source that is not in the settings', 404, { path: '/alerts/grafana' }],
    ['as no source', 404, { path: '/alerts' }],
    ['with GET', 405, { method: 'GET' }],
    ['as text', 415, { headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/plain' } }],
    ['elsewhere, which is for others', 418, { path: '/api/github/webhooks' }],
    ['at a name that only begins alike', 418, { path: '/alertsx' }],
  ])('%s', async (_name, status, options) => {
    const made = await alerting();
    expect((await made.send(one, options)).status).toBe(status);
    expect(await made.store.alerts.list()).toHaveLength(status === 200 ? 1 : 0);
  });

  test('nobody where a secret is missing or empty', async () => {
    for (const env of ['EMPTY', 'MISSING']) {
      // An empty key would sign whatever anybody sends.
      const made = await alerting({ alertmanager: { bearer: { env } } });
      expect(await made.send(one, { headers: { authorization: 'Bearer ' } })).toMatchObject({ status: 500 });
      expect(await made.send(one)).toMatchObject({ status: 500, error: 'it failed; the log says why' });
      expect(made.logged.join('\n')).toContain(`${env} is not set`);
    }
  });

  test('a login', async () => {
    const made = await alerting({ grafana: { basic: { user: 'grafana', password: { env: 'TOKEN' } } } });
    const sent = (login: string) =>
      made.send(one, { path: '/alerts/grafana', headers: { authorization: `Basic ${btoa(login)}` } });
    expect((await sent(`grafana:${TOKEN}`)).status).toBe(200);
    expect((await sent(`root:${TOKEN}`)).status).toBe(401);
  });

  test('Flux, by what it signs', async () => {
    const made = await alerting();
    const body = JSON.stringify({
      involvedObject: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
      severity: 'error',
      message: 'not ready',
      reason: 'HealthCheckFailed',
      metadata: { cluster: 'prod' },
    });
    const sent = (signature: string) =>
      made.send(body, { path: '/alerts/flux', headers: { 'x-signature': `sha256=${signature}` } });
    expect((await sent(hmac(body))).status).toBe(200);
    expect((await sent(hmac(`${body} `))).status).toBe(401);
    expect(await made.store.alerts.list()).toMatchObject([{ source: 'flux', title: 'HealthCheckFailed' }]);
  });

  test('an event for PagerDuty by its key, answered as PagerDuty does', async () => {
    const made = await alerting();
    const event = {
      routing_key: TOKEN,
      event_action: 'trigger',
      dedup_key: 'k1',
      payload: { summary: 'down', source: 'x', custom_details: { ...CRASHING, cluster: 'prod' } },
    };
    const sent = (payload: object) => made.send(payload, { path: '/alerts/pagerduty', headers: {} });
    expect(await sent(event)).toMatchObject({ status: 202, alerts: [{ status: 'investigating' }] });
    expect((await sent({ ...event, routing_key: 'another' })).status).toBe(401);
    expect((await sent({ ...event, routing_key: undefined })).status).toBe(401);
    expect(await sent({ ...event, event_action: 'explode' })).toMatchObject({ status: 400 });
  });

  test('a refusal is logged once, until somebody is let in', async () => {
    const made = await alerting();
    for (let time = 0; time < 3; time += 1) await made.send(one, { headers: { authorization: 'Bearer no' } });
    await made.send(one);
    await made.send(one, { headers: { authorization: 'Bearer no' } });
    expect(made.logged.filter((line) => line.includes('without valid credentials'))).toHaveLength(2);
    expect(made.logged.join('\n')).not.toContain('Bearer no');
  });
});

describe('what is refused', () => {
  test('what is no JSON, once it is known who sent it', async () => {
    const made = await alerting();
    expect(await made.send('{"alerts":')).toMatchObject({ status: 400, error: 'the body is not JSON' });
    expect((await made.send('{"alerts":', { headers: {} })).status).toBe(401);
  });

  test('a body of somebody without credentials, before any of it is read', async () => {
    const made = await alerting(undefined, { one: 1000, all: 10_000, milliseconds: 5_000 });
    const long = { alerts: [{ status: 'firing', labels: { pod: 'x'.repeat(2000) } }] };
    const headers = { authorization: 'Bearer another' };
    expect((await made.send(long, { headers })).status).toBe(401);
    expect((await made.send(long, { path: '/alerts/flux', headers })).status).toBe(401);
  });

  test('a body that is too long', async () => {
    const made = await alerting(undefined, { one: 1000, all: 10_000, milliseconds: 5_000 });
    const long = { alerts: [{ status: 'firing', labels: { pod: 'x'.repeat(2000) } }] };
    expect((await made.send(long)).status).toBe(413);
  });

  test('a wrong field, by its name, and no other alert of the group', async () => {
    const made = await alerting();
    const answer = await made.send({ alerts: [{ status: 'firing', labels: { pod: 7 } }, ...one.alerts] });
    expect(answer).toMatchObject({
      status: 422,
      error: 'alerts.0.labels.pod: expected string, received number',
      alerts: [{ status: 'refused' }, { status: 'investigating', alert: 'KubePodCrashLooping' }],
    });
    expect(await made.store.alerts.list()).toHaveLength(1);
  });

  test('an unknown cluster, and no other alert of the group', async () => {
    const made = await alerting();
    const answer = await made.fire({ ...CRASHING, cluster: 'moon' }, CRASHING);
    expect(answer).toMatchObject({
      status: 422,
      alerts: [{ status: 'refused' }, { status: 'investigating' }],
    });
    expect(answer.error).toContain('no cluster is called moon in the settings, which have prod, west');
    expect(await made.store.alerts.list()).toMatchObject([{ cluster: 'prod' }]);
  });
});

describe('which cluster an alert means', () => {
  const { namespace, pod } = CRASHING;
  test.each([
    ['its label', { cluster: 'prod' }, '', 'prod'],
    ['an alias', { cluster: 'prod-eu-1' }, '', 'prod'],
    ['the address, before its label', { cluster: 'prod' }, '?cluster=west', 'west'],
  ])('%s', async (_name, labels, query, cluster) => {
    const made = await alerting();
    const payload = { alerts: [{ status: 'firing', labels: { namespace, pod, ...labels } }] };
    expect((await made.send(payload, { path: `/alerts/alertmanager${query}` })).status).toBe(200);
    expect(await made.store.alerts.list()).toMatchObject([{ cluster }]);
  });

  test('none where there are several and it names none', async () => {
    const made = await alerting();
    const answer = await made.send({ alerts: [{ status: 'firing', labels: { namespace, pod } }] });
    expect(answer.status).toBe(422);
    expect(answer.error).toContain('expected a label cluster, or ?cluster= with one of prod, west');
  });
});

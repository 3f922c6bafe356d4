import { describe, expect, test } from 'vitest';
import { DASHBOARD_TITLE } from '../../src/dashboard/text.ts';
import { parseMarker } from '../../src/pull-requests/marker.ts';
import { alerting, alertingOn, CRASHING, type Alerting } from './alerting.ts';

const EDIT_INTERVAL = 5 * 60_000;
const FIX = 'fix(cart): raise memory limit to 768Mi';

/** A cluster that was healthy when it was read last, an hour before the next time. */
async function watching(): Promise<Alerting> {
  const made = await alerting();
  made.record('512Mi', 0);
  await made.service.scan('prod');
  expect(made.repository.pulls()).toEqual([]);
  return made;
}

const dashboard = ({ repository }: Alerting): string =>
  repository.issues().find(({ title }) => title === DASHBOARD_TITLE)?.body ?? '';

describe('an alert about something that fails', () => {
  test('is investigated at once, and named in the pull request', async () => {
    const made = await watching();
    made.record('512Mi', 6);
    const answer = await made.fire(CRASHING);
    expect(answer).toMatchObject({
      status: 200,
      alerts: [{ status: 'investigating', cluster: 'prod', objects: ['Deployment shop/cart'] }],
    });
    await made.service.queue.drain();
    const [pull] = made.repository.pulls();
    expect(pull).toMatchObject({ title: FIX });
    expect(pull!.body).toContain('Alertmanager reports:');
    expect(pull!.body).toContain('KubePodCrashLooping: Something is wrong.');
    expect(dashboard(made)).not.toContain('Alerts without an incident');
  });

  test('makes no cause surer, and is no new kind of evidence', async () => {
    const bodies = [];
    for (const isTold of [true, false]) {
      const made = await watching();
      made.record('512Mi', 6);
      if (isTold) await made.fire(CRASHING);
      else await made.service.scan('prod');
      await made.service.queue.drain();
      bodies.push(made.repository.pulls()[0]!.body);
    }
    const [told, untold] = bodies.map((body) => ({
      confidence: /Confidence [\d.]+/.exec(body)?.[0],
      kinds: /kinds=(\S+)/.exec(body)?.[1],
    }));
    expect(told).toEqual(untold);
    expect(told!.kinds).toContain('pod-status');
  });

  test('joins the incident that is open, with no second pull request', async () => {
    const made = await alerting();
    await made.service.scan('prod');
    const [incident] = await made.store.incidents.list();
    const answer = await made.fire(CRASHING);
    expect(answer.alerts).toMatchObject([{ status: 'joined', incidents: [incident!.fingerprint] }]);
    await made.service.queue.drain();
    made.github.clock.advance(EDIT_INTERVAL);
    await made.service.scan('prod');
    expect(made.repository.pulls()).toHaveLength(1);
    expect(made.repository.pulls()[0]!.body).toContain('Alertmanager reports:');
  });

  test('is noted once, however often it is told, and stays noted when it is over', async () => {
    const made = await alerting();
    await made.service.scan('prod');
    await made.fire(CRASHING, CRASHING);
    await made.service.queue.drain();
    const writes = made.github.journal.length;
    expect((await made.fire(CRASHING)).alerts).toMatchObject([{ status: 'repeated' }]);
    await made.service.queue.drain();
    expect(made.github.journal.length, 'a repetition asks nothing of GitHub').toBe(writes);
    made.github.clock.advance(EDIT_INTERVAL);
    await made.service.scan('prod');
    expect((await made.resolve(CRASHING)).alerts).toMatchObject([{ status: 'resolved' }]);
    made.github.clock.advance(EDIT_INTERVAL);
    await made.service.scan('prod');
    const { body } = made.repository.pulls()[0]!;
    expect(body.split('Alertmanager reports:')).toHaveLength(2);
    expect(await made.store.alerts.list()).toHaveLength(1);
  });

  test('that comes again after its end is investigated again', async () => {
    const made = await watching();
    await made.fire(CRASHING);
    await made.service.queue.drain();
    await made.resolve(CRASHING);
    made.record('512Mi', 6);
    expect((await made.fire(CRASHING)).alerts).toMatchObject([{ status: 'investigating' }]);
    await made.service.queue.drain();
    expect(made.repository.pulls()).toMatchObject([{ title: FIX }]);
  });

  test('that names something else by now is looked up again', async () => {
    const made = await watching();
    const told = { fingerprint: 'f1', status: 'firing' };
    const of = (name: string) => ({
      alerts: [{ ...told, labels: { cluster: 'prod', namespace: 'shop', deployment: name } }],
    });
    await made.send(of('cart'));
    await made.service.queue.drain();
    expect((await made.send(of('cart'))).alerts).toMatchObject([{ status: 'repeated' }]);
    expect((await made.send(of('till'))).alerts).toMatchObject([{ status: 'unknown' }]);
    expect(await made.store.alerts.list()).toMatchObject([{ state: 'pending' }]);
  });

  test('whose end nobody told, and that comes again after days, is new', async () => {
    const made = await watching();
    await made.fire(CRASHING);
    await made.service.queue.drain();
    made.github.clock.advance(2 * 24 * 3_600_000);
    expect((await made.fire(CRASHING)).alerts).toMatchObject([{ status: 'investigating' }]);
  });

  test('is not noted with an incident of another container, or of another object', async () => {
    const made = await alerting();
    await made.fire({ ...CRASHING, container: 'sidecar' }, { namespace: 'shop', replicaset: 'none' });
    await made.service.queue.drain();
    expect(made.repository.pulls()[0]!.body).not.toContain('Alertmanager');
  });
});

describe('an alert that leads to nothing', () => {
  test('about something healthy is on the dashboard until it is over', async () => {
    const made = await watching();
    await made.fire(CRASHING);
    await made.service.queue.drain();
    expect(dashboard(made)).toContain('Alerts without an incident: 1');
    expect(dashboard(made)).toContain('Alertmanager: `KubePodCrashLooping`, in `prod` since');
    expect(dashboard(made)).toContain('Faultline finds no failure of `Deployment shop/cart`');
    await made.resolve(CRASHING);
    await made.service.scan('prod');
    expect(dashboard(made)).not.toContain('Alerts without an incident');
  });

  test('about something unknown is answered, logged and shown', async () => {
    const made = await watching();
    const answer = await made.fire({ namespace: 'bank', deployment: 'till', alertname: 'TillDown' });
    expect(answer).toMatchObject({ status: 200, alerts: [{ status: 'unknown' }] });
    expect(answer.alerts[0]!.message).toContain('cluster prod has no Deployment bank/till');
    await made.service.queue.drain();
    expect(made.logged.join('\n')).toContain('an alert is about nothing that Faultline knows');
    expect(dashboard(made)).toContain('Alertmanager: `TillDown`');
    expect(made.repository.pulls()).toEqual([]);
  });

  test('about something unknown is looked up again when it is told again', async () => {
    const made = await watching();
    const missing = { namespace: 'shop', deployment: 'cart-canary' };
    await made.fire(missing);
    await made.service.queue.drain();
    expect((await made.fire(missing)).alerts).toMatchObject([{ status: 'unknown' }]);
    expect(await made.store.alerts.list()).toMatchObject([{ state: 'pending' }]);
  });

  test.each([
    ['names no object', { alertname: 'Watchdog', severity: 'none' }],
    ['names a recipient in place of an object', { alertname: 'x', namespace: 'shop', pod: '@acme/everyone' }],
  ])('one that %s is ignored, and is nowhere', async (_name, labels) => {
    const made = await watching();
    const before = made.github.journal.length;
    const answer = await made.fire(labels);
    expect(answer).toMatchObject({ status: 200, alerts: [{ status: 'ignored' }] });
    expect(answer.alerts[0]!.message).toContain('expected labels: namespace with pod');
    await made.service.queue.drain();
    expect(await made.store.alerts.list()).toEqual([]);
    expect(made.github.journal.length).toBe(before);
  });

  test('the end of one that was never told is ignored', async () => {
    const made = await watching();
    made.record('512Mi', 6);
    expect((await made.resolve(CRASHING)).alerts).toMatchObject([{ status: 'ignored' }]);
    await made.service.queue.drain();
    expect(made.repository.pulls()).toEqual([]);
  });

  test('texts of an alert cannot mention, forge a marker, or leave their place', async () => {
    const made = await alerting();
    await made.fire({ ...CRASHING, alertname: '@acme/all `x` <!-- faultline:1 fingerprint=0 --> **bold**' });
    await made.service.queue.drain();
    const { body } = made.repository.pulls()[0]!;
    expect(body).toContain('Alertmanager reports:');
    // The whole text is code, with the mention taken apart, and the last line is the only marker that is read.
    expect(body).not.toContain('@acme/all');
    expect(body).toContain('<!-- faultline:1 fingerprint=0 --> **bold**: Something is wrong.``');
    expect(parseMarker(body)!.fingerprints).not.toContain('0');
  });
});

describe('what was taken', () => {
  test('is on the disk before it is answered, and investigated after a restart', async () => {
    const made = await watching();
    // The process dies before any task runs.
    await made.service.queue.stop();
    made.record('512Mi', 6);
    expect((await made.fire(CRASHING)).status).toBe(200);
    const again = await alertingOn(await made.startAgain(made.store));
    await again.serving.list();
    await again.serving.start();
    await again.service.queue.drain();
    // One of several clusters waits for the others.
    again.github.clock.advance(3_000);
    await again.service.queue.drain();
    expect(again.repository.pulls()).toMatchObject([{ title: FIX }]);
    expect(again.repository.pulls()[0]!.body).toContain('Alertmanager reports:');
    expect(await again.store.alerts.list()).toMatchObject([{ state: 'found' }]);
  });

  test('waits for a cluster that cannot be read', async () => {
    const made = await watching();
    expect((await made.fire({ ...CRASHING, cluster: 'west' })).alerts).toMatchObject([
      { status: 'investigating', cluster: 'west' },
    ]);
    await made.service.queue.drain();
    expect(await made.store.alerts.list('west')).toMatchObject([{ state: 'pending' }]);
    expect(made.errors.join('\n')).toContain('alerts about cluster west wait until it can be read');
  });

  test('is forgotten a week after it was told last', async () => {
    const made = await watching();
    await made.fire(CRASHING);
    made.github.clock.advance(8 * 24 * 3_600_000);
    await made.serving.tasks().retain(null);
    expect(await made.store.alerts.list()).toEqual([]);
  });
});

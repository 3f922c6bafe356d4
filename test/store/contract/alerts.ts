import { expect, test } from 'vitest';
import type { ReceivedAlert } from '../../../src/model/received-alert.ts';
import { opened, type Open } from './open.ts';

const received: ReceivedAlert = {
  cluster: 'prod',
  source: 'alertmanager',
  id: 'a1',
  title: 'KubePodCrashLooping',
  summary: 'Pod is crash looping.',
  names: {
    cluster: 'prod-eu',
    objects: [{ kind: 'Pod', namespace: 'shop', name: 'cart-1' }],
    also: [],
    container: 'server',
  },
  state: 'found',
  about: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' }],
  why: null,
  startsAt: 1,
  receivedAt: 5,
  lastAt: 5,
  resolvedAt: null,
};

export function alertsContract(open: Open): void {
  test('an alert is read as it was written, and replaced by its cluster, source and id', async () => {
    const { alerts } = await opened(open);
    await alerts.save(received);
    expect(await alerts.get(received)).toEqual(received);
    const resolved = { ...received, lastAt: 9, resolvedAt: 9 };
    await alerts.save(resolved);
    expect(await alerts.list()).toEqual([resolved]);
    expect(await alerts.get({ ...received, source: 'grafana' })).toBeNull();
  });

  test('alerts are listed by the time of their first notification, of one cluster or all', async () => {
    const { alerts } = await opened(open);
    const west = { ...received, cluster: 'west', receivedAt: 1 };
    const later = { ...received, id: 'a0', receivedAt: 7 };
    for (const alert of [later, received, west]) await alerts.save(alert);
    expect(await alerts.list()).toEqual([west, received, later]);
    expect(await alerts.list('prod')).toEqual([received, later]);
  });

  test('alerts are forgotten by the time of their last notification', async () => {
    const { alerts } = await opened(open);
    const told = { ...received, id: 'a2', lastAt: 20 };
    for (const alert of [received, told]) await alerts.save(alert);
    await alerts.forgetBefore(20);
    expect(await alerts.list()).toEqual([told]);
  });

  test('the texts of an alert are masked', async () => {
    const { alerts } = await opened(open);
    await alerts.save({ ...received, summary: 'password=hunter2-of-the-shop' });
    expect(JSON.stringify(await alerts.list())).not.toContain('hunter2');
  });
}

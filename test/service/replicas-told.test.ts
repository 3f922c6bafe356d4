import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import type { StandInRepository } from '../github/stand-in/interface.ts';
import { needsPostgres } from '../needs.ts';
import { Fleet } from './replicas/fleet.ts';
import { problemsOf, settled } from './replicas/misfortunes.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

/** A service that is told of incidents. */
async function listener() {
  const told: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      told.push(JSON.parse(text) as Record<string, unknown>);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function answersTo(repository: StandInRepository): number {
  return repository.comments(repository.pulls()[0]!.number).filter(({ author }) => author !== 'ana').length;
}

needsPostgres()(
  'three replicas tell of each incident once, and answer a webhook once that reaches all of them, twice and at the same time',
  { timeout: 300_000 },
  async () => {
    const { told, url } = await listener();
    const fleet = await Fleet.begin({
      replicas: 3,
      clusters: 3,
      webhooks: true,
      settings:
        'notifications:\n  routes:\n    oncall:\n      webhook: {url: {env: TOLD}, secret: {env: TOLD_SECRET}}\n      followUps: false\n',
      environment: { TOLD: url, TOLD_SECRET: 'whsec_c2hhcmVk' },
    });
    onTestFinished(() => fleet.end(), 60_000);
    fleet.start();
    await settled(fleet);
    const ofIncidents = (): readonly string[] =>
      told.flatMap(({ incident, incidents }) =>
        ([incident, incidents].flat() as ({ readonly cluster: string } | undefined)[]).flatMap((one) =>
          one === undefined ? [] : [one.cluster],
        ),
      );
    await vi.waitFor(
      () => expect(ofIncidents().toSorted()).toEqual(['prod-0', 'prod-1', 'prod-2']),
      PATIENCE,
    );

    const { github, repositories } = fleet;
    for (const [round, repository] of [...repositories, ...repositories].entries()) {
      // Nobody is told as it happens.
      github.deliverTo(null);
      await repository.person('ana', 'write').comment(repository.pulls()[0]!.number, '/rca status');
      const { id } = github.webhooks.deliveries.findLast(({ event }) => event === 'issue_comment')!;
      const sent = [...fleet.replicas, ...fleet.replicas].map(({ webhooks }) => {
        github.deliverTo(webhooks);
        return github.webhooks.redeliver(id);
      });
      const statuses = (await Promise.all(sent)).map(({ status }) => status);
      expect(statuses, fleet.log().slice(-2_000)).toEqual(Array(6).fill(200));
      const wanted = round < repositories.length ? 1 : 2;
      await vi.waitFor(() => expect(answersTo(repository)).toBeGreaterThanOrEqual(wanted), PATIENCE);
    }
    // The answers to the second question of each came after all else of the first: there is none too many.
    expect(await problemsOf(fleet, 2)).toEqual([]);
    expect(ofIncidents()).toHaveLength(3);
  },
);

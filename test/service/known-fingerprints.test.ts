import { expect, test } from 'vitest';
import { parseMarker, withMarker, type Marker } from '../../src/pull-requests/marker.ts';
import { answers, say, withPull } from './conversation.ts';

/** A pull request as a version described it that took the subject for the fingerprint; the store is that version's, or lost. */
async function afterUpgrade(isStoreLost: boolean) {
  const made = await withPull();
  const { body } = made.repository.pull(made.number);
  const { subjects = [], ...marker } = parseMarker(body)!;
  const former = subjects[0]!.subject;
  const before: Marker = { ...marker, fingerprints: [former] };
  await made.host.updatePullRequest(made.number, { body: withMarker(body, before) });
  const [incident] = await made.store.incidents.list();
  const again = await made.startAgain();
  if (!isStoreLost)
    await again.store.incidents.recordScan({
      cluster: 'prod',
      at: 1,
      incidents: [{ ...incident!, fingerprint: former }],
      endingOf: () => 'recovered',
    });
  return { ...again, number: made.number, former, own: marker.fingerprints[0]! };
}

test.each([true, false])(
  'an incident of an earlier version is known again (store lost: %s)',
  async (lost) => {
    const { service, repository, store, number, former, own } = await afterUpgrade(lost);
    expect(former).not.toBe(own);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
    expect(parseMarker(repository.pull(number).body)!.fingerprints).toEqual([former]);
    expect((await store.incidents.list()).map(({ fingerprint }) => fingerprint)).toEqual([former]);
    expect(
      repository
        .comments(number)
        .map(({ body }) => body)
        .join(),
    ).not.toContain('more incident');
  },
);

test('commands in its pull request are about it', async () => {
  const upgraded = await afterUpgrade(true);
  await say(upgraded, upgraded.number, upgraded.ana, '/rca explain');
  expect(answers(upgraded, upgraded.number).at(-1)).toContain('memory limit');
  await say(upgraded, upgraded.number, upgraded.ana, '/rca snooze 2d');
  expect(await upgraded.store.snoozes.active(upgraded.former, upgraded.github.clock.now())).not.toBeNull();
});

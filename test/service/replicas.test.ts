import { expect, onTestFinished } from 'vitest';
import { needsPostgres } from '../needs.ts';
import { Fleet } from './replicas/fleet.ts';
import { answered, ask, problemsOf, MISFORTUNES, settled, type Misfortune } from './replicas/misfortunes.ts';

/** No cluster may be unwatched for longer, in milliseconds. */
const LONGEST_GAP = 30_000;

/** `node bench/replicas.ts` goes on for minutes, in random order. */
needsPostgres()(
  'three replicas that are killed and cut off leave one of everything, and no cluster unwatched',
  { timeout: 600_000 },
  async () => {
    const fleet = await Fleet.begin({ replicas: 3, clusters: 2 });
    onTestFinished(() => fleet.end());
    fleet.start();
    await settled(fleet);
    let questions = 0;
    for (const [at, what] of (
      [
        'killed',
        'database restarted',
        'connections cut',
        'cable pulled',
      ] as const satisfies readonly Misfortune[]
    ).entries()) {
      // While it happens.
      const happening = MISFORTUNES[what](fleet, at % 3);
      await ask(fleet);
      questions += 1;
      await happening;
      await answered(fleet, questions);
    }
    expect(fleet.longestGap()).toBeLessThan(LONGEST_GAP);
    expect(await problemsOf(fleet, questions)).toEqual([]);
  },
);

import { openSnapshot } from '../cluster/snapshot.ts';
import { type Check, ok, warning } from './check.ts';

/** Problems of one recording that are listed. */
const MOST = 3;

/** A recorded cluster: whether it can be read, and what of it cannot. */
export function recordingCheck(name: string, path: string): Check {
  const what = `cluster ${name}`;
  return {
    what,
    run: async () => {
      const recorded = await openSnapshot(path, { name });
      await recorded.read();
      const problems = recorded.problems();
      if (problems.length === 0) return [ok(what, `the recording ${path} can be read`)];
      const listed = problems
        .slice(0, MOST)
        .map(({ where, message }) => warning(what, `${where}: ${message}`));
      const left = problems.length - listed.length;
      return left === 0 ? listed : [...listed, warning(what, `… and ${left} more problems of ${path}`)];
    },
  };
}

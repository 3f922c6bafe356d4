import { messageOf } from '../errors/error-message.ts';
import type { Log } from './log.ts';
import type { Served } from './served.ts';

/** What fails is said once, and once more when it works again or fails in another way. */
export async function attempt(
  log: Log,
  { scans, said }: Served,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const facts = { repository: scans.host.repository, what };
  try {
    await work();
    if (said.delete(what)) log.info(facts, 'works again');
  } catch (error) {
    const problem = messageOf(error);
    const isSaid = said.get(what) === problem;
    said.set(what, problem);
    if (isSaid) log.debug({ ...facts, problem }, 'failed as before');
    else log.error({ ...facts, problem }, 'failed for now; the next scan tries again');
  }
}

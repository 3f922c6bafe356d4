import { refused, done, type Answer, type Context } from '../command.ts';
import type { WorkloadName } from '../parse.ts';
import { reportText } from '../report-text.ts';
import { utc } from '../../kubernetes/times.ts';
import { joinProse, ownText, prose } from '../../untrusted/prose.ts';

export const WORKLOAD_USAGE = '/rca [<Kind>] <namespace>/<workload>';
export const WORKLOAD_SUMMARY = 'diagnoses one workload now';

/** `/rca shop/cart`: what is wrong with it now. Nothing is opened that would not be opened anyway. */
export async function diagnoseWorkload(
  { actions, rest }: Pick<Context, 'actions' | 'rest'>,
  workload: WorkloadName,
): Promise<Answer> {
  if (rest !== '') return refused(prose`Only one workload at a time, please: \`${WORKLOAD_USAGE}\`.`);
  const name = `${workload.namespace}/${workload.name}`;
  const diagnosis = await actions.diagnose(workload);
  switch (diagnosis.kind) {
    case 'unreadable':
      return refused(prose`${name} could not be diagnosed: ${diagnosis.why}`);
    case 'unknown-workload': {
      const similar = joinProse(
        diagnosis.similar.slice(0, 5).map((one) => prose`${one}`),
        ', ',
      );
      const meant = diagnosis.similar.length === 0 ? ownText('') : prose` Did you mean ${similar}?`;
      const kind = workload.kind === null ? ownText('workload') : prose`${workload.kind}`;
      return refused(prose`There is no ${kind} ${name} in the clusters that are watched.${meant}`);
    }
    case 'diagnosed': {
      const { seen, clusters, at, problems } = diagnosis;
      const where = joinProse(
        clusters.map((cluster) => prose`${cluster}`),
        ', ',
      );
      const head =
        seen.length > 0
          ? prose`${name} as of ${utc(at)}:`
          : prose`Nothing is wrong with ${name} in ${where}, as of ${utc(at)}.`;
      const gaps = problems.slice(0, 3).map((problem) => prose`Not everything could be read: ${problem}`);
      return done(head, seen.length > 0 ? reportText(seen) : '', ...gaps);
    }
  }
}

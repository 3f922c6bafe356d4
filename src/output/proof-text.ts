import type { Proof } from '../proof/proof.ts';
import { count } from '../pull-requests/times.ts';
import { oneLine } from './paint.ts';

/** `proven: changes 1 field in 1 root; 3 other roots that read the file stay as they are` */
export function proofText({ status, reason, roots }: Proof): string {
  if (status === 'unproven') return `not proven: ${oneLine(reason ?? 'something could not be rendered')}`;
  const changed = roots.filter(({ changes }) => changes.length > 0);
  const fields = changed.reduce((sum, { changes }) => sum + changes.length, 0);
  const same = roots.length - changed.length;
  const others =
    same === 0
      ? 'nothing else changes'
      : `${count(same, 'other root')} that read${same === 1 ? 's' : ''} the file stay${same === 1 ? 's' : ''} as before`;
  return `proven: changes ${count(fields, 'field')} in ${count(changed.length, 'root')}; ${others}`;
}

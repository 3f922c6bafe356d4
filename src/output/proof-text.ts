import type { Proof } from '../model/proof.ts';
import { count } from '../pull-requests/times.ts';
import { oneLine } from './paint.ts';

/** `proven: changes 1 field in 1 root; nothing else changes` */
export function proofText({ status, reason, roots }: Proof): string {
  if (status === 'unproven') return `not proven: ${oneLine(reason ?? 'something could not be rendered')}`;
  const fields = roots.reduce((sum, { changes }) => sum + changes.length, 0);
  return `proven: changes ${count(fields, 'field')} in ${count(roots.length, 'root')}; nothing else changes`;
}

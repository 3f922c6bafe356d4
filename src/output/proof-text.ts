import type { Proof } from '../model/proof.ts';
import { count } from '../kubernetes/times.ts';
import { ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';

/** `proven: changes 1 field in 1 root; nothing else changes` */
export function proofText({ status, reason, roots }: Proof): Prose {
  if (status === 'unproven')
    return prose`not proven: ${sentenceOf(reason ?? 'something could not be rendered')}`;
  const fields = roots.reduce((sum, { changes }) => sum + changes.length, 0);
  return ownText(
    `proven: changes ${count(fields, 'field')} in ${count(roots.length, 'root')}; nothing else changes`,
  );
}

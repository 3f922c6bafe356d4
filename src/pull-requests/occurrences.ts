import { paragraph, type Block } from '../model/block.ts';
import { confidenceOf, type Finding } from '../model/finding.ts';
import { ownText, plainText, prose } from '../untrusted/prose.ts';
import { utc, utcMinutes } from '../kubernetes/times.ts';

/** Where, since when, how often where that was not said, how sure. */
export function occurrenceLine(cluster: string, finding: Finding): Block {
  const { firstSeen, lastSeen, occurrences, summary, rootCause } = finding;
  const [since, until] = [utcMinutes(firstSeen), utcMinutes(lastSeen)];
  const last = since.slice(0, 10) === until.slice(0, 10) ? until.slice(11) : until;
  const said = `${plainText(summary)} ${plainText(rootCause)}`;
  const isSaid = occurrences === 1 || said.includes(`${occurrences} times`);
  const times = isSaid ? prose`` : prose` ${occurrences} times`;
  const confidence = confidenceOf(finding.confidence).toFixed(2);
  return paragraph(
    prose`Cluster ${cluster}: seen${times} since ${utc(firstSeen)}, last at ${last}. Confidence ${ownText(confidence)}.`,
  );
}

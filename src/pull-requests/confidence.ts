import { confidenceOf, type Finding } from '../model/finding.ts';
import { type Room, bulleted, sentence } from './room.ts';

/** The score and the factors whose product it is. */
export function confidenceSection(
  { confidence }: Pick<Finding, 'confidence'>,
  room: Pick<Room, 'entries'>,
): string {
  if (confidence.length === 0) return '';
  const factors = confidence.map(({ factor, reason }) => `${factor.toFixed(2)}: ${sentence(reason)}`);
  const made = confidence.length === 1 ? '' : 'The product of:\n\n';
  return `### Confidence ${confidenceOf(confidence).toFixed(2)}\n\n${made}${bulleted(factors, room)}`;
}

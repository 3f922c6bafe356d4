import type { Evidence, EvidenceSource } from '../model/evidence.ts';
import { inline, quotedLines } from '../untrusted/markdown.ts';
import { untrusted } from '../untrusted/prose.ts';
import type { Room } from './room.ts';
import { count, NO_TIME, utcMinutes } from './times.ts';

/**
 * Quoted observations, oldest first; those without a time last. A list, since a phone shows a table with long names only by
 * scrolling sideways. Where all were seen on one day, it is named once.
 */
export function evidenceSection(
  evidence: readonly Evidence[],
  room: Pick<Room, 'evidence' | 'evidenceLines'>,
): string {
  if (evidence.length === 0) return '';
  const sorted = [...evidence].sort((a, b) => order(a.at) - order(b.at));
  const shown = sorted.slice(0, room.evidence);
  const days = new Set(shown.map(({ at }) => utcMinutes(at).slice(0, 10)).filter((day) => day !== NO_TIME));
  const day = days.size === 1 ? [...days][0]! : null;
  const entries = shown.map(({ at, source, ref, text }) => {
    const time = utcMinutes(at);
    const when = time === NO_TIME ? '' : `**${day === null ? time : time.replace(`${day} `, '')}** `;
    const quote = quotedLines(text, room.evidenceLines);
    return `- ${when}${SOURCES[source]}, ${inline(untrusted(ref))}:<br>${quote}`;
  });
  const left = sorted.length - shown.length;
  return [
    '### Evidence',
    `Times in UTC${day === null ? '' : `, on ${day}`}.`,
    entries.join('\n'),
    left > 0 ? `${count(left, 'more observation')} left out for length.` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const SOURCES: Readonly<Record<EvidenceSource, string>> = {
  'pod-status': 'pod status',
  event: 'event',
  log: 'log',
  metric: 'metric',
  object: 'object',
  git: 'git',
  registry: 'registry',
  config: 'config',
};

function order(at: number | null): number {
  return at ?? Number.MAX_SAFE_INTEGER;
}

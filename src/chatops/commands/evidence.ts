import { describeRef } from '../../kubernetes/objects.ts';
import { evidenceSection } from '../../pull-requests/evidence.ts';
import { ROOMS, type Room } from '../../pull-requests/room.ts';
import { inline } from '../../untrusted/markdown.ts';
import { prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import type { Seen } from '../desk.ts';
import { noArguments, nothingSeen } from '../usual.ts';

/** Incidents with one cause have much the same evidence. */
const MOST = 3;

/** In characters; leaves room for the answers to other commands. */
const LIMIT = 40_000;

export const evidence: Command = {
  name: 'evidence',
  usage: '/rca evidence',
  summary: 'shows all that was seen, with sources and times',
  acts: false,
  needs: 'incident',
  async run({ desk, subject, rest }) {
    if (rest !== '') return refused(noArguments(evidence));
    const seen = await desk.seen(subject);
    if (seen.length === 0) return done(nothingSeen());
    const texts = ROOMS.map((room) => evidenceText(seen.slice(0, MOST), room));
    return done(texts.find(({ length }) => length <= LIMIT) ?? texts.at(-1)!);
  },
};

function evidenceText(seen: readonly Seen[], room: Room): string {
  return seen
    .flatMap(({ result: { incident } }) => {
      const { object, evidence: observations } = incident.finding;
      const heading = seen.length === 1 ? '' : inline(prose`${describeRef(object)}:`);
      return [heading, evidenceSection(observations, room)];
    })
    .filter((part) => part !== '')
    .join('\n\n');
}

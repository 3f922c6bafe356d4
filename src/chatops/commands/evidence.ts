import { describeRef } from '../../kubernetes/objects.ts';
import { heading, type Block } from '../../model/block.ts';
import { evidenceBlocks } from '../../pull-requests/evidence.ts';
import { prose } from '../../untrusted/prose.ts';
import { toMarkdown } from '../../writers/markdown.ts';
import { done, refused, type Command } from '../command.ts';
import type { Seen } from '../actions.ts';
import { noArguments, nothingSeen } from '../usual.ts';

/** Incidents with one cause have much the same evidence. */
const MOST = 3;

/** In characters; leaves space for the answers to other commands. */
const LIMIT = 40_000;

export const evidence: Command = {
  name: 'evidence',
  usage: '/rca evidence',
  summary: 'shows all that was seen, with sources and times',
  acts: false,
  needs: 'incident',
  async run({ actions, subject, rest }) {
    if (rest !== '') return refused(noArguments(evidence));
    const seen = await actions.seen(subject);
    if (seen.length === 0) return done(nothingSeen());
    return done(
      toMarkdown(
        seen.slice(0, MOST).flatMap(({ result }) => blocksOf(result, seen.length)),
        LIMIT,
      ),
    );
  },
};

function blocksOf({ incident }: Seen['result'], reports: number): readonly Block[] {
  const { object, evidence: observations } = incident.finding;
  return [
    ...(reports === 1 ? [] : [heading(prose`${describeRef(object)}`)]),
    ...evidenceBlocks(observations),
  ];
}

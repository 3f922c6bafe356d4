import { item, list } from '../../model/block.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { done, type Command } from '../command.ts';
import { WORKLOAD_SUMMARY, WORKLOAD_USAGE } from './workload.ts';

export const help: Command = {
  name: 'help',
  usage: '/rca help',
  summary: 'lists the commands',
  acts: false,
  needs: 'anywhere',
  async run({ commands }) {
    const workload = { usage: WORKLOAD_USAGE, summary: WORKLOAD_SUMMARY };
    const lines = [workload, ...commands].map(({ usage, summary }) =>
      item(prose`\`${usage}\`: ${ownText(summary)}`),
    );
    return done(
      ...list(lines),
      ownText('Each on a line of its own, from people with write access. Edits of a comment are not read.'),
    );
  },
};

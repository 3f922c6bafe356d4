import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import type { Command } from './command.ts';

/** What several commands answer. */

export function noArguments({ usage }: Pick<Command, 'usage'>): Prose {
  return prose`It stands alone: \`${usage}\`. For one workload, \`${'/rca <namespace>/<workload>'}\`.`;
}

export function writeAs({ usage }: Pick<Command, 'usage'>): Prose {
  return prose`Write it as \`${usage}\`.`;
}

export function nothingSeen(): Prose {
  return ownText('Nothing of this is failing any more, as far as the clusters can be read.');
}

import type { Command } from '../command.ts';
import { accept } from './accept.ts';
import { approve } from './approve.ts';
import { blame } from './blame.ts';
import { evidence } from './evidence.ts';
import { explain } from './explain.ts';
import { help } from './help.ts';
import { ignore } from './ignore.ts';
import { retry } from './retry.ts';
import { rebuild } from './rebuild.ts';
import { revert } from './revert.ts';
import { set } from './set.ts';
import { snooze } from './snooze.ts';
import { status } from './status.ts';
import { undo } from './undo.ts';

/** All commands, in the order of the help. Besides them there is `/rca <namespace>/<workload>`. */
export const commands: readonly Command[] = [
  explain,
  evidence,
  blame,
  retry,
  rebuild,
  set,
  undo,
  approve,
  revert,
  snooze,
  ignore,
  accept,
  status,
  help,
];

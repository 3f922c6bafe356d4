import { messageOf } from '../errors/error-message.ts';
import { HostError } from '../github/host-error.ts';
import { ownText, plainText, prose, sentenceOf, untrusted } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { refused, type Answer, type Command, type Context } from './command.ts';
import { diagnoseWorkload, WORKLOAD_USAGE } from './commands/workload.ts';
import type { Subject } from './actions.ts';
import type { Order } from './parse.ts';

/** `failed`: it broke, and the answer says how. */
export type Outcome = Answer['outcome'] | 'failed';

export interface CarriedOut {
  readonly outcome: Outcome;
  readonly text: string;
  /** Nothing was done, so it may be tried again: it was refused, or GitHub could not be asked. */
  readonly mayBeRepeated: boolean;
}

/** Where a command is written, and whether one before it in the comment failed. */
export interface Circumstances extends Omit<Context, 'rest' | 'subject'> {
  readonly isBlocked: boolean;
  /** As it is now: a command before may have changed it. */
  subject(): Promise<Subject | null>;
}

/** Carries out a command. A failure is an answer too, so that the commands after it get theirs. */
export async function carryOut(order: Order, circumstances: Circumstances): Promise<CarriedOut> {
  try {
    const answer = await answerTo(order, circumstances);
    return { ...answer, mayBeRepeated: answer.outcome === 'refused' };
  } catch (error) {
    const message = messageOf(error);
    const mayBeRepeated = error instanceof HostError && error.transient;
    const again = mayBeRepeated ? ownText(' It may work later.') : ownText('');
    return {
      outcome: 'failed',
      mayBeRepeated,
      text: refused(prose`This failed: ${sentenceOf(shortened(plainText(untrusted(message)), 500))}.${again}`)
        .text,
    };
  }
}

/** Whether carrying it out changes anything. */
export function acts(order: Order, commands: readonly Command[]): boolean {
  return order.kind === 'command' && commands.some(({ name, acts }) => acts && name === order.name);
}

async function answerTo(order: Order, circumstances: Circumstances): Promise<Answer> {
  switch (order.kind) {
    case 'unknown':
      return unknown(order);
    case 'workload':
      return diagnoseWorkload({ actions: circumstances.actions, rest: order.rest }, order.workload);
    case 'command': {
      const command = circumstances.commands.find(({ name }) => name === order.name);
      return command ? run(command, order.rest, circumstances) : unknown({ word: order.name, nearest: null });
    }
  }
}

async function run(command: Command, rest: string, circumstances: Circumstances): Promise<Answer> {
  const { isBlocked, subject: currentSubject, ...known } = circumstances;
  if (command.acts && isBlocked) return refused(ownText('Skipped, because a command before it failed.'));
  const subject = await currentSubject();
  const context = { ...known, rest };
  if (command.needs === 'anywhere') return command.run({ ...context, subject });
  if (subject === null)
    return refused(
      prose`This is not about an incident of Faultline. \`${WORKLOAD_USAGE}\` diagnoses a workload.`,
    );
  if (command.needs === 'incident') return command.run({ ...context, subject });
  const { pullRequest } = subject;
  return pullRequest === null
    ? refused(prose`\`${command.usage}\` is for the pull requests of Faultline.`)
    : command.run({ ...context, subject: { ...subject, pullRequest } });
}

function unknown({ word, nearest }: { readonly word: string; readonly nearest: string | null }): Answer {
  const meant =
    nearest === null
      ? prose`\`${'/rca help'}\` lists them.`
      : prose`Did you mean \`${`/rca ${nearest}`}\`? Nothing was done.`;
  return refused(prose`${word.slice(0, 60)} is not a command. ${meant}`);
}

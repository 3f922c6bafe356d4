import type { DestinationStream, Logger } from 'pino';
import { messageOf } from '../errors/error-message.ts';
import { mask } from '../untrusted/mask.ts';

/** The log of the service: one JSON a line, to standard output where no other place is given. */
export async function openLog(
  environment: NodeJS.ProcessEnv,
  destination?: DestinationStream,
): Promise<Logger> {
  const { pino } = await import('pino');
  const level = environment['LOG_LEVEL'] ?? 'info';
  return pino(
    {
      name: 'faultline',
      level,
      serializers: { err: saidBy },
      hooks: {
        logMethod(given, write) {
          const [error, ...rest] = given as readonly unknown[];
          // Pino would take the message as it is.
          const isBare = error instanceof Error && rest.length === 0;
          write.apply(this, isBare ? [error, mask(error.message)] : given);
        },
      },
    },
    destination,
  );
}

/**
 * What an error says, and nothing that hangs on it: to a failed delivery, Probot adds all that was sent. Whoever has no secret can
 * send that too, as long as they like.
 */
function saidBy(error: unknown): object {
  const { name, stack } = error instanceof Error ? error : new Error();
  return { type: name, message: mask(messageOf(error)), stack: mask(stack ?? '') };
}

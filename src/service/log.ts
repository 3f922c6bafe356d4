import { messageOf } from '../errors/error-message.ts';
import type { Failure } from '../queue/in-process.ts';

/** Static messages with facts beside them, as pino writes them. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** The same log, where every line says which incidents it is about, by their fingerprints. */
export function logOf(log: Log, incidents: readonly string[]): Log {
  const about = { incidents };
  return {
    debug: (facts, message) => log.debug({ ...about, ...facts }, message),
    info: (facts, message) => log.info({ ...about, ...facts }, message),
    warn: (facts, message) => log.warn({ ...about, ...facts }, message),
    error: (facts, message) => log.error({ ...about, ...facts }, message),
  };
}

/** Logs that a task failed: the first time, and when it is given up. */
export function logFailure(log: Log, { key, error, failures, nextAt }: Failure): void {
  const facts = { task: key, failures, problem: messageOf(error) };
  if (nextAt === null) log.error(facts, 'a task failed too often and is given up');
  else if (failures === 1) log.warn(facts, 'a task failed; it is tried again');
  else log.debug(facts, 'a task failed again');
}

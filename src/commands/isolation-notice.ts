import { InputError } from '../input-error.ts';
import { isolation } from '../renderers/isolation/detect.ts';
import { isolationWarning } from '../renderers/isolation/isolation.ts';
import { concealEnvironment } from './conceal-environment.ts';

/** What is missing between renderers and this machine, in a sentence for whoever runs it; null where nothing is. */
export async function isolationNotice(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const found = await isolation(env);
  return typeof found === 'string' ? found : isolationWarning(found, concealEnvironment());
}

/** @throws {InputError} where namespaces are required and there are none: a service that can render nothing is of no use. */
export async function checkIsolation(env: NodeJS.ProcessEnv): Promise<void> {
  const found = await isolation(env);
  if (typeof found === 'string') throw new InputError(found);
}

/** For the command line: one line on standard error, at the start. */
export async function printIsolationNotice(): Promise<void> {
  const notice = await isolationNotice();
  if (notice !== null) process.stderr.write(`faultline: warning: ${notice}\n`);
}

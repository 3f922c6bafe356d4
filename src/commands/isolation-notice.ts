import { InputError } from '../errors/input-error.ts';
import { isolation } from '../renderers/isolation/detect.ts';
import { isolationWarning } from '../renderers/isolation/isolation.ts';
import { remoteRendererIn } from '../renderers/remote/remote-renderer.ts';
import { concealEnvironment, exposedByParents } from './conceal-environment.ts';

/**
 * What is missing between renderers and this machine, in a sentence for whoever runs it; null where nothing is.
 *
 * @param secrets variables that the settings name as secrets
 */
export async function isolationNotice(
  env: NodeJS.ProcessEnv = process.env,
  secrets: readonly string[] = [],
): Promise<string | null> {
  const remote = remoteRendererIn(env);
  if (remote !== null) {
    const status = await remote.status();
    if (typeof status === 'string') return `${status}. Nothing is rendered until it does.`;
    return status.warning && `at the renderer ${remote.name}, ${status.warning}`;
  }
  const found = await isolation(env);
  if (typeof found === 'string') return found;
  const warning = isolationWarning(found, concealEnvironment());
  const exposed = warning === null || found.identity !== null ? [] : exposedByParents(env, secrets);
  if (exposed.length === 0) return warning;
  return `${warning} Secrets of this process are also in the environment of ${exposed.join(', ')}, where renderers can read them: start Faultline without it.`;
}

/**
 * A renderer in another place has checked itself, and may start later.
 *
 * @throws {InputError} where namespaces are required and there are none: a service that can render nothing is of no use
 */
export async function checkIsolation(env: NodeJS.ProcessEnv): Promise<void> {
  if (remoteRendererIn(env) !== null) return;
  const found = await isolation(env);
  if (typeof found === 'string') throw new InputError(found);
}

/** For the command line: one line on standard error, at the start. */
export async function printIsolationNotice(): Promise<void> {
  const notice = await isolationNotice();
  if (notice !== null) process.stderr.write(`faultline: warning: ${notice}\n`);
}

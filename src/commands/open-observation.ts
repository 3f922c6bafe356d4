import { messageOf } from '../errors/error-message.ts';
import { InputError } from '../errors/input-error.ts';
import { Observation } from '../observation/observation.ts';
import type { Log } from '../service/log.ts';

const VARIABLE = 'FAULTLINE_OBSERVATION_PORT';

/**
 * What Faultline tells of itself, served on the port of FAULTLINE_OBSERVATION_PORT at the address of HOST; without the variable, on none.
 *
 * @throws {InputError} where the variable names no port, or one that cannot be listened on
 */
export async function openObservation(env: NodeJS.ProcessEnv, log: Log): Promise<Observation> {
  const observation = new Observation(Date.now);
  const text = env[VARIABLE];
  if (!text) return observation;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InputError(`${VARIABLE}: expected a port from 1 to 65535, found ${JSON.stringify(text)}`);
  const host = env['HOST'] ?? 'localhost';
  try {
    await observation.listen({ host, port });
  } catch (error) {
    throw new InputError(`${VARIABLE}: cannot listen on ${host}:${port}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  log.info({ host, port }, 'serves /healthz, /readyz and /metrics');
  return observation;
}

import { messageOf } from '../errors/error-message.ts';
import { InputError } from '../errors/input-error.ts';
import type { Site } from '../observation/server.ts';
import type { Log } from '../service/log.ts';
import { addressesIn, type Access } from '../status-page/access.ts';
import { gatedSite } from '../status-page/gate.ts';
import type { StatusSource } from '../status-page/source.ts';

const TOKEN = 'FAULTLINE_STATUS_TOKEN';
const HEADER = 'FAULTLINE_STATUS_USER_HEADER';
const PROXIES = 'FAULTLINE_STATUS_PROXIES';

/** Shorter ones can be guessed. */
const SHORTEST = 16;

/**
 * Who may see the status page, by the environment.
 *
 * @throws {InputError} where a variable cannot be meant
 */
export function statusAccessIn(env: NodeJS.ProcessEnv): Access {
  const [token, header] = [env[TOKEN] || null, env[HEADER]?.toLowerCase() || null];
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    throw new InputError(`${TOKEN}: expected printable characters without blanks`);
  if (token !== null && token.length < SHORTEST)
    throw new InputError(
      `${TOKEN}: expected ${SHORTEST} characters or more, found ${token.length}; \`openssl rand -hex 24\` makes one`,
    );
  if (header !== null && !/^[a-z0-9-]+$/.test(header))
    throw new InputError(`${HEADER}: expected the name of a header, such as X-Forwarded-User`);
  if (header === 'authorization' || header === 'host' || header === 'cookie')
    throw new InputError(
      `${HEADER}: ${header} says nothing of who was signed in; expected X-Forwarded-User or the like`,
    );
  if (env[PROXIES] && header === null)
    throw new InputError(`${PROXIES} is set without ${HEADER}, the header that these proxies send`);
  const from = addressesIn(env[PROXIES]);
  if (from === null)
    throw new InputError(`${PROXIES}: expected addresses and networks, such as 10.0.3.7,10.1.0.0/16`);
  return { token, proxy: header === null ? null : { header, from } };
}

/** The status page for the server that others observe Faultline by. */
export function statusSite({
  access,
  source,
  log,
}: {
  readonly access: Access;
  readonly source: StatusSource;
  readonly log: Pick<Log, 'error'>;
}): Site {
  return async ({ url, ...asking }) => {
    try {
      return await gatedSite(url, asking, { access, source });
    } catch (error) {
      log.error({ path: url.split('?')[0], problem: messageOf(error) }, 'a status page could not be made');
      throw error;
    }
  };
}

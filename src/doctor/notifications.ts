import { messageOf } from '../errors/error-message.ts';
import { type Check, failed, ok } from './check.ts';

export interface RouteSecrets {
  readonly name: string;
  /** Each reads one; it throws where there is none. */
  readonly secrets: readonly (() => Promise<string>)[];
}

/** Whether the secrets of each route can be read. Nothing is sent. */
export function notificationsCheck(routes: readonly RouteSecrets[]): Check {
  const what = 'notifications';
  return {
    what,
    run: async () => {
      const found = await Promise.all(routes.map(async (one) => ({ ...one, problem: await problemOf(one) })));
      const ready = found.filter(({ problem }) => problem === null).map(({ name }) => name);
      return [
        ...found.flatMap(({ name, problem }) =>
          problem === null ? [] : [failed(what, `route ${name}: ${problem}`)],
        ),
        ...(ready.length === 0
          ? []
          : [
              ok(
                what,
                `${ready.join(', ')}: secrets are there; faultline notifications test sends a message`,
              ),
            ]),
      ];
    },
  };
}

async function problemOf({ secrets }: RouteSecrets): Promise<string | null> {
  for (const read of secrets) {
    try {
      if ((await read()) === '') return 'a secret is empty';
    } catch (error) {
      return messageOf(error);
    }
  }
  return null;
}

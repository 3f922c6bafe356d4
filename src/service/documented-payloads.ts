import type { Probot } from 'probot';
import { oddityOf } from './webhook-payloads.ts';

type Handle = (context: { readonly id: string; readonly name: string; readonly payload: unknown }) => unknown;

/**
 * Probot, with handlers that see no payload but those of the documented shape: a signature says who sent it, not what it is. The gate before the
 * server refuses the others already; this holds wherever the App is mounted.
 */
export function onlyDocumented(app: Probot): Pick<Probot, 'on'> {
  const on = (names: Parameters<Probot['on']>[0], handle: Handle): void =>
    app.on(names, ((context: Parameters<Handle>[0]) => {
      const part = oddityOf(context.name, context.payload);
      if (part === null) return handle(context);
      app.log.warn({ delivery: context.id, part }, 'a webhook is not of the shape of its event');
    }) as never);
  return { on: on as unknown as Probot['on'] };
}

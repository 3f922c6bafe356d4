import { askModel, type ExplanationSettings } from '../explanation/endpoint.ts';
import { Explainer } from '../explanation/explainer.ts';
import { messageOf } from '../errors/error-message.ts';
import type { Store } from '../store/store.ts';
import { mask } from '../untrusted/mask.ts';
import type { Log } from './log.ts';

interface NewExplainerParts {
  readonly store: Pick<Store, 'cursors'>;
  readonly log: Pick<Log, 'warn'>;
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Asks the endpoint of the settings, and remembers in the store what it wrote; null where the settings name none. */
export function newExplainer(
  settings: ExplanationSettings | null,
  { store, log, environment, now }: NewExplainerParts,
): Explainer | null {
  if (settings === null) return null;
  return new Explainer({
    model: settings.model,
    ask: (question) => askModel(settings, question, environment),
    memory: { get: async (key) => store.cursors.get(key), set: (key, text) => store.cursors.set(key, text) },
    failed: (error) => log.warn({ problem: mask(messageOf(error)) }, 'no explanation by the language model'),
    now,
  });
}

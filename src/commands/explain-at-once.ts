import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../errors/error-message.ts';
import { askModel, type ExplanationSettings } from '../explanation/endpoint.ts';
import { Explainer } from '../explanation/explainer.ts';
import type { Incident } from '../model/incident.ts';
import { plainText, prose } from '../untrusted/prose.ts';

/** Explains incidents in one call of the command line, which has no later scan: it waits for the model once as long as one answer may take. */
export function explainAtOnce(
  settings: ExplanationSettings,
  environment: NodeJS.ProcessEnv,
): (incidents: readonly Incident[]) => Promise<readonly Incident[]> {
  const explainer = new Explainer({
    model: settings.model,
    ask: (question) => askModel(settings, question, environment),
    memory: { get: async () => null, set: async () => undefined },
    failed: (error) =>
      process.stderr.write(
        `faultline: no explanation by ${plainText(prose`${settings.model}: ${messageOf(error)}`)}\n`,
      ),
    now: Date.now,
  });
  return async (incidents) => {
    await explainer.explain(incidents);
    await Promise.race([explainer.settled(), setTimeout(settings.timeout, null, { ref: false })]);
    return explainer.explain(incidents);
  };
}

import { type EndedStep, onStep } from '../tracing/step.ts';
import type { Metrics } from './metrics.ts';

/** Puts every step of the process into the metrics. @returns ends that */
export function measureSteps(metrics: Metrics): () => void {
  return onStep((step) => measure(metrics, step));
}

function measure(metrics: Metrics, { name, seconds, outcome, facts }: EndedStep): void {
  if (name === 'task') metrics.tasks.observe({ task: facts['task'] ?? 'unknown', outcome }, seconds);
  else if (name === 'render') metrics.renders.observe({ tool: facts['tool'] ?? 'unknown', outcome }, seconds);
  else if (name === 'github') {
    metrics.github.observe({ status: facts['status'] ?? 'none' }, seconds);
    noteLimits(metrics, facts);
  } else metrics.steps.observe({ step: name, outcome }, seconds);
}

function noteLimits({ limit, limitRemaining, limitReset }: Metrics, facts: EndedStep['facts']): void {
  const { installation, resource } = facts;
  if (installation === undefined || resource === undefined) return;
  const labels = { installation: String(installation), resource: String(resource) };
  for (const [gauge, name] of [
    [limit, 'limit'],
    [limitRemaining, 'remaining'],
    [limitReset, 'reset'],
  ] as const)
    if (typeof facts[name] === 'number') gauge.set(labels, facts[name]);
}

import { inStep } from '../tracing/step.ts';
import type { RunResult } from './isolation/tool-run.ts';

/** Makes one run of a renderer a step, which fails where the tool does. */
export function rendering(tool: 'kustomize' | 'helm', run: () => Promise<RunResult>): Promise<RunResult> {
  return inStep('render', { tool }, async (step) => {
    const result = await run();
    if (!result.ok) step.fail();
    return result;
  });
}

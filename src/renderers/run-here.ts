import { helmMessage } from './helm-message.ts';
import type { RunResult } from './isolation/tool-run.ts';
import type { RenderJob } from './job.ts';
import { run, shortMessage } from './run.ts';
import { inSandbox } from './sandbox.ts';

/** Runs a job in a fresh sandbox of this machine. */
export function runHere(
  { command, args: own = [] }: { readonly command: string; readonly args?: readonly string[] },
  { tool, args, files, links, limits }: RenderJob,
): Promise<RunResult> {
  const messageOf = tool === 'helm' ? helmMessage : shortMessage;
  return inSandbox(
    files,
    (sandbox) => run(command, [...own, ...args], sandbox, { limits, messageOf }),
    links,
  );
}

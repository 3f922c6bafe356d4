import type { Limits } from './isolation/tool-run.ts';

export type ToolName = 'kustomize' | 'helm';

/** One run of a renderer on a closure, as values: all that goes in, wherever it runs. */
export interface RenderJob {
  readonly tool: ToolName;
  /** What follows the tool's own arguments. */
  readonly args: readonly string[];
  /** By path in the sandbox. */
  readonly files: ReadonlyMap<string, Buffer | string>;
  /** Symlinks, by path in the sandbox, with the path that each leads to. */
  readonly links: ReadonlyMap<string, string>;
  readonly limits: Limits;
}

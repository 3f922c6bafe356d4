import type { Block } from '../model/block.ts';
import type { Prose } from '../untrusted/prose.ts';
import { inline } from '../untrusted/markdown.ts';
import { toMarkdown } from '../writers/markdown.ts';
import type { CommandActions, Given, OnPullRequest, Subject } from './actions.ts';

/** One `/rca` command. */
export type Command = About & {
  readonly name: string;
  /** `/rca snooze <duration>` */
  readonly usage: string;
  /** One line for the help. */
  readonly summary: string;
  /** Whether it changes anything: then it is skipped when one before it in the comment failed. */
  readonly acts: boolean;
};

/** Where it can be used: in any issue or pull request, in those about an incident, or on a pull request of ours. */
type About =
  | { readonly needs: 'anywhere'; run(context: Context): Promise<Answer> }
  | { readonly needs: 'incident'; run(context: Context & { readonly subject: Subject }): Promise<Answer> }
  | {
      readonly needs: 'pull-request';
      run(context: Context & { readonly subject: OnPullRequest }): Promise<Answer>;
    };

/** What a command knows of its comment. */
export interface Context {
  readonly actions: CommandActions;
  /** The text after the command's name, as it was typed. */
  readonly rest: string;
  /** Login. */
  readonly author: string;
  readonly given: Given;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly subject: Subject | null;
  readonly commands: readonly Command[];
}

/** `refused`: nothing was done, and the text says why. */
export interface Answer {
  readonly outcome: 'done' | 'refused';
  /** Markdown. */
  readonly text: string;
}

/** Markdown that a writer has made, a sentence, or a block. */
type Part = string | Prose | Block;

export function done(...parts: readonly Part[]): Answer {
  return { outcome: 'done', text: written(parts) };
}

export function refused(...parts: readonly Part[]): Answer {
  return { outcome: 'refused', text: written(parts) };
}

function written(parts: readonly Part[]): string {
  return parts
    .map(writtenPart)
    .filter((text) => text !== '')
    .join('\n\n');
}

function writtenPart(part: Part): string {
  if (typeof part === 'string') return part;
  return 'kind' in part ? toMarkdown([part]) : inline(part);
}

import type { Prose } from '../untrusted/prose.ts';
import { inline } from '../untrusted/markdown.ts';
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
  /** Markdown, made by the writers of `untrusted`. */
  readonly text: string;
}

export function done(...paragraphs: readonly (Prose | string)[]): Answer {
  return { outcome: 'done', text: written(paragraphs) };
}

export function refused(...paragraphs: readonly (Prose | string)[]): Answer {
  return { outcome: 'refused', text: written(paragraphs) };
}

function written(paragraphs: readonly (Prose | string)[]): string {
  return paragraphs
    .map((paragraph) => (typeof paragraph === 'string' ? paragraph : inline(paragraph)))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

import { createHash } from 'node:crypto';
import type { HostComment } from '../github/host.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, prose } from '../untrusted/prose.ts';

/** GitHub takes 65,536 characters. */
const LIMIT = 64_000;

/** What one command of a comment is answered. */
export interface AnsweredCommand {
  /** As it was typed. */
  readonly line: string;
  /** Markdown. */
  readonly text: string;
}

/** `working`: the commands are being carried out; when that is interrupted, it is begun again. */
export type AnswerState = 'working' | 'done';

/** The one comment that answers all commands of another one, which its last line names. */
export function answerText(comment: number, answers: readonly AnsweredCommand[], left: number): string {
  const one = answers.length === 1 && left === 0;
  const parts = answers.map(({ line, text }) => (one ? text : `${heading(line)}\n\n${text}`));
  const rest =
    left === 0 ? [] : [inline(prose`${left} more were left out: at most ${answers.length} at once.`)];
  return `${bounded([...parts, ...rest])}\n\n${answerMarker(comment, 'done')}`;
}

export function workingText(comment: number, commands: number): string {
  const what = commands === 1 ? ownText('it') : prose`${commands} commands`;
  return `${inline(prose`Working on ${what}. The answer will stand here.`)}\n\n${answerMarker(comment, 'working')}`;
}

function heading(line: string): string {
  return `#### ${inline(prose`${line.length > 120 ? `${line.slice(0, 119)}…` : line}`)}`;
}

/** Whole paragraphs up to GitHub's limit: half a code block would swallow the marker. */
function bounded(parts: readonly string[]): string {
  const text = parts.join('\n\n');
  if (text.length <= LIMIT) return text;
  let shown = '';
  let fence: string | null = null;
  let whole = '';
  for (const paragraph of text.split('\n\n')) {
    shown += (shown === '' ? '' : '\n\n') + paragraph;
    if (shown.length > LIMIT) break;
    for (const line of paragraph.split('\n')) {
      const run = /^`{3,}/.exec(line)?.[0];
      if (run !== undefined && fence === null) fence = run;
      else if (line === fence) fence = null;
    }
    if (fence === null) whole = shown;
  }
  return `${whole}\n\n${inline(ownText('The rest was left out for length.'))}`;
}

function answerMarker(comment: number, state: AnswerState): string {
  return `<!-- faultline:answer comment=${comment} state=${state} -->`;
}

/** Our answer to a comment; only the last line of a comment of ours says so. */
export function findAnswer(
  comments: readonly HostComment[],
  login: string,
  comment: number,
): { readonly id: number; readonly state: AnswerState } | null {
  for (const state of ['done', 'working'] as const) {
    const found = findOwn(comments, login, answerMarker(comment, state));
    if (found) return { id: found.id, state };
  }
  return null;
}

/** Said once to a person in an issue or pull request. */
export function refusalText(author: string): string {
  return `${inline(prose`\`${'/rca'}\` takes orders from people with write access to this repository only.`)}\n\n${refusalMarker(author)}`;
}

export function wasRefused(comments: readonly HostComment[], login: string, author: string): boolean {
  return findOwn(comments, login, refusalMarker(author)) !== undefined;
}

function refusalMarker(author: string): string {
  const who = createHash('sha256').update(author.toLowerCase()).digest('hex').slice(0, 16);
  return `<!-- faultline:refusal to=${who} -->`;
}

function findOwn(comments: readonly HostComment[], login: string, marker: string): HostComment | undefined {
  return comments.find(({ author, body }) => {
    const text = body.trimEnd();
    return author === login && text.slice(text.lastIndexOf('\n') + 1) === marker;
  });
}

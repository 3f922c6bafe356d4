import { createHash } from 'node:crypto';
import type { HostComment } from '../github/host.ts';
import { inline } from '../untrusted/markdown.ts';
import type { Outcome } from './carry-out.ts';
import { ownText, prose } from '../untrusted/prose.ts';

/** GitHub takes 65,536 characters. */
const LIMIT = 64_000;

/** What one command of a comment is answered. */
export interface AnsweredCommand {
  /** As it was typed. */
  readonly line: string;
  /** Markdown. */
  readonly text: string;
  readonly outcome: Outcome;
}

/** What an answer is for: a comment, a review or a description, by the id that it has among its like. */
export interface Answered {
  readonly kind: 'comment' | 'review-comment' | 'review' | 'description';
  readonly id: number;
}

/** `working`: the commands are being carried out; when that is interrupted, it is begun again. */
export type AnswerState = 'working' | 'done';

/** The one comment that answers all commands of another one, which its last line names, with the outcome of each. */
export function answerText(comment: Answered, answers: readonly AnsweredCommand[], left: number): string {
  const one = answers.length === 1 && left === 0;
  const parts = answers.map(({ line, text }) => (one ? text : `${heading(line)}\n\n${text}`));
  const rest =
    left === 0 ? [] : [inline(prose`${left} more were left out: at most ${answers.length} at once.`)];
  return `${bounded([...parts, ...rest])}\n\n${answerMarker(comment, 'done', answers)}`;
}

export function workingText(comment: Answered, commands: number): string {
  const what = commands === 1 ? ownText('it') : prose`${commands} commands`;
  return `${inline(prose`Working on ${what}. The answer will appear here.`)}\n\n${answerMarker(comment, 'working', [])}`;
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

function answerMarker(
  { kind, id }: Answered,
  state: AnswerState,
  answers: readonly AnsweredCommand[],
): string {
  const outcomes = answers.length === 0 ? '' : ` outcomes=${answers.map(({ outcome }) => outcome).join(',')}`;
  return `<!-- faultline:answer ${kind}=${id} state=${state}${outcomes} -->`;
}

const ANSWER =
  /^<!-- faultline:answer (comment|review-comment|review|description)=(\d{1,16}) state=(working|done)(?: outcomes=([a-z,]{1,200}))? -->$/;

export interface FoundAnswer {
  /** Of the comment that answers. */
  readonly id: number;
  readonly state: AnswerState;
  /** In the order of the commands; null where the answer does not say. */
  readonly outcomes: readonly string[] | null;
}

/** Our answer to a comment; only the last line of a comment of ours says so. */
export function findAnswer(
  comments: readonly Pick<HostComment, 'id' | 'author' | 'body'>[],
  login: string,
  { kind, id }: Answered,
): FoundAnswer | null {
  const found = comments.flatMap(({ id: own, author, body }) => {
    const match = author === login ? ANSWER.exec(lastLine(body)) : null;
    if (!match || match[1] !== kind || Number(match[2]) !== id) return [];
    return [{ id: own, state: match[3] as AnswerState, outcomes: match[4]?.split(',') ?? null }];
  });
  return found.find(({ state }) => state === 'done') ?? found[0] ?? null;
}

function lastLine(body: string): string {
  const text = body.trimEnd();
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** Said once to a person in an issue or pull request. */
export function refusalText(author: string): string {
  return `${inline(prose`\`${'/rca'}\` takes commands only from people with write access to this repository.`)}\n\n${refusalMarker(author)}`;
}

export function wasRefused(
  comments: readonly Pick<HostComment, 'author' | 'body'>[],
  login: string,
  author: string,
): boolean {
  const marker = refusalMarker(author);
  return comments.some((comment) => comment.author === login && lastLine(comment.body) === marker);
}

function refusalMarker(author: string): string {
  const who = createHash('sha256').update(author.toLowerCase()).digest('hex').slice(0, 16);
  return `<!-- faultline:refusal to=${who} -->`;
}

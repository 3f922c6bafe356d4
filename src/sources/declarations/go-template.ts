/**
 * The part of Go's template language (https://pkg.go.dev/text/template) that declarations mostly use: pipelines, conditions,
 * loops and variables. Anything else stands in the way, and so does what Go would refuse or print as `<no value>`.
 */
import { isRecord } from '../../kubernetes/objects.ts';
import type { Obstacles } from './fields.ts';
import { evaluate, MISSING, type Language, type Scope } from './go-expression.ts';
import { FUNCTIONS, isTrue } from './go-functions.ts';
import { goText, isTooLong, type Fill } from './template-parameters.ts';

/** `options` are the ApplicationSet's `goTemplateOptions`. */
export function goFill(options: readonly string[]): Fill {
  const isStrict = options.includes('missingkey=error');
  return (text, parameters, obstacles) =>
    !text.includes('{{') || isTooLong(text, obstacles)
      ? text
      : goTemplate(text, parameters, { isStrict, functions: FUNCTIONS, print: goText }, obstacles);
}

export interface Dialect extends Language {
  /** A scalar as it is printed; null for what is not. */
  readonly print: (value: unknown) => string | null;
  /** What stands in for an action that is not followed; left out: such an action is an obstacle. */
  readonly standIn?: (action: string) => string;
}

/** A text with its actions carried out. What cannot be followed is an obstacle: `{{ .tag | upper 3 }}`. */
export function goTemplate(text: string, dot: unknown, dialect: Dialect, obstacles: Obstacles): string {
  const parts = partsOf(text, obstacles);
  const run: Run = { parts, dialect, obstacles, variables: new Map([['', dot]]), written: { length: 0 } };
  const { result, at } = block(0, dot, run, true);
  if (at < parts.length) obstacles.push(`{{ ${parts[at]!.action ?? ''} }}`);
  return result;
}

/** A literal, or an action. */
interface Part {
  readonly literal: string;
  readonly action: string | null;
}

interface Run {
  readonly parts: readonly Part[];
  readonly dialect: Dialect;
  readonly obstacles: Obstacles;
  readonly variables: Map<string, unknown>;
  /** Of everything, loops included. */
  readonly written: { length: number };
}

/** Characters that one template may become: a loop in a loop makes much of little. */
const LONGEST_RESULT = 2 ** 20;
const MOST_ROUNDS = 1000;
/** What a round of a loop counts for: loops that write nothing take time, too. */
const LENGTH_OF_A_ROUND = 16;

/** One `{{ … }}`; comments and texts in quotes may hold its end. */
const ACTION = /\{\{(-(?=\s))?(\s*\/\*[^]*?\*\/\s*?|(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`])*?)(\s-)?\}\}/g;

function partsOf(text: string, obstacles: Obstacles): readonly Part[] {
  const parts: { literal: string; action: string | null }[] = [];
  let [rest, trimsNext] = [0, false];
  const take = (literal: string): void => {
    if (literal.includes('{{')) obstacles.push('{{ without an end');
    parts.push({ literal: trimsNext ? literal.trimStart() : literal, action: null });
  };
  for (const match of text.matchAll(ACTION)) {
    const [all, trimsBefore, body, trimsAfter] = match;
    take(text.slice(rest, match.index));
    if (trimsBefore !== undefined) parts.at(-1)!.literal = parts.at(-1)!.literal.trimEnd();
    parts.push({ literal: '', action: body!.trim() });
    trimsNext = trimsAfter !== undefined;
    rest = match.index + all.length;
  }
  take(text.slice(rest));
  return parts;
}

interface Block {
  readonly result: string;
  /** Of the `else` or `end` that it stops at. */
  readonly at: number;
}

/** Up to the `else` or `end` that belongs to what is around. With `isTaken` false, nothing is carried out. */
function block(start: number, dot: unknown, run: Run, isTaken: boolean): Block {
  let result = '';
  let at = start;
  const write = (text: string): void => {
    run.written.length += text.length;
    if (run.written.length <= LONGEST_RESULT) result += text;
    else if (!run.obstacles.includes(TOO_LONG)) run.obstacles.push(TOO_LONG);
  };
  while (at < run.parts.length) {
    const { literal, action } = run.parts[at]!;
    if (action === null) {
      if (isTaken) write(literal);
    } else if (/^(else|end)\b/.test(action)) return { result, at };
    else if (/^(if|with|range)\b/.test(action)) {
      const inner = control(at, dot, run, isTaken);
      write(inner.result);
      at = inner.at;
    } else if (isTaken) write(carriedOut(action, dot, run));
    at += 1;
  }
  return { result, at };
}

const TOO_LONG = `a template that becomes more than ${LONGEST_RESULT / 2 ** 20} MiB`;

/** `if`, `with` or `range`, up to and including its `end`. */
function control(start: number, dot: unknown, run: Run, isTaken: boolean): Block {
  const [, word, names, pipeline] = /^(if|with|range)\b\s*(?:((?:\$\w+\s*,\s*)?\$\w+)\s*:=)?\s*([^]*)$/.exec(
    run.parts[start]!.action!,
  )!;
  const variables = names?.split(',').map((name) => name.trim().slice(1)) ?? [];
  const inline = isTaken ? inlineStandIn(start, pipeline!, dot, run) : null;
  if (inline) return inline;
  const value = isTaken ? valueOf(pipeline!, dot, run) : null;
  const isOpen = isTaken && value !== undefined;
  const chosen = isOpen && isTrue(value);
  const known = new Map(run.variables);
  let first: Block;
  if (word === 'range' && chosen) first = rounds(start + 1, value, variables, dot, run);
  else {
    if (chosen && variables[0] !== undefined) run.variables.set(variables[0], value);
    first = block(start + 1, word === 'with' && chosen ? value : dot, run, chosen);
  }
  restore(run.variables, known);
  return otherwise(first, dot, run, isOpen && !chosen);
}

/** Within one line, what comes of a condition that is not followed can be stood in for as a whole. */
function inlineStandIn(start: number, pipeline: string, dot: unknown, run: Run): Block | null {
  const { standIn } = run.dialect;
  const scope: Scope = { dot, variables: run.variables };
  if (!standIn || evaluate(pipeline, scope, run.dialect) !== undefined) return null;
  let { at } = block(start + 1, dot, run, false);
  while (/^else\b/.test(run.parts[at]?.action ?? '')) at = block(at + 1, dot, run, false).at;
  const isWhole = run.parts[at]?.action === 'end';
  const isInline = run.parts.slice(start, at).every(({ literal }) => !literal.includes('\n'));
  return isWhole && isInline ? { result: standIn(run.parts[start]!.action!), at } : null;
}

function otherwise({ result, at }: Block, dot: unknown, run: Run, isTaken: boolean): Block {
  const action = run.parts[at]?.action;
  if (action === undefined || action === null) {
    run.obstacles.push('{{ if }} without an end');
    return { result, at };
  }
  if (action === 'end') return { result, at };
  const [, further] = /^else\s+((?:if|with)\b[^]*)$/.exec(action) ?? [];
  if (further !== undefined) {
    const parts = run.parts.with(at, { literal: '', action: further });
    const inner = control(at, dot, { ...run, parts }, isTaken);
    return { result: result + inner.result, at: inner.at };
  }
  const last = block(at + 1, dot, run, isTaken);
  if (run.parts[last.at]?.action !== 'end') run.obstacles.push(`{{ ${action} }} without an end`);
  return { result: result + last.result, at: last.at };
}

function rounds(start: number, value: unknown, names: readonly string[], dot: unknown, run: Run): Block {
  const items: readonly (readonly [unknown, unknown])[] | null = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : isRecord(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : null;
  if (items === null || items.length > MOST_ROUNDS) {
    run.obstacles.push(`{{ ${run.parts[start - 1]!.action!} }}`);
    return block(start, dot, run, false);
  }
  let result = '';
  let at = start;
  for (const [key, item] of items) {
    const [one, other] = names;
    if (other !== undefined) run.variables.set(one!, key).set(other, item);
    else if (one !== undefined) run.variables.set(one, item);
    run.written.length += LENGTH_OF_A_ROUND;
    const known = new Map(run.variables);
    const round = block(start, item, run, true);
    restore(run.variables, known);
    result += round.result;
    at = round.at;
    if (run.written.length > LONGEST_RESULT) break;
  }
  if (run.written.length > LONGEST_RESULT && !run.obstacles.includes(TOO_LONG)) run.obstacles.push(TOO_LONG);
  return { result, at };
}

function restore(variables: Map<string, unknown>, known: ReadonlyMap<string, unknown>): void {
  for (const name of variables.keys()) if (!known.has(name)) variables.delete(name);
}

function carriedOut(action: string, dot: unknown, run: Run): string {
  if (/^\/\*.*\*\/$/s.test(action)) return '';
  const [, name, sign, pipeline] = /^\$(\w+)\s*(:?=)\s*([^]+)$/.exec(action) ?? [];
  if (name !== undefined) {
    // Of two variables with one name, the inner one ends with its block: that is not followed.
    if (run.variables.has(name) === (sign === ':=')) run.obstacles.push(`{{ ${action} }}`);
    const value = valueOf(pipeline!, dot, run);
    if (value !== undefined) run.variables.set(name, value);
    return '';
  }
  const value = evaluate(action, { dot, variables: run.variables }, run.dialect);
  const isKnown = value !== undefined && value !== MISSING && value !== null;
  const text = isKnown ? run.dialect.print(value) : null;
  if (text !== null) return text;
  if (run.dialect.standIn) return run.dialect.standIn(action);
  run.obstacles.push(`{{ ${action} }}`);
  return '';
}

/** Undefined, and said, where the pipeline is not followed. */
function valueOf(pipeline: string, dot: unknown, run: Run): unknown {
  const scope: Scope = { dot, variables: run.variables };
  const value = evaluate(pipeline, scope, run.dialect);
  if (value === undefined) run.obstacles.push(`{{ ${pipeline} }}`);
  return value;
}

/**
 * The part of Go's template language (https://pkg.go.dev/text/template) that ApplicationSets mostly use: fields, pipelines and
 * functions that make texts from texts. Anything else stands in the way, and so does what Go would refuse or print as
 * `<no value>`.
 */
import { isRecord } from '../../kubernetes/objects.ts';
import { isEmpty, type Obstacles } from './fields.ts';
import {
  goText,
  isTooLong,
  LONGEST_TEXT,
  normalized,
  type Fill,
  type Parameters,
} from './template-parameters.ts';

/** `options` are the ApplicationSet's `goTemplateOptions`. */
export function goFill(options: readonly string[]): Fill {
  const isStrict = options.includes('missingkey=error');
  return (text, parameters, obstacles) => {
    if (!text.includes('{{') || isTooLong(text, obstacles)) return text;
    let result = '';
    let rest = 0;
    let trimsNext = false;
    const take = (literal: string): void => {
      if (literal.includes('{{')) obstacles.push('{{ without an end');
      result += trimsNext ? literal.trimStart() : literal;
    };
    for (const match of text.matchAll(ACTION)) {
      const [all, trimsBefore, body, trimsAfter] = match;
      take(text.slice(rest, match.index));
      if (trimsBefore !== undefined) result = result.trimEnd();
      result += printed(body!, parameters, isStrict, obstacles);
      trimsNext = trimsAfter !== undefined;
      rest = match.index + all.length;
    }
    take(text.slice(rest));
    return result;
  };
}

/** One `{{ … }}`; texts in quotes may hold its end. */
const ACTION = /\{\{(-(?=\s))?((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`])*?)(\s-)?\}\}/g;

function printed(body: string, parameters: Parameters, isStrict: boolean, obstacles: Obstacles): string {
  const action = body.trim();
  if (/^\/\*.*\*\/$/s.test(action)) return '';
  const tokens = tokensOf(action);
  const value = tokens && new Evaluation(tokens, parameters, isStrict).all();
  const text = value === undefined || value === MISSING || value === null ? null : goText(value);
  if (text === null) obstacles.push(`{{ ${action} }}`);
  return text ?? '';
}

type Token =
  /** `.a.b`, `$.a`; `.` and `$` are everything. `access`: right behind a parenthesis. */
  | { readonly kind: 'field'; readonly names: readonly string[]; readonly access: boolean }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: '(' | ')' | '|' };

const TOKEN =
  /(\$?(?:\.[A-Za-z_]\w*)+|\$(?![\w.])|\.(?![\w.]))|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|(\d+)(?![\w.])|([A-Za-z_]\w*)|([()|])/y;

function tokensOf(action: string): readonly Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  while (at < action.length) {
    const space = /\s*/y;
    space.lastIndex = at;
    const gap = space.exec(action)![0].length;
    TOKEN.lastIndex = at + gap;
    const match = TOKEN.exec(action);
    if (!match) return null;
    // Two words need a space between them.
    const isApart = gap > 0 || tokens.length === 0 || ['(', ')', '|'].includes(tokens.at(-1)!.kind);
    const [all, field, quoted, digits, word, mark] = match;
    if (!isApart && mark === undefined) return null;
    at = TOKEN.lastIndex;
    if (all === '') return null;
    if (field !== undefined) {
      const names = field
        .split('.')
        .slice(1)
        .filter((name) => name !== '');
      tokens.push({ kind: 'field', names, access: gap === 0 && tokens.at(-1)?.kind === ')' });
    } else if (quoted !== undefined) {
      const value = unquoted(quoted);
      if (value === null) return null;
      tokens.push({ kind: 'literal', value });
    } else if (digits !== undefined) tokens.push({ kind: 'literal', value: Number(digits) });
    else if (word === 'true' || word === 'false') tokens.push({ kind: 'literal', value: word === 'true' });
    else if (word !== undefined) tokens.push({ kind: 'function', name: word });
    else tokens.push({ kind: mark as '(' | ')' | '|' });
  }
  return tokens;
}

/** Escapes that JSON and Go have in common. */
function unquoted(text: string): string | null {
  if (text.startsWith('`')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A key that a mapping does not have: `default` may step in, nothing else. */
const MISSING = Symbol('missing');

/** Undefined wherever something is not followed. */
class Evaluation {
  readonly #tokens: readonly Token[];
  readonly #parameters: Parameters;
  readonly #isStrict: boolean;
  #at = 0;

  constructor(tokens: readonly Token[], parameters: Parameters, isStrict: boolean) {
    this.#tokens = tokens;
    this.#parameters = parameters;
    this.#isStrict = isStrict;
  }

  all(): unknown {
    const value = this.#pipeline();
    return this.#at === this.#tokens.length ? value : undefined;
  }

  #pipeline(): unknown {
    let value = this.#command([]);
    while (value !== undefined && this.#tokens[this.#at]?.kind === '|') {
      this.#at += 1;
      value = this.#command([value]);
    }
    return value;
  }

  /** `piped` is the last argument of a function, and nothing can be piped into anything else. */
  #command(piped: readonly unknown[]): unknown {
    const first = this.#tokens[this.#at];
    if (first?.kind !== 'function') {
      const value = this.#operand();
      return piped.length > 0 || this.#startsOperand() ? undefined : value;
    }
    this.#at += 1;
    const values: unknown[] = [];
    while (this.#startsOperand()) values.push(this.#operand());
    values.push(...piped);
    if (values.includes(undefined)) return undefined;
    const result = Object.hasOwn(FUNCTIONS, first.name) ? FUNCTIONS[first.name]!(values) : undefined;
    return typeof result === 'string' && result.length > LONGEST_TEXT ? undefined : result;
  }

  #startsOperand(): boolean {
    const token = this.#tokens[this.#at];
    return token !== undefined && token.kind !== ')' && token.kind !== '|';
  }

  #operand(): unknown {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind === 'literal') return token.value;
    if (token?.kind === 'field') return token.access ? undefined : this.#field(this.#parameters, token.names);
    if (token?.kind !== '(') return undefined;
    const value = this.#pipeline();
    if (this.#tokens[this.#at]?.kind !== ')') return undefined;
    this.#at += 1;
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'field' || !next.access) return value;
    this.#at += 1;
    return this.#field(value, next.names);
  }

  #field(value: unknown, names: readonly string[]): unknown {
    let here = value;
    for (const name of names) {
      if (!isRecord(here)) return undefined;
      here = Object.hasOwn(here, name) ? here[name] : MISSING;
    }
    return here === MISSING && this.#isStrict ? undefined : here;
  }
}

type Call = (values: readonly unknown[]) => unknown;

/** A function of as many texts as it has parameters. */
function ofTexts(call: (...texts: readonly string[]) => string): Call {
  return (values) =>
    values.length === call.length && values.every((value) => typeof value === 'string')
      ? call(...(values as readonly string[]))
      : undefined;
}

/** Go's own and Sprig's (https://masterminds.github.io/sprig/), and Argo CD's `normalize`. */
const FUNCTIONS: Readonly<Record<string, Call>> = {
  default: ([otherwise, value, ...more]) =>
    more.length > 0 ? undefined : value === MISSING || value === 0 || isEmpty(value) ? otherwise : value,
  index: ([value, ...keys]) => keys.reduce(itemOf, value),
  toString: ([value, ...more]: readonly unknown[]) => (more.length > 0 ? undefined : textOf(value)),
  quote: ([value, ...more]) => (more.length > 0 ? undefined : quotedBy('"', textOf(value))),
  squote: ([value, ...more]) => (more.length > 0 ? undefined : quotedBy("'", textOf(value))),
  printf: ([format, ...values]) => (typeof format === 'string' ? formatted(format, values) : undefined),
  normalize: ofTexts((text) => normalized(text!)),
  lower: ofTexts((text) => text!.toLowerCase()),
  upper: ofTexts((text) => text!.toUpperCase()),
  trim: ofTexts((text) => text!.trim()),
  trimPrefix: ofTexts((start, text) => (text!.startsWith(start!) ? text!.slice(start!.length) : text!)),
  trimSuffix: ofTexts((end, text) =>
    end !== '' && text!.endsWith(end!) ? text!.slice(0, -end!.length) : text!,
  ),
  replace: ofTexts((from, to, text) => (from === '' ? text! : replaced(text!, from!, to!))),
};

/** What becomes too long is cut: it is followed no further. */
function replaced(text: string, from: string, to: string): string {
  const [first = '', ...rest] = text.split(from);
  let result = first;
  for (const part of rest) {
    if (result.length > LONGEST_TEXT) break;
    result += to + part;
  }
  return result;
}

function itemOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  if (!isRecord(value) || typeof key !== 'string') return undefined;
  return Object.hasOwn(value, key) ? value[key] : MISSING;
}

function textOf(value: unknown): string | undefined {
  return value === MISSING || value === null ? undefined : (goText(value) ?? undefined);
}

/** Only where nothing needs an escape that Go writes in its own way. */
function quotedBy(quote: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (quote === "'") return `'${text}'`;
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : undefined;
}

/** `%s` with texts. */
function formatted(format: string, values: readonly unknown[]): string | undefined {
  const parts = format.split('%s');
  if (parts.some((part) => part.includes('%')) || parts.length !== values.length + 1) return undefined;
  if (!values.every((value) => typeof value === 'string')) return undefined;
  return parts.reduce((text, part, index) => `${text}${String(values[index - 1])}${part}`);
}

/**
 * Pipelines of Go's template language (https://pkg.go.dev/text/template#hdr-Pipelines): fields, variables, literals and functions.
 * Anything else stands in the way, and so does what Go would refuse.
 */
import { isRecord } from '../../kubernetes/objects.ts';
import { LONGEST_TEXT } from './template-parameters.ts';

/** What an expression sees. */
export interface Scope {
  /** `.` */
  readonly dot: unknown;
  /** `$name`; `$` is the name `''`. */
  readonly variables: ReadonlyMap<string, unknown>;
}

export interface Language {
  /** `missingkey=error` */
  readonly isStrict: boolean;
  readonly functions: Readonly<Record<string, Call>>;
}

/** Undefined for what is not followed. */
export type Call = (values: readonly unknown[]) => unknown;

/** A key that a mapping does not have: `default` may step in, nothing else. */
export const MISSING = Symbol('missing');

/** The value of a pipeline; undefined wherever something is not followed. */
export function evaluate(pipeline: string, scope: Scope, language: Language): unknown {
  const tokens = tokensOf(pipeline);
  return tokens ? new Evaluation(tokens, scope, language).all() : undefined;
}

type Token =
  /** `.a.b`, `$.a`, `$name.a`; `.` and `$` are everything. `variable`: null for one that starts at the dot. `access`: right behind a parenthesis. */
  | {
      readonly kind: 'field';
      readonly variable: string | null;
      readonly names: readonly string[];
      readonly access: boolean;
    }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: '(' | ')' | '|' };

const TOKEN =
  /((?:\$\w*)?(?:\.[A-Za-z_]\w*)+|\$\w*(?![\w.])|\.(?![\w.]))|("(?:[^"\\\n]|\\.)*"|`[^`]*`)|(-?\d+)(?![\w.])|([A-Za-z_]\w*)|([()|])/y;

const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null };

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
      const [first = '', ...names] = field.split('.').filter((name, index) => index === 0 || name !== '');
      const access = gap === 0 && tokens.at(-1)?.kind === ')' && first === '';
      tokens.push({ kind: 'field', variable: first === '' ? null : first.slice(1), names, access });
    } else if (quoted !== undefined) {
      const value = unquoted(quoted);
      if (value === null) return null;
      tokens.push({ kind: 'literal', value });
    } else if (digits !== undefined) tokens.push({ kind: 'literal', value: Number(digits) });
    else if (word !== undefined && Object.hasOwn(WORDS, word))
      tokens.push({ kind: 'literal', value: WORDS[word]! });
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

class Evaluation {
  readonly #tokens: readonly Token[];
  readonly #scope: Scope;
  readonly #language: Language;
  #at = 0;

  constructor(tokens: readonly Token[], scope: Scope, language: Language) {
    this.#tokens = tokens;
    this.#scope = scope;
    this.#language = language;
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
    const { functions } = this.#language;
    const result = Object.hasOwn(functions, first.name) ? functions[first.name]!(values) : undefined;
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
    if (token?.kind === 'field')
      return token.access ? undefined : this.#field(this.#start(token), token.names);
    // A function without arguments.
    if (token?.kind === 'function') return this.#called(token.name);
    if (token?.kind !== '(') return undefined;
    const value = this.#pipeline();
    if (this.#tokens[this.#at]?.kind !== ')') return undefined;
    this.#at += 1;
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'field' || !next.access) return value;
    this.#at += 1;
    return this.#field(value, next.names);
  }

  #called(name: string): unknown {
    const { functions } = this.#language;
    return Object.hasOwn(functions, name) ? functions[name]!([]) : undefined;
  }

  #start({ variable }: Extract<Token, { kind: 'field' }>): unknown {
    return variable === null ? this.#scope.dot : this.#scope.variables.get(variable);
  }

  #field(value: unknown, names: readonly string[]): unknown {
    let here = value;
    for (const name of names) {
      if (!isRecord(here)) return undefined;
      here = Object.hasOwn(here, name) ? here[name] : MISSING;
    }
    return here === MISSING && this.#language.isStrict ? undefined : here;
  }
}

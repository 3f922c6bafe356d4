/**
 * What Flux's `postBuild` does with the text of an object: parameter expansion as in a shell, in the dialect of
 * github.com/fluxcd/pkg/envsubst. https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 */

export interface Variables {
  readonly variables: Readonly<Record<string, string>>;
  /** False where a source of variables could not be read: what names one without a value is left as it is written. */
  readonly complete: boolean;
}

export type Substituted =
  | { readonly ok: true; readonly text: string }
  /** `error`: Flux refuses it too. `unsupported`: Flux knows it. */
  | { readonly ok: false; readonly code: 'error' | 'unsupported'; readonly message: string };

const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const DEEPEST = 50;
/** Characters of what comes of one object. */
const LONGEST = 32 * 2 ** 20;

/** The text with every `${…}` filled in; `$$` stands for a dollar sign. */
export function substitute(text: string, { variables, complete }: Variables): Substituted {
  const invalid = Object.keys(variables).find((name) => !NAME.test(name));
  if (invalid !== undefined)
    return { ok: false, code: 'error', message: `${invalid} is not a name of a variable` };
  // Flux drops line breaks, so that a value cannot end the line it stands in.
  const values = new Map(
    Object.entries(variables).map(([name, value]) => [name, value.replaceAll('\n', '')]),
  );
  const scanner = new Scanner(text, values, complete);
  const filled = scanner.text();
  return scanner.problem ? { ok: false, ...scanner.problem } : { ok: true, text: filled };
}

/** Reads from left to right; after a problem it reads nothing more. */
class Scanner {
  problem: { readonly code: 'error' | 'unsupported'; readonly message: string } | null = null;
  readonly #source: string;
  readonly #values: ReadonlyMap<string, string>;
  readonly #complete: boolean;
  #at = 0;
  #depth = 0;
  /** Characters put in so far. */
  #size = 0;

  constructor(source: string, values: ReadonlyMap<string, string>, complete: boolean) {
    this.#source = source;
    this.#values = values;
    this.#complete = complete;
  }

  text(): string {
    const filled: string[] = [];
    while (this.#at < this.#source.length && !this.problem) {
      const plain = this.#take(/[^$]+/y);
      if (plain !== '') filled.push(plain);
      else if (this.#take(/\$\$/y) !== '') filled.push('$');
      else if (this.#source.startsWith('${', this.#at)) filled.push(this.#expression());
      else filled.push(this.#take(/\$/y));
    }
    return filled.join('');
  }

  #expression(): string {
    const start = this.#at;
    this.#take(/\$\{/y);
    this.#depth += 1;
    const isLength = this.#take(/#/y) !== '';
    const name = this.#take(/[\p{L}\p{Nd}_]+/uy);
    if (name === '' || this.#depth > DEEPEST) return this.#fail('error', start);
    const operator = isLength ? '#' : this.#take(/:[-=?+]|[=:]|\^{1,2}|,{1,2}|\/[/#%]?|#{1,2}|%{1,2}/y);
    if (!isLength && /^[#%]/.test(operator)) return this.#fail('unsupported', start);
    const operands = this.#operandsOf(operator);
    if (operands === null || this.#take(/\}/y) === '') return this.problem ? '' : this.#fail('error', start);
    this.#depth -= 1;
    const value = this.#values.get(name);
    if (value === undefined && !this.#complete) return this.#source.slice(start, this.#at);
    this.#size += longest(value ?? '', operator, operands);
    if (this.#size > LONGEST) return this.#refuse('error', `becomes more than ${LONGEST / 2 ** 20} MiB`);
    return expand(value ?? '', operator, operands);
  }

  /** Null where they cannot be read. */
  #operandsOf(operator: string): readonly string[] | null {
    if (operator === '' || operator === '#' || /^[\^,]/.test(operator)) return [];
    if (operator === '=' || (operator.length === 2 && operator.startsWith(':')))
      return [this.#operand(/[^}]/)];
    if (operator === ':') {
      const offset = this.#operand(/[^:}]/);
      if (offset === '') return null;
      return this.#take(/:+/y) === '' ? [offset] : [offset, this.#operand(/[^}]/)];
    }
    const pattern = this.#operand(/[^/]/, true);
    if (this.#take(/\/+/y) === '') return null;
    return [pattern, this.#operand(/[^}]/, true)];
  }

  /** Text and expressions up to a character that does not belong to it. */
  #operand(belongs: RegExp, hasEscapes = false): string {
    const parts: string[] = [];
    while (this.#at < this.#source.length && !this.problem) {
      if (this.#source.startsWith('${', this.#at)) {
        parts.push(this.#expression());
        continue;
      }
      const escaped = hasEscapes ? this.#take(/\\[\\/]|\$\$/y) : '';
      if (escaped !== '') parts.push(escaped.slice(1));
      else if (belongs.test(this.#source[this.#at]!)) parts.push(this.#source[this.#at++]!);
      else break;
    }
    return parts.join('');
  }

  /** What the pattern, which is sticky, matches here; empty where it does not. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#source) ?? [];
    this.#at += found.length;
    return found;
  }

  #fail(code: 'error' | 'unsupported', start: number): '' {
    const written = /^[^\n}]{0,60}\}?/.exec(this.#source.slice(start))![0];
    const message =
      code === 'error' ? `${written} is not a substitution` : `the substitution ${written} is not rendered`;
    return this.#refuse(code, message);
  }

  #refuse(code: 'error' | 'unsupported', message: string): '' {
    this.problem ??= { code, message };
    return '';
  }
}

/** At least as many characters as {@link expand} makes. */
function longest(value: string, operator: string, [first = '', second = '']: readonly string[]): number {
  const places = operator === '//' ? (first === '' ? value.length + 1 : value.split(first).length - 1) : 1;
  return value.length + first.length + places * second.length;
}

function expand(value: string, operator: string, [first = '', second = '']: readonly string[]): string {
  switch (operator) {
    case '':
      return value;
    case '#':
      return String(Buffer.byteLength(value));
    case '^':
      return value.slice(0, 1).toUpperCase() + value.slice(1);
    case '^^':
      return value.toUpperCase();
    case ',':
      return value.slice(0, 1).toLowerCase() + value.slice(1);
    case ',,':
      return value.toLowerCase();
    case ':':
      return partOf(value, first, second);
    case '/':
      return value.replace(first, () => second);
    case '//':
      return value.replaceAll(first, () => second);
    case '/#':
      return value.startsWith(first) ? second + value.slice(first.length) : value;
    case '/%':
      return value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value;
    default:
      // All that is left gives a default; also `:?` and `:+`, which mean something else in a shell.
      return value || first;
  }
}

/** In bytes, from the end when negative; the whole where what should be a number is none. */
function partOf(value: string, offset: string, length: string): string {
  const isNumber = /^[-+]?\d+$/;
  if (!isNumber.test(offset) || (length !== '' && !isNumber.test(length))) return value;
  const bytes = Buffer.from(value);
  const start = Number(offset) < 0 ? Math.max(0, bytes.length + Number(offset)) : Number(offset);
  const end = length === '' ? bytes.length : start + Math.max(0, Number(length));
  return bytes.subarray(start, end).toString();
}

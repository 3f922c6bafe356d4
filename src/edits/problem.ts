import { positionAt } from './positions.ts';

/**
 * Why a text cannot be read or edited:
 *
 * - `not-yaml`: the document is not well-formed, with what the parser says;
 * - `template`: it holds `{{ … }}` outside quotes, so it becomes YAML only after templating;
 * - `duplicate-key`: a mapping names a key twice, which tools read differently;
 * - `lone-carriage-return`: it ends lines in a way that parsers read differently;
 * - `too-large`, `too-deep`, `alias-bomb`: reading it would cost too much;
 * - `not-found`: there is nothing at the path;
 * - `not-a-scalar`, `not-a-mapping`, `not-a-sequence`, `not-a-literal`: the path holds something else;
 * - `key-exists`: the key to be added is there already;
 * - `shared-through-alias`: the path goes through an alias or a merge key into a collection that is written elsewhere;
 * - `unsupported-style`: the place is written in a way that cannot be edited without printing more than it;
 * - `unsupported-value`: the value cannot be written there, or would read differently under YAML 1.1 and 1.2;
 * - `parsers-disagree`: the second parser reads the place differently, or finds it at another line;
 * - `not-exact`: the edit would change something else as well.
 */
export type ProblemCode =
  | 'not-yaml'
  | 'template'
  | 'duplicate-key'
  | 'lone-carriage-return'
  | 'too-large'
  | 'too-deep'
  | 'alias-bomb'
  | 'not-found'
  | 'not-a-scalar'
  | 'not-a-mapping'
  | 'not-a-sequence'
  | 'not-a-literal'
  | 'key-exists'
  | 'shared-through-alias'
  | 'unsupported-style'
  | 'unsupported-value'
  | 'parsers-disagree'
  | 'not-exact';

/** A refusal. `line` and `column` count from 1 in the file and say where, when there is a place to name. */
export interface Problem {
  readonly kind: 'problem';
  readonly code: ProblemCode;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

export function problem(code: ProblemCode, message: string): Problem {
  return { kind: 'problem', code, message, line: null, column: null };
}

/** A refusal with its place: `offset` counts in `text`. */
export function problemAt(code: ProblemCode, message: string, text: string, offset: number): Problem {
  return { kind: 'problem', code, message, ...positionAt(text, offset) };
}

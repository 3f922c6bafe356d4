/** What a program says of its failure, whatever it is written in. */
export type LogCause =
  | 'exec-format'
  | 'command-not-found'
  | 'not-executable'
  | 'address-in-use'
  | 'unknown-flag'
  | 'invalid-value'
  | 'missing-argument'
  | 'missing-variable'
  | 'heap-exhausted'
  | 'too-many-connections'
  | 'database-read-only'
  | 'read-only-file-system'
  | 'too-many-open-files'
  | 'no-space-left'
  | 'api-forbidden'
  | 'authentication-failed'
  | 'certificate-invalid'
  | 'migration-failed'
  | 'missing-relation'
  | 'name-not-resolved'
  | 'connection-refused'
  | 'connection-timeout'
  | 'missing-module'
  | 'missing-file'
  | 'permission-denied'
  | 'config-invalid'
  | 'leadership-lost'
  | 'panic';

/**
 * The words of one cause. A pattern's groups: `about` is what it is about (a variable, a flag, a path, a user), `host` and `port` an
 * address. A line of `unless` is none of it. Patterns with the flag `s` are tried on the whole entry.
 */
export interface Words {
  readonly cause: LogCause;
  readonly patterns: readonly RegExp[];
  readonly unless?: RegExp;
}

/** In capitals, also in a pattern that takes any case. */
export const VARIABLE = String.raw`(?-i:[A-Z][A-Z0-9_]{2,80})`;
/** A name or an IPv4 address, as group `host`, and its port. */
export const HOST = String.raw`(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?)`;
export const ADDRESS = String.raw`${HOST}(?::(?<port>\d{2,5}))?(?![\w-])`;
/** An absolute path, as group `about`. */
export const PATH = String.raw`(?<about>/[\w@+./-]*\w)`;

/** What a plain (unquoted) scalar is to a YAML parser. */
export type PlainType = 'null' | 'boolean' | 'integer' | 'float' | 'string' | 'timestamp' | 'merge' | 'value';

const CORE_TYPES: readonly (readonly [PlainType, RegExp])[] = [
  ['null', /^(?:~|null|Null|NULL)?$/],
  ['boolean', /^(?:true|True|TRUE|false|False|FALSE)$/],
  ['integer', /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/],
  [
    'float',
    /^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
];

/** The YAML 1.1 types, widened by what Go's and JavaScript's parsers read beyond it. */
const LEGACY_TYPES: readonly (readonly [PlainType, RegExp])[] = [
  ['null', /^(?:~|null|Null|NULL)?$/],
  ['boolean', /^(?:y|Y|n|N|(?:[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF))$/],
  ['merge', /^<<$/],
  ['value', /^=$/],
  ['integer', /^[-+]?(?:0b[01_]+|0o[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/],
  [
    'float',
    /^(?:[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*(?:[eE][-+]?[0-9]+)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  [
    'timestamp',
    /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?)?)?$/,
  ],
];

/** One spelling for all: decimal without leading zeros, digits grouping, base or exponent. */
const UNDISPUTED_NUMBER = /^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** The type of a plain scalar under the YAML 1.2 core schema. */
export function coreType(source: string): PlainType {
  return typeIn(CORE_TYPES, source);
}

/**
 * True when parsers do not agree on what the plain scalar means: `yes`, `0644`, `1_000`, `12:30:45`, `1e3`, `.5`, dates.
 * Integers beyond 2^53 count too, since some parsers round them.
 */
export function ambiguousScalar(source: string): boolean {
  const core = typeIn(CORE_TYPES, source);
  if (core !== typeIn(LEGACY_TYPES, source)) return true;
  if (core !== 'integer' && core !== 'float') return false;
  if (/^[-+]?\.(?:inf|nan)$/i.test(source)) return false;
  return !UNDISPUTED_NUMBER.test(source) || (core === 'integer' && !Number.isSafeInteger(Number(source)));
}

function typeIn(types: readonly (readonly [PlainType, RegExp])[], source: string): PlainType {
  return types.find(([, pattern]) => pattern.test(source))?.[0] ?? 'string';
}

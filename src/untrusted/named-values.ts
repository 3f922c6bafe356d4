import { maskedLines } from './key-blocks.ts';
import { isSecret, suspicionOf, type Suspicion } from './telling-names.ts';

const QUOTE = String.raw`(?:\\{0,3}["'])?`;
/** A name and what leads from it to its value, in YAML, JSON (also inside a string), environments, flags, query strings and XML. */
const NAMED_VALUES = new RegExp(
  [
    // name: DB_PASSWORD, value: … (an environment variable in a manifest), <add key="Password" value="…"/>
    String.raw`(?<![\w.-])(?:name|key)${QUOTE}(?::[ \t]{0,8}|=(?=["']))${QUOTE}(?<variable>[\w.-]{1,120})${QUOTE},?[\s+-]{0,120}${QUOTE}value${QUOTE}(?::[ \t]{0,8}|=(?=["']))`,
    // password=…, "apiKey": …, spring.datasource.password: …, --token=…, ['password'] = …
    String.raw`(?<![\w.-])(?<name>[\w.-]{1,120})${QUOTE}\]?[ \t]{0,20}(?::{1,3}=|\?=|\|\|:|=>|[:=](?!=))[ \t]{0,20}`,
    // <password>…</password>
    String.raw`<(?<tag>[\w.:-]{1,80})(?:[ \t][^<>\n]{0,200})?>(?=[^<>\s])`,
    // --token …, and as list items: "--token", "…"
    String.raw`(?<![\w.-])(?<flag>--?[A-Za-z][\w.-]{1,80})${QUOTE},?[ \t\n]{1,40}(?:[+-]?[ \t]{0,40}- )?(?![\\"']{0,4}-)`,
  ].join('|'),
  'g',
);

/** In a diff the new value follows the old one, without its name. */
const NEXT_VALUE = {
  variable: new RegExp(String.raw`${QUOTE}[ \t]{0,8}\n[+-][ \t]{0,200}${QUOTE}value${QUOTE}:[ \t]{0,8}`, 'y'),
  flag: new RegExp(String.raw`${QUOTE},?[ \t]{0,8}\n[+-][ \t]{0,200}(?:- )?`, 'y'),
};

/** Replaces the value of a telling name. */
export function maskNamedValues(text: string): string {
  if (!/[:=>]|--?[A-Za-z]/.test(text)) return text;
  let result = '';
  let at = 0;
  NAMED_VALUES.lastIndex = 0;
  for (let match = NAMED_VALUES.exec(text); match; match = NAMED_VALUES.exec(text)) {
    const { variable, name, flag, tag } = match.groups as Record<string, string | undefined>;
    const telling = (variable ?? name ?? flag ?? tag)!;
    const suspicion = isOutOfContext(text, match) ? 'none' : suspicionOf(telling);
    const before = match[0].endsWith('=') || tag !== undefined ? null : lineBefore(text, match.index);
    const next =
      name !== undefined || tag !== undefined || !match[0].includes('\n')
        ? null
        : NEXT_VALUE[flag === undefined ? 'variable' : 'flag'];
    const start = NAMED_VALUES.lastIndex;
    let secret =
      tag === undefined ? secretAt(text, start, suspicion, before) : textOfTag(text, start, suspicion);
    if (secret === null) {
      // The value may itself be the name of a pair: `msg: password=…`.
      NAMED_VALUES.lastIndex =
        match.index + (tag !== undefined ? 1 : variable === undefined ? (name ?? flag)!.length : 4);
    }
    while (secret !== null) {
      result += text.slice(at, secret.from) + maskedLines(text.slice(secret.from, secret.to));
      at = NAMED_VALUES.lastIndex = secret.to;
      const between = next === null ? '' : matchAt(next, text, at);
      secret = between === '' ? null : secretAt(text, at + between.length, suspicion, before);
    }
  }
  return result + text.slice(at);
}

/** A tag of an image: `2.14.3`, `v1`, `latest`, `main-4f2a91c`, and what names a digest. */
const TAG =
  /(?:v?\d+(?:\.\d+)+[\w.-]{0,60}|v?\d{1,8}(?:-[\w.]{1,40}){0,4}|latest|stable|(?:sha|git|main|master|dev|release|build|pr|commit)-[\w.-]{1,60}|[0-9a-f]{7,12}|[0-9a-f]{40})(?=@sha256:|["'\s,;:)\]}]|$)|[\w.-]{1,128}@sha\d{3}:/y;
const IMAGE_BEFORE =
  /(?:\/|\bimages?["']?\s{0,2}[:=]?\s{0,2}["'`]?|\bpull(?:ing|ed)? (?:image )?["'`]?|\bcontainer |docker:\/\/)$/i;

/**
 * The parts of an image reference, an ARN, a checksum annotation or a path: there a telling word is a name and its colon no
 * assignment.
 */
function isOutOfContext(text: string, { 0: matched, index, groups }: RegExpExecArray): boolean {
  const { name, flag } = groups as Record<string, string | undefined>;
  if (flag !== undefined && !flag.startsWith('--')) return !SINGLE_FLAGS.has(flag);
  if (name === undefined) return false;
  const before = text.slice(Math.max(0, index - 60), index);
  if (/\bchecksum\/$/.test(before) || /(?:^|[\s"'=])arn:[\w:/-]{0,60}:$/.test(before)) return true;
  const isGlued = matched === `${name}:`;
  if (!isGlued) return false;
  const isImage = IMAGE_BEFORE.test(before);
  TAG.lastIndex = index + matched.length;
  return (
    TAG.test(text) ||
    (isImage &&
      /^[\w][\w.-]{0,127}(?=[@\s"'`,;)]|:\s|$)/.test(
        text.slice(index + matched.length, index + matched.length + 130),
      ))
  );
}

/** Flags with one dash that are spelled out: Java's and Go's. */
const SINGLE_FLAGS = new Set([
  '-password',
  '-passwd',
  '-storepass',
  '-keypass',
  '-token',
  '-secret',
  '-api-key',
  '-apikey',
]);

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Enough of a value to judge it by, so that a long and harmless one costs no more. */
const WINDOW = 256;

/** How something long and random starts. */
const RANDOM_START = /(?:\\{0,3}["'])?[\w+/=.~-]{20}/y;

/** The range of the secret that begins at `start`; null where there is none, or the value is harmless. */
function secretAt(text: string, start: number, suspicion: Suspicion, before: string | null): Range | null {
  if (suspicion === 'none' || (suspicion === 'key' && matchAt(RANDOM_START, text, start) === '')) return null;
  const at = suspicion === 'sure' ? nextLine(text, start, before) : start;
  const window = text.slice(at, at + WINDOW);
  if (suspicion === 'header') return inHeader(window, at, text);
  // Who is less than sure takes one word of a line, since a sentence may follow.
  const lineOf = suspicion === 'sure' || /^[|>]/.test(window) ? before : null;
  const value = valueOf(window, lineOf, at !== start);
  if (value === null || !isSecret(window.slice(value.from), value.to - value.from, suspicion)) return null;
  if (isWorkingFolder(text, start, window.slice(value.from, value.to))) return null;
  const { from, to } = value.to < WINDOW ? value : valueOf(text.slice(at), lineOf, at !== start)!;
  return { from: at + from, to: at + to };
}

/** `PWD=/app`: the shell's folder. */
function isWorkingFolder(text: string, start: number, value: string): boolean {
  return (
    /(?<![A-Za-z0-9_])(?:OLD)?_?PWD["']?[=:]\s{0,2}["']?$/i.test(
      text.slice(Math.max(0, start - 12), start),
    ) && /^(?:\/[\w.@+-]*)+$/.test(value)
  );
}

/** Where a value goes on that was broken behind its name: a string of JSON, or a plain scalar that is indented deeper. */
function nextLine(text: string, start: number, before: string | null): number {
  if (before === null || text[start] !== '\n') return start;
  const blank = matchAt(/\n[+-]?[ \t]{1,200}/y, text, start);
  if (blank === '' || blank.length - 1 <= indent(before)) return start;
  const at = start + blank.length;
  return matchAt(/["']|(?!- |[\w."'-]{1,80}\s?:(?:\s|$)|[{[#])\S/y, text, at) === '' ? start : at;
}

const SCHEME = /[A-Za-z][\w-]{1,30}[ \t]{1,4}(?=\S)/y;

/** In `Authorization`, one word or what follows a scheme is secret; a sentence is none. */
function inHeader(window: string, start: number, text: string): Range | null {
  const open = matchAt(/[\s\\]{0,4}(?:\\{0,3}["'[]){0,2}/y, window, 0).length;
  const scheme = matchAt(SCHEME, window, open);
  const from = open + (isScheme(window, open, scheme) ? scheme.length : 0);
  const length = matchAt(
    /(?:[^\s"'`;<>{}[\]\\,]|,(?=[\w-]{1,30}=))+(?:,[ \t](?=[\w-]{1,30}=)(?:[^\s"'`;<>{}[\]\\,]|,(?=[\w-]{1,30}=)|"[^"\n]{0,300}")+|"[^"\n]{0,300}"){0,12}/y,
    window,
    from,
  ).length;
  if (length === 0 || !isSecret(window.slice(from), length, 'sure')) return null;
  const word = window.slice(from, from + length);
  if (from === open && /^[A-Za-z]{1,20}[.,:;!?]?$/.test(word)) return null;
  const rest = from + length < WINDOW ? length : matchAt(/[^\s"'`;<>{}[\]\\]+/y, text, start + from).length;
  return { from: start + from, to: start + from + Math.max(length, rest) };
}

/** The first word is a scheme where it is a known one, or what follows cannot be a word. */
function isScheme(window: string, at: number, scheme: string): boolean {
  if (scheme === '') return false;
  if (
    /^(?:basic|bearer|token|digest|apikey|api-key|key|negotiate|ntlm|hawk|oauth|sswsx?|geniekey|splunk|dpop|bot|hmac|signature|sharedkey|sharedaccesssignature|aws4-hmac-sha256|googlelogin|snowflake|flyv1|accesskey|jwt|secret|user|pve\w*)$/i.test(
      scheme.trim(),
    )
  )
    return true;
  const following = matchAt(/[^\s"'`,;]+/y, window, at + scheme.length);
  return following.length >= 12 && /\d/.test(following) && /[A-Za-z]/.test(following);
}

function textOfTag(text: string, start: number, suspicion: Suspicion): Range | null {
  if (suspicion === 'none') return null;
  const value = matchAt(/[^<>\n]{1,4000}(?=<\/)/y, text, start);
  return value !== '' && isSecret(value, value.length, suspicion)
    ? { from: start, to: start + value.length }
    : null;
}

/**
 * The value that a text starts with, its quotes and an authentication scheme left out; null where there is none on this
 * line. `before` is what its key has before it on its line; null where an equals sign rules YAML out.
 */
function valueOf(text: string, before: string | null, isBelow: boolean): Range | null {
  const open = matchAt(/\\{0,3}["']/y, text, 0);
  if (open !== '') {
    const body =
      open.length > 1 ? /(?:[^\\"'\n]|\\(?![\\"']))*/y : open === '"' ? /(?:[^"\\\n]|\\[^\n])*/y : /[^'\n]*/y;
    const scheme = matchAt(/(?:Basic|Bearer|Token|Digest)[ \t]{1,4}(?=\S)/iy, text, open.length).length;
    const from = open.length + scheme;
    return { from, to: from + matchAt(body, text, from).length };
  }
  const block = matchAt(/[|>][+-]?\d?[ \t]{0,20}\n/y, text, 0).length;
  if (block > 0) return { from: block - 1, to: endOfBlock(text, block, indent(before ?? '')) };
  const from = matchAt(/(?:Basic|Bearer|Token|Digest)[ \t]{1,4}(?=\S)/iy, text, 0).length;
  const length = matchAt(
    isBelow || (before !== null && isIndentation(before)) ? YAML_VALUE : WORD_VALUE,
    text,
    from,
  ).trimEnd().length;
  return length === 0 ? null : { from, to: from + length };
}

/** The rest of the line, where a key starts it: a plain YAML value may hold spaces. */
const YAML_VALUE = /[^\s#{[&*!|>,}\]][^\n]*|\*{3}[^\n]*/y;
/** Elsewhere a space ends the value, and so does a separator before what can only be the next pair. */
const WORD_VALUE =
  /(?:[^\s"'`;,&)}\]<>{[\\]+|\\(?!["'nrt\\])|[;,&)}\]](?![\s;,&)}\]"'\\]|$|[\w.-]{1,40}["']?[=:]))+/y;

/** A block scalar ends before the first line that is not indented deeper than its key. */
function endOfBlock(text: string, from: number, depth: number): number {
  let end = from;
  while (end < text.length) {
    const newline = text.indexOf('\n', end);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(end, next);
    if (line.trim() !== '' && indent(line) <= depth) break;
    end = next;
  }
  return end;
}

/** The line up to a position, at most its last 200 characters. */
function lineBefore(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - 200), at);
  return before.slice(before.lastIndexOf('\n') + 1);
}

const INDENTATION = /[+-]?[ \t]{0,200}(?:- [ \t]{0,200})?["']?/y;

/** Counts a diff's sign and a list item's dash as indentation. */
function indent(line: string): number {
  return matchAt(INDENTATION, line, 0).length;
}

function isIndentation(before: string): boolean {
  return indent(before) === before.length;
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

/**
 * Replaces what looks like a secret by `***`, before anything is stored or shown.
 *
 * Three passes: private key blocks; tokens that give themselves away by their form; values that stand behind a telling
 * name (`password=`, `"apiKey":`, `--token`, `name: DB_PASSWORD` with its `value:`). Newlines are kept, so a masked
 * text has as many lines as before. Masking twice is masking once.
 *
 * Time is linear: every pattern with an unbounded repetition starts behind a lookbehind that allows one start per run
 * of characters, and its repetitions cannot trade characters with each other; everything else is bounded.
 */
export function mask(text: string): string {
  return maskNamedValues(maskTokens(maskPrivateKeys(text)));
}

const MASKED = '***';

function maskPrivateKeys(text: string): string {
  const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
  const lastEnd = text.lastIndexOf('-----END ');
  let result = '';
  let at = 0;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const from = begin.lastIndex;
    const to = from <= lastEnd ? text.indexOf('-----END ', from) : endOfBareKey(text, from);
    result += text.slice(at, from) + maskedLines(text.slice(from, to));
    at = to;
    begin.lastIndex = to;
  }
  return result + text.slice(at);
}

/** Where a key ends whose last line was cut off: behind the lines that can only be base64. */
function endOfBareKey(text: string, from: number): number {
  let end = from + matchAt(/[A-Za-z0-9+/=\\]*|\*{3}/y, text, from).length;
  const line = /[ \t]{0,80}\n[+-]?[ \t]{0,80}(?:[A-Za-z0-9+/=\\]{16,}|\*{3})(?=[ \t]{0,80}(?:\n|$))/y;
  for (let length = 1; length > 0; end += length) length = matchAt(line, text, end).length;
  return end;
}

/** One `***` a line; lines after the first keep their indentation. */
function maskedLines(block: string): string {
  return block.replace(/(?<=\n)[+-]?[ \t]+(?=\S)|[^\n]+/g, (piece) =>
    piece.trim() === '' || /^[+-][ \t]+$/.test(piece) ? piece : MASKED,
  );
}

/** Secrets known by their form. What a group named `keep` matches stays. */
export const TOKEN_PATTERNS: readonly RegExp[] = [
  // JSON Web Tokens, service account tokens among them
  /(?<![\w.-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}/g,
  // AWS access keys
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  // GitHub (its installation tokens have been long, with a JSON Web Token in them, since 2026), GitLab
  /(?<![A-Za-z0-9])ghs_[\w.-]{35,}[\w-]/g,
  /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{22,})/g,
  // The same as git sends them: `x-access-token:…` in base64
  /(?<![A-Za-z0-9+/])eC1hY2Nlc3MtdG9rZW46[A-Za-z0-9+/]{8,}=*/g,
  /(?<![A-Za-z0-9])(?:gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w-]{20,}|GR1348941[\w-]{20,})/g,
  // Slack tokens and webhooks, Discord webhooks
  /(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}/g,
  /(?<keep>hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/]{8,200}/g,
  /(?<keep>discord(?:app)?\.com\/api\/webhooks\/\d{5,25}\/)[\w-]{20,200}/g,
  // Google
  /(?<![\w-])(?:AIza[\w-]{35}|GOCSPX-[\w-]{28})/g,
  /(?<![\w.-])ya29\.[\w-]{20,}/g,
  // Package registries
  /(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36}|dckr_(?:pat|oat)_[\w-]{20,}|pypi-[\w-]{50,}|rubygems_[a-f0-9]{48})/g,
  // Others that mark their tokens
  /(?<![\w.-])(?:hv[sbr]\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9]{40,})/g,
  /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,}=*)/g,
  /(?<![\w-])sk-(?:(?:proj|ant|svcacct|or)-[\w-]{20,}|[A-Za-z0-9]{32,})/g,
  /(?<![A-Za-z0-9])(?:do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9])(?:gl(?:sa|c)_[\w+/=]{30,}|lin_api_[A-Za-z0-9]{30,}|pscale_(?:tkn|pw)_[\w.-]{20,}|ATATT3[\w=-]{20,})/g,
  /(?<![A-Za-z0-9])(?:AGE-SECRET-KEY-1[A-Z0-9]{58}|NRAK-[A-Z0-9]{27})(?![A-Za-z0-9])/g,
  /(?<keep>\/bot\d{8,10}:)[\w-]{35}/g,
  // Passwords in addresses; an image reference (`docker-pullable://cart:2@sha256:…`) is none
  /(?<keep>:\/\/[^\s:@/"'`<>]{0,128}:)(?!\*\*\*@)[^\s/"'`<>]{1,256}(?=@(?!sha\d{3}:))/g,
  /(?<keep>:\/\/)[^\s:@/"'`<>.]{20,256}(?=@(?!sha\d{3}:))/g,
  /(?<![\w.-])(?<keep>[\w.-]{1,64}:)(?!\*\*\*@)[^\s@/:"'`]{1,128}(?=@(?:tcp|unix)\()/g,
  // Signed addresses
  /(?<keep>[?&](?:sig|X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature)=)[\w%+/=.-]{8,2000}/gi,
  // Authentication headers; `Bearer realm="…"` and "no basic auth credentials" say nothing secret
  /(?<![A-Za-z0-9])(?<keep>Bearer[ \t]{1,4})(?=[A-Za-z.~+/_-]{0,200}\d)[\w.~+/-]{16,}=*/gi,
  /(?<![A-Za-z0-9])(?<keep>Basic[ \t]{1,4})(?=[A-Za-z+/]{0,200}[0-9=])[A-Za-z0-9+/]{8,}=*/gi,
];

function maskTokens(text: string): string {
  return TOKEN_PATTERNS.reduce(
    (masked, pattern) =>
      masked.replace(pattern, (...match: unknown[]) => {
        const groups = match.at(-1);
        return (
          (typeof groups === 'object' && groups !== null ? (groups as { keep: string }).keep : '') + MASKED
        );
      }),
    text,
  );
}

const QUOTE = String.raw`(?:\\{0,3}["'])?`;
/** A name and what leads from it to its value, in YAML, JSON (also inside a string), environments, flags and query strings. */
const NAMED_VALUES = new RegExp(
  [
    // name: DB_PASSWORD, value: … (an environment variable in a manifest)
    String.raw`(?<![\w.-])name${QUOTE}:[ \t]{0,8}${QUOTE}(?<variable>[\w.-]{1,120})${QUOTE},?[\s+-]{0,120}${QUOTE}value${QUOTE}:[ \t]{0,8}`,
    // password=…, "apiKey": …, spring.datasource.password: …, --token=…
    String.raw`(?<![\w.-])(?<name>[\w.-]{1,120})${QUOTE}[ \t]{0,20}(?::=|=>|[:=])[ \t]{0,20}`,
    // --token …, and as list items: "--token", "…"
    String.raw`(?<![\w.-])(?<flag>--[A-Za-z][\w.-]{1,80})${QUOTE},?[ \t\n]{1,40}(?:[+-]?[ \t]{0,40}- )?(?![\\"']{0,4}-)`,
  ].join('|'),
  'g',
);

/** In a diff the new value follows the old one, without its name. */
const NEXT_VALUE = {
  variable: new RegExp(String.raw`${QUOTE}[ \t]{0,8}\n[+-][ \t]{0,200}${QUOTE}value${QUOTE}:[ \t]{0,8}`, 'y'),
  flag: new RegExp(String.raw`${QUOTE},?[ \t]{0,8}\n[+-][ \t]{0,200}(?:- )?`, 'y'),
};

function maskNamedValues(text: string): string {
  let result = '';
  let at = 0;
  NAMED_VALUES.lastIndex = 0;
  for (let match = NAMED_VALUES.exec(text); match; match = NAMED_VALUES.exec(text)) {
    const { variable, name, flag } = match.groups as Record<string, string | undefined>;
    const suspicion = suspicionOf((variable ?? name ?? flag)!);
    const before = match[0].endsWith('=') ? null : lineBefore(text, match.index);
    const next =
      name !== undefined || !match[0].includes('\n')
        ? null
        : NEXT_VALUE[flag === undefined ? 'variable' : 'flag'];
    let secret = secretAt(text, NAMED_VALUES.lastIndex, suspicion, before);
    if (secret === null) {
      // The value may itself be the name of a pair: `msg: password=…`.
      NAMED_VALUES.lastIndex = match.index + (variable === undefined ? (name ?? flag)! : 'name').length;
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

/** How far a name gives its value away: `sure` masks nearly anything, `maybe` what is no word or name, `key` only what looks random. */
type Suspicion = 'sure' | 'maybe' | 'key' | 'none';

const SURE = words(`
  password passwd passphrase apikey apisecret apitoken clientsecret accesstoken authtoken refreshtoken bearertoken
  sessiontoken securitytoken bottoken secretaccesskey accountkey sharedaccesskey sharedaccesssignature privatekey
  encryptionkey signingkey masterkey dockerconfigjson dockercfg authorization setcookie`);
const SURE_WORDS = new Set(['pwd', 'cookie']);
const MAYBE = words('token secret secretkey accesskey credential credentials');
const MAYBE_WORDS = new Set(['auth', 'pass', 'salt', 'sig', 'signature']);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

function suspicionOf(name: string): Suspicion {
  const plain = name.replace(/[_.-]/g, '').toLowerCase();
  const last = name.slice(name.search(/[^_.-]+[_.-]*$/)).replace(/[_.-]/g, '');
  const lastWord = last.slice(last.search(/(?:[A-Z]?[a-z0-9]+|[A-Z0-9]+)$/)).toLowerCase();
  if (SURE_WORDS.has(lastWord) || SURE.some((word) => plain.endsWith(word))) return 'sure';
  if (MAYBE_WORDS.has(lastWord) || MAYBE.some((word) => plain.endsWith(word))) return 'maybe';
  return lastWord === 'key' ? 'key' : 'none';
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Enough of a value to judge it by, so that a long one that turns out harmless costs no more. */
const WINDOW = 256;

/** How something long and random starts. */
const RANDOM_START = /(?:\\{0,3}["'])?[\w+/-]{24}/y;

/** The range of the secret that stands at `start`; null where there is none, or the value says nothing secret. */
function secretAt(text: string, start: number, suspicion: Suspicion, before: string | null): Range | null {
  if (suspicion === 'none' || (suspicion === 'key' && matchAt(RANDOM_START, text, start) === '')) return null;
  const window = text.slice(start, start + WINDOW);
  const value = valueOf(window, before);
  if (value === null || !isSecret(window.slice(value.from), value.to - value.from, suspicion)) return null;
  const { from, to } = value.to < WINDOW ? value : valueOf(text.slice(start), before)!;
  return { from: start + from, to: start + to };
}

/**
 * The value that a text starts with, its quotes and an authentication scheme left out; null where there is none on this
 * line. `before` is what its key has before it on its line; null where an equals sign rules YAML out.
 */
function valueOf(text: string, before: string | null): Range | null {
  const open = matchAt(/\\{0,3}["']/y, text, 0);
  if (open !== '') {
    const body = open.length > 1 ? /[^\\"'\n]*/y : open === '"' ? /(?:[^"\\\n]|\\[^\n])*/y : /[^'\n]*/y;
    return { from: open.length, to: open.length + matchAt(body, text, open.length).length };
  }
  const block = matchAt(/[|>][+-]?\d?[ \t]{0,20}\n/y, text, 0).length;
  if (block > 0) return { from: block - 1, to: endOfBlock(text, block, indent(before ?? '')) };
  const from = matchAt(/(?:Basic|Bearer|Token|Digest)[ \t]{1,4}(?=\S)/iy, text, 0).length;
  const length = matchAt(
    before !== null && isIndentation(before) ? YAML_VALUE : WORD_VALUE,
    text,
    from,
  ).trimEnd().length;
  return length === 0 ? null : { from, to: from + length };
}

/** The rest of the line, where a key starts it: a plain YAML value may hold spaces. */
const YAML_VALUE = /[^\s#{[&*!|>,}\]][^\n]*|\*{3}[^\n]*/y;
/** Elsewhere a space ends the value, and so does a separator before what can only be the next pair. */
const WORD_VALUE = /(?:[^\s"'`;,&)}\]<>{[]+|[;,&)}\]](?![\s;,&)}\]"'\\]|$|[\w.-]{1,40}["']?[=:]))+/y;

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

/** What stands on the line before a position, up to 200 characters of it. */
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

const END = String.raw`(?=[.,;:!?]?(?:[\s"')}\]]|$))`;
/** References to a value, and values already masked. */
const PLACEHOLDER = new RegExp(
  String.raw`^(?:\$[A-Z_][A-Z0-9_]*${END}|\$\([\w.-]+\)|\$\{[\w.-]+\}|\{\{|<[\w -]{1,60}>|\*\*\*${END}|ENC\[|vault:|ref\+|sha\d{3}:)`,
);
/** What follows a name in a sentence, or says that there is no value. */
const SAYS_NOTHING = new RegExp(
  String.raw`^(?:not|no|is|was|are|has|missing|required|must|cannot|could|unset|undefined|invalid|expired|empty|none|null|nil|true|false|yes|unknown|wrong|incorrect|failed|unexpected|error|unauthorized|denied|redacted)${END}`,
  'i',
);

/** Judges the value that `text` starts with. */
function isSecret(text: string, length: number, suspicion: Suspicion): boolean {
  const value = text.slice(0, length);
  if (PLACEHOLDER.test(text) || SAYS_NOTHING.test(text)) return false;
  if (suspicion === 'sure') return /[^\s{}[\]()]/.test(value);
  if (suspicion === 'maybe') return length >= 6 && /[A-Za-z0-9]/.test(value) && !isNameOrNumber(value);
  return length >= 24 && [/^[\w+/=-]+$/, /[a-z]/, /[A-Z]/, /\d/].every((pattern) => pattern.test(value));
}

/** Words, Kubernetes names (`shop/db-creds-v2`, with a generated hash too), paths and small numbers. */
function isNameOrNumber(value: string): boolean {
  if (/^(?:\d{1,9}|[A-Z]?[a-z]{1,30}|[A-Z]{1,15})[.,:;!?]?$/.test(value) || /^\.{0,2}\/[\w.-]+\//.test(value))
    return true;
  return /[-/]/.test(value) && value.split(/[-/.]/).every(isNamePart);
}

function isNamePart(part: string): boolean {
  return /^(?:[a-z]{0,30}\d{0,2}|v?\d{1,4}|[bcdfghkmt2456789]{10})$/.test(part);
}

/** A value that stands alone, judged by the name it belongs to: `***` when `mask` would hide it behind that name. */
export function maskValue(name: string, value: string): string {
  const isHidden = suspicionOf(name) !== 'none' && isSecret(value, value.length, suspicionOf(name));
  return isHidden ? maskedLines(value) : mask(value);
}

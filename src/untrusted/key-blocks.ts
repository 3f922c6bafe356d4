/**
 * Private keys in armour (PEM, OpenSSH, PGP, PuTTY), whole or cut. A log is a tail, so the head of a block may lie beyond
 * the lines that were kept, and so may its end.
 */
export function maskPrivateKeys(text: string): string {
  if (!/-----|Private-Lines|[A-Za-z0-9+/]{64}/.test(text)) return text;
  return maskedBareKeys(maskedTails(maskedBlocks(text)));
}

/** One `***` a line; lines after the first keep their indentation. */
export function maskedLines(block: string): string {
  return block.replace(/(?<=\n)[+-]?[ \t]+(?=\S)|[^\n]+/g, (piece) =>
    piece.trim() === '' || /^[+-][ \t]+$/.test(piece) ? piece : '***',
  );
}

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-Lines: \d{1,3}(?=\s)/g;

function maskedBlocks(text: string): string {
  const lastEnd = text.lastIndexOf('-----END ');
  let result = '';
  let at = 0;
  BEGIN.lastIndex = 0;
  for (let match = BEGIN.exec(text); match; match = BEGIN.exec(text)) {
    const from = BEGIN.lastIndex;
    const isArmoured = match[0].startsWith('-');
    const to = isArmoured && from <= lastEnd ? text.indexOf('-----END ', from) : endOfBareKey(text, from);
    result += text.slice(at, from) + maskedLines(text.slice(from, to));
    at = to;
    BEGIN.lastIndex = to;
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

const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** The lines above an end whose begin is missing: base64 at the end of each line, also within a string (`\n`). */
function maskedTails(text: string): string {
  const ends = [...text.matchAll(END)].map(({ index }) => index);
  if (ends.length === 0) return text;
  let result = '';
  let at = 0;
  for (const end of ends) {
    const from = startOfTail(text, at, end);
    result += text.slice(at, from) + maskedLines(text.slice(from, end));
    at = end;
  }
  return result + text.slice(at);
}

/** How far base64 reaches back from an end: over line breaks, and over the blanks and signs of a diff that start a line. */
function startOfTail(text: string, least: number, end: number): number {
  let from = end;
  for (;;) {
    let at = from;
    while (at > least && /[ \t+-]/.test(text[at - 1]!)) at -= 1;
    if (at > least && text[at - 1] === '\n') at -= 1;
    else if (from !== end) return from;
    else at = from;
    while (at > least && /[ \t]/.test(text[at - 1]!)) at -= 1;
    const lineEnd = at;
    while (at > least && /[A-Za-z0-9+/=\\*]/.test(text[at - 1]!)) at -= 1;
    if (at === lineEnd) return from;
    from = at;
  }
}

/** The end of a line that is as wide as armour makes it: 64 characters, 70 with OpenSSH, 76 with MIME. */
const WIDE =
  /(?<![\w+/=-])(?:[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{70}|[A-Za-z0-9+/]{76})(?=["',]{0,2}[ \t]{0,80}$)/;
/** Armour, and what may follow it on its line. */
const LONGEST_END = 160;
const REST = /(?<![\w+/=-])[A-Za-z0-9+/]{2,76}={0,2}(?=["',]{0,2}[ \t]{0,80}$)/;
/** Armour around what anybody may read. */
const PUBLIC =
  /-----BEGIN [A-Z0-9 ]{0,40}(?:CERTIFICATE(?: REQUEST)?|PUBLIC KEY(?: BLOCK)?|X509 CRL|PKCS7|CMS|SIGNATURE|SIGNED MESSAGE|PARAMETERS)-----/;
const PUBLIC_END =
  /-----END [A-Z0-9 ]{0,40}(?:CERTIFICATE(?: REQUEST)?|PUBLIC KEY(?: BLOCK)?|X509 CRL|PKCS7|CMS|SIGNATURE|PARAMETERS)-----/;

/**
 * The inside of a key without its begin and end: two lines and more of armour's width, and one alone where the text starts
 * with it. What is known to be a certificate or a public key stays.
 */
function maskedBareKeys(text: string): string {
  if (!/[A-Za-z0-9+/]{64}/.test(text)) return text;
  const lines = text.split('\n');
  const masked = [...lines];
  let isPublic = false;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (PUBLIC_END.test(line)) isPublic = false;
    else if (PUBLIC.test(line)) isPublic = true;
    if (isPublic || !isKeyLine(line)) continue;
    let end = at + 1;
    while (end < lines.length && isKeyLine(lines[end]!)) end += 1;
    const next = lines[end] ?? '';
    const isCutPublic = PUBLIC_END.test(next) || PUBLIC_END.test(lines[end + 1] ?? '');
    const isRun = end - at > 1 || at === 0;
    if (isRun && !isCutPublic) {
      for (let index = at; index < end; index += 1) masked[index] = lines[index]!.replace(WIDE, '***');
      if (REST.test(next) && !/^[a-z]*$/i.test(next.trim())) masked[end] = next.replace(REST, '***');
      if (at === 1 && /^[A-Za-z0-9+/]{1,75}$/.test(lines[0]!)) masked[0] = '***';
    }
    at = end - 1;
  }
  return masked.join('\n');
}

/** Base64 of random bytes: both cases and digits, which a digest in hexadecimal, a rule or a word has not. */
function isKeyLine(line: string): boolean {
  if (line.length < 64) return false;
  const wide = WIDE.exec(line.slice(-LONGEST_END))?.[0];
  return wide !== undefined && [/[a-z]/, /[A-Z]/, /\d/].every((pattern) => pattern.test(wide));
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

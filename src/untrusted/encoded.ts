import { maskPrivateKeys } from './key-blocks.ts';
import { maskNamedValues } from './named-values.ts';
import { maskPhrases } from './phrases.ts';
import { maskTokens } from './token-forms.ts';

/** A run of base64 that could hold a secret; `/` and `+` occur in paths too, so decoding decides. */
const RUN = /(?<![\w+/-])[A-Za-z0-9+/_-]{16,}={0,2}/g;

/** How much of a run is decoded: 12 KiB of a key, a certificate or a configuration, which is where it tells what it is. */
const MOST = 16 * 1024;

/** Hides base64 whose content would be hidden: an encoded key, token, connection string or configuration. */
export function maskEncoded(text: string, depth = 0): string {
  if (!/[A-Za-z0-9+/_-]{16}/.test(text)) return text;
  return text.replace(RUN, (run) => {
    const decoded = decodedText(run);
    return decoded !== null && holdsSecret(decoded, depth) ? '***' : run;
  });
}

/** The text that a run encodes, null where it is no text. The first bytes nearly always tell, and cost little. */
function decodedText(run: string): string | null {
  if (!isText(Buffer.from(run.slice(0, 16), 'base64'))) return null;
  const bytes = Buffer.from(run.slice(0, MOST), 'base64');
  return isText(bytes) ? bytes.toString('latin1') : null;
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13);
}

function holdsSecret(decoded: string, depth: number): boolean {
  const masked = maskNamedValues(maskPhrases(maskTokens(maskPrivateKeys(decoded))));
  if (masked !== decoded || /^[\w.@-]{1,64}:[^\s:/]{6,200}$/.test(decoded)) return true;
  return depth < 2 && maskEncoded(decoded, depth + 1) !== decoded;
}

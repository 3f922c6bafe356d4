import { maskEncoded } from './encoded.ts';
import { maskedLines, maskPrivateKeys } from './key-blocks.ts';
import { maskNamedValues } from './named-values.ts';
import { maskPhrases } from './phrases.ts';
import { maskSecretManifests } from './secret-manifests.ts';
import { isSecret, suspicionOf } from './telling-names.ts';
import { maskTokens } from './token-forms.ts';

/**
 * Replaces what is a secret by `***`, before anything is stored or shown. What people need stays: the name of a key, the
 * user and host of an address.
 *
 * Six passes, one file each: private keys, whole or cut; Secret manifests; tokens that give themselves away by their form;
 * values of telling names; words that lead to one; base64 of any of these. Newlines are kept, so a masked
 * text has as many lines as before. Masking twice is masking once.
 *
 * Time is linear: every pattern with an unbounded repetition starts behind a lookbehind that allows one start per run
 * of characters, and its repetitions cannot trade characters with each other; everything else is bounded.
 */
export function mask(text: string): string {
  if (text.length > SHORT) return masked(text);
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const after = masked(text);
  known.set(text, after);
  return after;
}

/** Names and messages come again and again, in one text and in one scan after the other. */
const SHORT = 1024;
const MOST_KNOWN = 20_000;
const known = new Map<string, string>();

/** What one pass has hidden may make another name lead to it: passes follow until one finds nothing more. */
function masked(text: string): string {
  let [before, after] = [text, maskedOnce(text)];
  for (let pass = 1; pass < MOST_PASSES && after !== before; pass += 1)
    [before, after] = [after, maskedOnce(after)];
  return after;
}

const MOST_PASSES = 4;

function maskedOnce(text: string): string {
  return maskEncoded(maskPhrases(maskNamedValues(maskTokens(maskSecretManifests(maskPrivateKeys(text))))));
}

/** A value that stands alone, judged by the name it belongs to: `***` when `mask` would hide it behind that name. */
export function maskValue(name: string, value: string): string {
  const suspicion = suspicionOf(name);
  const isHidden = suspicion !== 'none' && isSecret(value, value.length, suspicion);
  return isHidden ? maskedLines(value) : mask(value);
}

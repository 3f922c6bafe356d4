// Terminal control sequences: CSI (`ESC [ … letter`), OSC (`ESC ] … BEL` or `ESC \`), then any other two-character escape.
const ANSI =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)|\u001b[ -/]?[0-Z\\-~]/g;
const NEWLINES = /\r\n?|[\u0085\u2028\u2029\v\f]/g;
// Controls except newline and tab; format characters (bidi, zero-width, tags); what fonts draw as nothing (fillers, selectors).
const HIDDEN = /[^\P{Cc}\n\t]|\p{Cf}|\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text as a reader would see it: without terminal escapes, controls and characters that reorder or hide others.
 * Newlines become `\n`, lone surrogates U+FFFD. A secret cut up by such characters is whole again afterwards,
 * so this comes before masking.
 */
export function withoutHidden(text: string): string {
  return text.replace(NEWLINES, '\n').replace(ANSI, '').replace(HIDDEN, '').toWellFormed();
}

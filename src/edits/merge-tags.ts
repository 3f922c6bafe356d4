/**
 * The text with the tag behind a merge key instead of before it, as so many spaces: yq writes `!!merge <<: *defaults`, which js-yaml does
 * not read. Nothing moves but the key.
 */
export function withoutMergeTags(text: string): string {
  if (!text.includes('!!merge')) return text;
  return text.replace(/!!merge[ \t]+<<(?=\s*:)/g, (tagged) => '<<'.padEnd(tagged.length));
}

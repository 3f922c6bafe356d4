/**
 * Texts that stand in for what no file says: a variable of whoever runs helmfile, a label of a cluster. What is rendered with one
 * shows where it goes.
 */

/** Could be a name or a tag, and is neither. */
export function standIn(index: number): string {
  return `xx-unknown-${index}-xx`;
}

const STAND_IN = /xx-unknown-(\d+)-xx/g;

/** Which of them a value holds, in its keys too. */
export function standInsOf(value: unknown): readonly number[] {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return [...new Set([...text.matchAll(STAND_IN)].map(([, index]) => Number(index)))];
}

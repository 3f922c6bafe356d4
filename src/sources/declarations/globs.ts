/**
 * The globs that say what an Argo CD directory takes in or leaves out, and those of generators: `*` stands for anything. Nothing
 * here tries one way after the other: others write the patterns and the names.
 */

/** Braces multiply. */
const MOST_ALTERNATIVES = 64;

/** A glob of Argo CD, in which `*` goes over slashes and `{a,b}` are alternatives, as globs without braces; null for what is not followed. */
export function globsOf(pattern: string): readonly string[] | null {
  const alternatives = alternativesOf(pattern, MOST_ALTERNATIVES);
  return alternatives && [...new Set(alternatives.map((each) => each.replace(/\*+/g, '*')))];
}

/** One level of braces. */
function alternativesOf(pattern: string, most: number): readonly string[] | null {
  // What only one of the two readers of globs knows, and what is escaped or starts a class.
  if (/[\\()!+@[\]]/.test(pattern)) return null;
  const match = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (!match) return /[{}]/.test(pattern) ? null : [pattern];
  const [, before, list, after] = match;
  const choices = list!.split(',');
  const rest = choices.length > most ? null : alternativesOf(after!, Math.floor(most / choices.length));
  return rest && choices.flatMap((choice) => rest.map((end) => `${before}${choice.trim()}${end}`));
}

/** `*` is any text, slashes too, and `?` any character. */
export function matchesGlob(glob: string, text: string): boolean {
  let [at, inText] = [0, 0];
  let star: { readonly at: number; inText: number } | null = null;
  while (inText < text.length) {
    if (glob[at] === '*') {
      star = { at, inText };
      at += 1;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === text[inText])) {
      at += 1;
      inText += 1;
    } else if (star) {
      // The last star takes one character more. Those before it never need to.
      star.inText += 1;
      [at, inText] = [star.at + 1, star.inText];
    } else return false;
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
}

/** Step by step, where stars stay within a folder; null stands for any number of steps. */
export function matchesSteps(pattern: readonly (string | null)[], steps: readonly string[]): boolean {
  // Which lengths of `steps` the pattern so far can stand for.
  let reached = new Set([0]);
  for (const step of pattern) {
    const next = new Set<number>();
    for (const length of reached) {
      if (step === null) for (let end = length; end <= steps.length; end += 1) next.add(end);
      else if (length < steps.length && matchesGlob(step, steps[length]!)) next.add(length + 1);
    }
    reached = next;
  }
  return reached.has(steps.length);
}

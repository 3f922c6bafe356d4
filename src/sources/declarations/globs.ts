/**
 * The globs that say what an Argo CD directory takes in or leaves out. There `*` goes over slashes and `{a,b}` are
 * alternatives; here each is several globs in which `*` stays within a folder.
 */

/** More stars than that would be too many globs. */
const MOST_STARS = 4;

/** Null for what is not followed. */
export function globsOf(pattern: string): readonly string[] | null {
  const alternatives = alternativesOf(pattern);
  if (alternatives === null) return null;
  const globs = alternatives.map(overSlashes);
  return globs.includes(null) ? null : [...new Set(globs.flatMap((each) => each ?? []))];
}

/** One level of braces. */
function alternativesOf(pattern: string): readonly string[] | null {
  // What only one of the two readers of globs knows, and what is escaped or starts a class.
  if (/[\\()!+@[\]]/.test(pattern)) return null;
  const match = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (!match) return /[{}]/.test(pattern) ? null : [pattern];
  const [, before, choices, after] = match;
  const rest = alternativesOf(after!);
  return (
    rest && choices!.split(',').flatMap((choice) => rest.map((end) => `${before}${choice.trim()}${end}`))
  );
}

function overSlashes(glob: string): readonly string[] | null {
  const parts = glob.replace(/\*+/g, '*').split('*');
  if (parts.length - 1 > MOST_STARS) return null;
  return parts
    .slice(1)
    .reduce<readonly string[]>(
      (globs, part) => globs.flatMap((before) => [`${before}*${part}`, `${before}*/**/*${part}`]),
      [parts[0]!],
    );
}

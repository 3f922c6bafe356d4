/**
 * Who owns which file, as GitHub reads CODEOWNERS.
 *
 * Source: docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners.
 * The patterns are those of .gitignore, where a pattern that matches a folder takes in all that is below it, except that
 * `docs/*` means the files of `docs` only, that `!` and `[ ]` are not supported, and that `\#` does not escape a comment.
 */

/** Where GitHub looks for the file on the base branch; the first one counts. */
export const CODEOWNERS_PATHS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/** In the order in which the paths name them, without duplicates. */
export interface Owners {
  readonly logins: readonly string[];
  /** `acme/platform` */
  readonly teams: readonly string[];
}

/** The owners of any of the paths. Owners by e-mail address are left out: they are no logins. */
export function ownersOf(text: string, paths: readonly string[]): Owners {
  const rules = parse(text);
  const owners = paths.flatMap(
    (path) => rules.findLast(({ steps }) => isOneOf(steps, path.split('/')))?.owners ?? [],
  );
  const names = distinct(owners.filter((owner) => owner.startsWith('@')).map((owner) => owner.slice(1)));
  return {
    logins: names.filter((name) => !name.includes('/')),
    teams: names.filter((name) => name.includes('/')),
  };
}

export interface Reviewers extends Owners {
  /** Of logins and teams together. */
  readonly limit?: number;
  /** Who last changed the guilty line; null where GitHub does not know. */
  readonly author: string | null;
  /** Never asked to review its own work: `faultline[bot]`. */
  readonly bot: string;
}

/** Who is asked to review: the owners of the changed files, then the author of the guilty line; three at most. */
export function reviewersOf({ logins, teams, author, bot, limit = 3 }: Reviewers): Owners {
  const people = distinct([...logins, ...(author === null ? [] : [author])]).filter(
    (login) => !/\[bot\]$/i.test(login) && login.toLowerCase() !== bot.toLowerCase(),
  );
  // The author comes last, behind all owners.
  const owners = people.filter((login) => logins.includes(login)).slice(0, limit);
  const groups = distinct(teams).slice(0, limit - owners.length);
  const others = people
    .filter((login) => !logins.includes(login))
    .slice(0, limit - owners.length - groups.length);
  return { logins: [...owners, ...others], teams: groups };
}

interface Rule {
  readonly steps: readonly Step[];
  /** Empty: these files have none, whatever an earlier line says. */
  readonly owners: readonly string[];
}

const OWNER = /^(?:@[A-Za-z0-9][\w-]*(?:\[bot\])?(?:\/[\w.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+)$/;

function parse(text: string): readonly Rule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [pattern, ...words] = line.match(/(?:\\.|[^\s\\])+/g) ?? [];
    if (pattern === undefined || pattern.startsWith('#')) return [];
    const comment = words.findIndex((word) => word.startsWith('#'));
    const owners = comment < 0 ? words : words.slice(0, comment);
    // GitHub skips a line with a mistake in it.
    if (/^!|^\\#|[[\]]/.test(pattern) || owners.some((owner) => !OWNER.test(owner))) return [];
    return [{ steps: stepsOf(pattern), owners }];
  });
}

/** One segment of a path: its signs; or any number of segments. */
type Step = readonly Sign[] | typeof ANY_RUN;
/** `null` stands for any one sign. */
type Sign = string | null | typeof ANY_RUN;

const ANY_RUN = { run: true } as const;
const ANYTHING: Step = [ANY_RUN];

function stepsOf(pattern: string): readonly Step[] {
  const inner = pattern.replace(/\/$/, '');
  const segments = inner.replace(/^\//, '').split('/');
  const isBelow = pattern.endsWith('/') || segments.at(-1) === '**';
  const steps = segments.map((segment) => (segment === '**' ? ANY_RUN : signsOf(segment)));
  return [
    // With a slash that is not at its end, it starts at the root of the repository.
    ...(inner.includes('/') ? [] : [ANY_RUN]),
    ...steps,
    ...(isBelow ? [ANYTHING] : []),
    ...(inner.endsWith('/*') ? [] : [ANY_RUN]),
  ];
}

function signsOf(segment: string): readonly Sign[] {
  const signs = segment.match(/\\.|[^]/gu) ?? [];
  return signs.map((sign) => (sign === '*' ? ANY_RUN : sign === '?' ? null : sign.replace(/^\\(?=.)/, '')));
}

function isOneOf(steps: readonly Step[], segments: readonly string[]): boolean {
  return matches(steps, segments, (step, segment) =>
    matches(step, [...segment], (sign, character) => sign === null || sign === character),
  );
}

/** Whether the items are what is wanted, in order, with any number of them for each `ANY_RUN`. Takes time in proportion to both, at most. */
function matches<W, T>(
  wanted: readonly (W | typeof ANY_RUN)[],
  items: readonly T[],
  fits: (wanted: W, item: T) => boolean,
): boolean {
  let at = 0;
  let retry: { readonly at: number; readonly position: number } | null = null;
  for (let position = 0; position < items.length;) {
    const next = wanted[at];
    if (next === ANY_RUN) {
      // At first a run takes nothing; whenever the rest fails, it takes one item more.
      retry = { at: ++at, position };
    } else if (at < wanted.length && fits(next as W, items[position]!)) {
      at++;
      position++;
    } else if (retry) {
      retry = { at: retry.at, position: retry.position + 1 };
      ({ at, position } = retry);
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((rest) => rest === ANY_RUN);
}

/** Names are the same in any case; the first form is kept. */
function distinct(names: readonly string[]): readonly string[] {
  return [...new Map([...names].reverse().map((name) => [name.toLowerCase(), name])).values()].reverse();
}

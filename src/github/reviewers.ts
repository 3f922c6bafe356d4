import { isSameLogin, PAGE, type Context } from './context.ts';
import { isRefused } from './errors.ts';

interface Reviewers {
  readonly logins: readonly string[];
  readonly teams: readonly string[];
}

/** Asks those who were not asked yet, and answers with those whom GitHub asked. */
export async function requestReviewers(
  context: Context,
  number: number,
  { logins, teams: all }: Reviewers,
): Promise<readonly string[]> {
  const { owner } = context.at;
  // GitHub knows a team by its name alone: that of another organisation would be one of ours.
  const teams = all.filter((team) => isSameLogin(team.split('/').at(-2) ?? owner, owner));
  if (logins.length + teams.length === 0) return [];
  const whole = await notAsked(context, number, { logins, teams });
  const single = [
    ...whole.logins.map((name) => ({ logins: [name], teams: [] })),
    ...whole.teams.map((team) => ({ logins: [], teams: [team] })),
  ];
  // One that may not review makes GitHub refuse them all.
  return single.length === 0
    ? []
    : ((await ask(context, number, whole)) ?? (await askEach(context, number, single)));
}

/** Who was asked; null when GitHub refused. */
async function ask(
  { rest, calls, at }: Context,
  number: number,
  { logins, teams }: Reviewers,
): Promise<readonly string[] | null> {
  const wanted = { reviewers: [...logins], team_reviewers: teams.map(slugOf) };
  try {
    const pull = await calls.write(() =>
      rest.pulls.requestReviewers({ ...at, pull_number: number, ...wanted }),
    );
    const people = pull.requested_reviewers?.map(({ login: name }) => name) ?? [];
    const slugs = pull.requested_teams?.map(({ slug }) => slug) ?? [];
    return [
      ...logins.filter((name) => people.some((person) => isSameLogin(person, name))),
      ...teams.filter((team) => slugs.includes(slugOf(team))),
    ];
  } catch (error) {
    if (isRefused(error, [403, 404, 422])) return null;
    throw error;
  }
}

/** Without those whom GitHub asked already, as it asks code owners, and those who have reviewed: asking again would tell them again. */
async function notAsked(
  { rest, calls, at }: Context,
  number: number,
  { logins, teams }: Reviewers,
): Promise<Reviewers> {
  const pull = await calls.read(() => rest.pulls.get({ ...at, pull_number: number }));
  const reviews = await calls.read(() =>
    rest.pulls.listReviews({ ...at, pull_number: number, per_page: PAGE }),
  );
  const people = [...(pull.requested_reviewers ?? []), ...reviews.map(({ user }) => user)];
  const slugs = new Set(pull.requested_teams?.map(({ slug }) => slug));
  return {
    logins: logins.filter((name) => !people.some((person) => isSameLogin(person?.login, name))),
    teams: teams.filter((team) => !slugs.has(slugOf(team))),
  };
}

async function askEach(
  context: Context,
  number: number,
  each: readonly Reviewers[],
): Promise<readonly string[]> {
  const asked: string[] = [];
  for (const reviewers of each) asked.push(...((await ask(context, number, reviewers)) ?? []));
  return asked;
}

/** `platform` of `acme/platform`. */
function slugOf(team: string): string {
  return team.slice(team.indexOf('/') + 1);
}

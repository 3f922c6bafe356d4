import { checkChain } from '../../../src/store/check-chain.ts';
import type { Store } from '../../../src/store/store.ts';
import type { SeenPull } from '../../github/stand-in/interface.ts';
import { all } from '../../store/contract/open.ts';
import type { World } from './world.ts';

interface SeenOnPull {
  readonly title: string;
  readonly said: readonly { readonly author: string; readonly body: string }[];
}

/** What Faultline has made of the world, without what may be another one each time: times, commits and numbers. */
export interface Picture {
  readonly branches: readonly object[];
  readonly pulls: readonly SeenOnPull[];
  /** Comments that were answered more than once. */
  readonly answeredTwice: readonly string[];
  readonly issues: readonly object[];
  readonly store: object | null;
}

export async function pictureOf(world: World, store: Store): Promise<Picture> {
  const known = await remembered(store, world);
  return { ...pictureOfGitHub(world), store: known };
}

export function pictureOfGitHub({ repository, github }: World): Picture {
  const ours = repository.pulls().filter(({ author }) => author === github.botLogin);
  const issues = repository.issues().filter(({ isPullRequest }) => !isPullRequest);
  const comments = ours.flatMap(({ number }) => repository.comments(number).map(({ body }) => body));
  const answered = comments.flatMap((body) => /faultline:answer comment=\d+/.exec(body) ?? []);
  const saidIn = (number: number): SeenOnPull['said'] =>
    repository
      .comments(number)
      .map(({ author, body, reactions }) => ({ author, body: plain(body), reactions: reactions.toSorted() }));
  return {
    branches: repository
      .branches()
      .filter((branch) => branch.startsWith('faultline/'))
      .map((branch) => ({
        branch: plain(branch),
        files: [...repository.files(branch)],
        commits: repository.log(branch).map(({ message, author }) => [plain(message), author]),
      })),
    pulls: ours.map((pull) => ({ ...shown(pull), said: saidIn(pull.number) })),
    issues: issues
      .map(({ title, body, state, labels }) => ({
        title,
        body: plain(body),
        state,
        labels: labels.toSorted(),
      }))
      .toSorted((one, other) => (one.title < other.title ? -1 : 1)),
    answeredTwice: answered.filter((one, index) => answered.indexOf(one) < index),
    store: null,
  };
}

function shown(pull: SeenPull) {
  const { title, body, state, draft, autoMerge, labels, requestedReviewers, requestedTeams, mergedBy } = pull;
  return {
    head: plain(pull.head),
    title: plain(title),
    body: plain(body),
    state,
    draft,
    autoMerge,
    labels: labels.toSorted(),
    reviewers: [...requestedReviewers, ...requestedTeams],
    mergedBy,
  };
}

async function remembered(store: Store, { repository }: World): Promise<object> {
  const records = await all(store.audit.records());
  const { intact } = await checkChain(records, await store.audit.anchors());
  const incidents = await store.incidents.list();
  const proposals = await store.proposals.list();
  const verifications = await Promise.all(
    repository.pulls().map(({ number }) => store.verifications.get(repository.slug, number)),
  );
  return {
    incidents: incidents.map(({ notSeenSince }) => ({ isSeen: notSeenSince === null })),
    proposals: proposals.map(({ branch, state }) => ({ branch: plain(branch), state })),
    verifications: verifications.filter((one) => one?.outcome === 'pending').length,
    commands: records
      .filter(({ kind }) => kind === 'command')
      .map(({ payload }) => {
        const { line, comment } = JSON.parse(payload) as { readonly line: string; readonly comment: number };
        return { line, comment };
      }),
    intact,
  };
}

/** What GitHub refused on the way to the same end is told. */
const REFUSAL = /^- \*\*TIME\*\* GitHub refused an update by Faultline: .*\n/gm;

/** A text without refusals, times, commits, numbers and addresses of the stand-in, and without the state that its last line carries. */
function plain(text: string): string {
  return text
    .replace(/<!-- faultline:(?!answer)[^>]*-->/g, '<!-- marker -->')
    .replace(/127\.0\.0\.1:\d+/g, 'github')
    .replace(/\b\d{4}-\d{2}-\d{2}(?:T| )?\d{2}:\d{2}(?::\d{2})?Z?/g, 'TIME')
    .replace(/\b\d{2}:\d{2}(?::\d{2})?\b/g, 'TIME')
    .replace(/\b[0-9a-f]{7,40}\b/g, 'COMMIT')
    .replace(REFUSAL, '')
    .replace(/#\d+\b|(?<=\/pull\/|\/issues\/|pull request |-of-|-after-)\d+\b/gi, 'NUMBER');
}

/** Answers that say that an order was not carried out, or that it is not known: whoever gave it may give it again. */
const NOT_DONE =
  /Faultline began this before and was interrupted|This failed: |Nothing was changed: .*GitHub/;

/** What was done before its answer was lost is there already when the order comes again. */
const DONE_BEFORE = /That is what this pull request proposes already|does that already|is now `[^`]+`\.\\n/;

export function isAnsweredOtherwise(picture: Picture): boolean {
  return isNotDone(picture) || DONE_BEFORE.test(JSON.stringify(picture));
}

export function isNotDone(picture: Picture): boolean {
  return NOT_DONE.test(JSON.stringify(picture));
}

const ANSWER = /faultline:answer/;

/** Only what was ordered and that it was answered, not how often. */
export function withoutAnswers({ pulls, store, ...rest }: Picture): object {
  const { commands, ...remembered } = store as { readonly commands: readonly { readonly line: string }[] };
  return {
    ...rest,
    pulls: pulls.map(({ said, ...pull }) => ({
      ...pull,
      said: unique(said.map((one) => (ANSWER.test(one.body) ? 'an answer' : one))),
    })),
    store: { ...remembered, commands: unique(commands.map(({ line }) => line)) },
  };
}

function unique(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map((value) => JSON.stringify(value)))];
}

/** What has to be so whatever happened: how many there are of everything. */
export function outline({ branches, pulls, issues, store }: Picture): object {
  return {
    branches: branches.length,
    pulls: pulls.map(({ title, said }) => ({ title, said: said.length })),
    issues: issues.map((issue) => (issue as { readonly title: string }).title),
    intact: (store as { readonly intact: boolean }).intact,
  };
}

import { refs } from '../git/refs.ts';
import { newId, repositoryUrl, type Doer, type GitHub } from '../github.ts';
import type { Conclusion } from '../interface.ts';
import { checkRunJson, checkSuiteJson, statusJson, suiteResult } from '../shapes/checks.ts';
import { commitJson } from '../shapes/commits.ts';
import { userJson } from '../shapes/users.ts';
import type { CheckApp, CheckRun, CheckSuite, Repository, Status } from '../state.ts';
import { mergeWhatIsReady } from './merging.ts';

/** Every commit that is pushed gets a suite of each App that reports checks; the App under test has one when it reports. */
export function openSuite(
  github: GitHub,
  repository: Repository,
  app: CheckApp,
  sha: string,
  branch: string | null,
): CheckSuite {
  const known = repository.checkSuites.find((suite) => suite.sha === sha && suite.app === app);
  if (known !== undefined) return known;
  const now = github.now();
  const suite: CheckSuite = { id: newId(github), app, sha, branch, createdAt: now, updatedAt: now };
  repository.checkSuites.push(suite);
  return suite;
}

export type RunText = Pick<
  CheckRun,
  'name' | 'externalId' | 'detailsUrl' | 'status' | 'conclusion' | 'title' | 'summary' | 'text'
>;

/** A new run takes the place of one with the same name: lists show the latest. */
export function startRun(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  app: CheckApp,
  sha: string,
  text: RunText,
): CheckRun {
  const suite = openSuite(github, repository, app, sha, branchOf(repository, sha));
  const now = github.now();
  const run: CheckRun = {
    ...text,
    id: newId(github),
    suite: suite.id,
    app,
    sha,
    startedAt: now,
    completedAt: text.conclusion === null ? null : now,
    annotations: [],
  };
  repository.checkRuns.push(run);
  tellRun(github, repository, doer, run, 'created');
  return run;
}

/** After a run has changed: tells it, and merges what waited for it. */
export function tellRun(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  run: CheckRun,
  action: 'created' | null,
): void {
  const sender = userJson(github, doer.login);
  const facts = { check_run: checkRunJson(github, repository, run), sender };
  if (action !== null) github.emit('check_run', action, repository, facts);
  if (run.conclusion === null) return;
  github.emit('check_run', 'completed', repository, facts);
  const suite = repository.checkSuites.find(({ id }) => id === run.suite);
  if (suite !== undefined && suiteResult(repository, suite).status === 'completed') {
    suite.updatedAt = github.now();
    github.emit('check_suite', 'completed', repository, {
      check_suite: checkSuiteJson(github, repository, suite),
      sender,
    });
  }
  mergeWhatIsReady(github, repository);
}

/** "Re-run" leaves the run as it is until its App reports a new one. */
export function askAgain(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  sha: string,
  name: string,
  what: 'run' | 'suite',
): void {
  const run = repository.checkRuns.findLast(
    (one) => one.sha === sha && one.name === name && one.app === 'app',
  );
  const suite = repository.checkSuites.find(({ id }) => id === run?.suite);
  if (run === undefined || suite === undefined) throw new Error(`there is no check ${name} at ${sha}`);
  const sender = userJson(github, doer.login);
  const check_suite = checkSuiteJson(github, repository, suite);
  if (what === 'suite') github.emit('check_suite', 'rerequested', repository, { check_suite, sender });
  else {
    const check_run = { ...checkRunJson(github, repository, run), check_suite };
    github.emit('check_run', 'rerequested', repository, { check_run, sender });
  }
}

/** A run of the CI. The same name again is a new result. */
export function setCheck(
  github: GitHub,
  repository: Repository,
  sha: string,
  name: string,
  conclusion: Conclusion | 'pending',
): void {
  const doer: Doer = { login: 'github-actions[bot]', viaApp: false };
  const result = {
    status: conclusion === 'pending' ? ('in_progress' as const) : ('completed' as const),
    conclusion: conclusion === 'pending' ? null : conclusion,
  };
  const open = repository.checkRuns.find(
    (run) => run.sha === sha && run.name === name && run.conclusion === null,
  );
  if (open === undefined) {
    startRun(github, repository, doer, 'ci', sha, {
      name,
      externalId: null,
      detailsUrl: null,
      title: null,
      summary: null,
      text: null,
      ...result,
    });
    return;
  }
  Object.assign(open, result, { completedAt: result.conclusion === null ? null : github.now() });
  tellRun(github, repository, doer, open, null);
}

export function setStatus(github: GitHub, repository: Repository, status: Omit<Status, 'id' | 'at'>): Status {
  const made: Status = { ...status, id: newId(github), at: github.now() };
  repository.statuses.push(made);
  const facts = statusJson(github, repository, made);
  github.emit('status', null, repository, {
    id: made.id,
    sha: made.sha,
    name: `${repository.owner}/${repository.name}`,
    target_url: made.targetUrl,
    context: made.context,
    description: made.description,
    state: made.state,
    commit: commitJson(github, repository, made.sha),
    branches: branchesAt(github, repository, made.sha),
    created_at: facts['created_at'],
    updated_at: facts['updated_at'],
    sender: userJson(github, made.creator),
  });
  mergeWhatIsReady(github, repository);
  return made;
}

function branchOf(repository: Repository, sha: string): string | null {
  return repository.checkSuites.find((suite) => suite.sha === sha && suite.branch !== null)?.branch ?? null;
}

/** GitHub names branches that contain the commit; here, those that point to it. */
function branchesAt(github: GitHub, repository: Repository, sha: string): readonly object[] {
  const commit = { sha, url: repositoryUrl(github, repository, `/commits/${sha}`) };
  return refs(repository.folder, 'refs/heads/')
    .filter((branch) => branch.sha === sha)
    .map(({ ref }) => ref.slice('refs/heads/'.length))
    .map((name) => ({ name, commit, protected: repository.protections.has(name) }));
}

import { createHash } from 'node:crypto';
import { allPages, PAGE, type Context } from './context.ts';
import { isRefused } from './errors.ts';
import type { CheckState, Host, NewCheck } from './host.ts';
import { scanningCheck, workflowCheck } from './required-checks.ts';

type Checks = Pick<Host, 'requiredChecks' | 'requiredApprovals' | 'checks' | 'reportCheck' | 'putCheck'>;

interface Required {
  readonly checks: readonly string[];
  /** Null where it could not be read. */
  readonly approvals: number | null;
}

interface RuleAnswer {
  readonly repository: {
    readonly ref: {
      readonly refUpdateRule: {
        readonly requiredApprovingReviewCount: number | null;
        readonly requiresCodeOwnerReviews: boolean;
        readonly requiredStatusCheckContexts: readonly (string | null)[] | null;
      } | null;
    } | null;
  } | null;
}

const RULE = `query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) {
      refUpdateRule { requiredApprovingReviewCount requiresCodeOwnerReviews requiredStatusCheckContexts }
    }
  }
}`;

/** As many annotations as GitHub takes at once. */
const ANNOTATIONS = 50;

export function checksOf(context: Context): Checks {
  return {
    requiredChecks: async (branch) => (await required(context, branch)).checks,
    requiredApprovals: async (branch) => (await required(context, branch)).approvals,
    checks: (sha) => checks(context, sha),
    reportCheck: (check) => context.calls.locked(() => reportCheck(context, check)),
    putCheck: (check) => context.calls.locked(() => putCheck(context, check)),
  };
}

/** Null where we may not look, which GraphQL says with status 200. */
async function ifAllowed<T>(action: Promise<T>): Promise<T | null> {
  try {
    return await action;
  } catch (error) {
    if (isRefused(error, [200, 403, 404])) return null;
    throw error;
  }
}

/** Rulesets, which anyone who reads the repository may read. */
async function fromRulesets({ rest, calls, at }: Context, branch: string): Promise<Required> {
  const rules = await ifAllowed(
    allPages((page) => calls.read(() => rest.repos.getBranchRules({ ...at, branch, per_page: PAGE, page }))),
  );
  if (rules === null) return { checks: [], approvals: null };
  const checks: string[] = [];
  let approvals = 0;
  for (const rule of rules) {
    switch (rule.type) {
      case 'required_status_checks':
        checks.push(...(rule.parameters?.required_status_checks.map(({ context }) => context) ?? []));
        break;
      case 'workflows':
        checks.push(...(rule.parameters?.workflows.map(({ path }) => workflowCheck(path)) ?? []));
        break;
      case 'code_scanning':
        checks.push(...(rule.parameters?.code_scanning_tools.map(({ tool }) => scanningCheck(tool)) ?? []));
        break;
      case 'pull_request': {
        if (!rule.parameters) break;
        const { required_approving_review_count: count, require_code_owner_review: owners } = rule.parameters;
        approvals = Math.max(approvals, count, owners ? 1 : 0);
        break;
      }
      // GitHub itself holds the merge back for the other types: a deployment (`required_deployments`) is none of the checks that policy asks for,
      // and what a `merge_queue` does is asked for where something is merged.
    }
  }
  return { checks, approvals };
}

/**
 * The older branch protection. Only administrators may read it; what of it binds others stands in the branch (its checks)
 * and in GraphQL (its reviews as well).
 */
async function fromProtection({ rest, calls, at }: Context, branch: string): Promise<Required> {
  const found = await ifAllowed(calls.read(() => rest.repos.getBranch({ ...at, branch })));
  if (!found?.protected) return { checks: [], approvals: found ? 0 : null };
  const listed = found.protection.required_status_checks;
  const isEnforced = listed !== undefined && listed.enforcement_level !== 'off';
  const variables = { owner: at.owner, name: at.repo, ref: `refs/heads/${branch}` };
  const answer = await ifAllowed(calls.graphql<RuleAnswer>('read', RULE, variables));
  const rule = answer?.repository?.ref?.refUpdateRule;
  return {
    checks: [...(isEnforced ? listed.contexts : []), ...(rule?.requiredStatusCheckContexts ?? [])].filter(
      (context) => context !== null,
    ),
    approvals:
      answer && Math.max(rule?.requiredApprovingReviewCount ?? 0, rule?.requiresCodeOwnerReviews ? 1 : 0),
  };
}

async function required(context: Context, branch: string): Promise<Required> {
  const both = [await fromProtection(context, branch), await fromRulesets(context, branch)];
  const approvals = both.map((one) => one.approvals);
  const known = Math.max(0, ...approvals.filter((count) => count !== null));
  return {
    checks: [...new Set(both.flatMap(({ checks }) => checks))],
    // What one of them asks for is asked for, whatever the other has.
    approvals: known > 0 || !approvals.includes(null) ? known : null,
  };
}

async function checks({ rest, calls, at }: Context, sha: string): Promise<ReadonlyMap<string, string>> {
  const runs = await allPages(async (page) => {
    const found = await calls.read(() => rest.checks.listForRef({ ...at, ref: sha, per_page: PAGE, page }));
    return found.check_runs;
  });
  const statuses = await allPages(async (page) => {
    const found = await calls.read(() =>
      rest.repos.getCombinedStatusForRef({ ...at, ref: sha, per_page: PAGE, page }),
    );
    return found.statuses;
  });
  const conclusions = new Map<string, string>();
  const add = (name: string, conclusion: string): void => {
    // Two Apps may use one name: the worse counts.
    const other = conclusions.get(name);
    if (other === undefined || badness(conclusion) > badness(other)) conclusions.set(name, conclusion);
  };
  for (const { name, conclusion } of runs) add(name, conclusion ?? 'pending');
  for (const { context, state } of statuses) add(context, state);
  return conclusions;
}

async function reportCheck({ rest, calls, at }: Context, check: NewCheck): Promise<void> {
  const { name, head, conclusion, title, summary, annotations } = check;
  const external_id = externalIdOf(check);
  const find = async () => {
    const { check_runs: runs } = await calls.read(() =>
      rest.checks.listForRef({ ...at, ref: head, check_name: name, per_page: PAGE }),
    );
    return runs.find((run) => run.external_id === external_id)?.id ?? null;
  };
  if ((await find()) !== null) return;
  const output = (from: number) => ({
    title,
    summary,
    annotations: annotations.slice(from, from + ANNOTATIONS).map(({ path, line, message }) => {
      return { path, start_line: line, end_line: line, annotation_level: 'failure' as const, message };
    }),
  });
  const run = { name, head_sha: head, external_id, status: 'completed', conclusion } as const;
  const check_run_id = await calls.create(
    () => rest.checks.create({ ...at, ...run, output: output(0) }),
    ({ id }) => id,
    find,
  );
  for (let from = ANNOTATIONS; from < annotations.length; from += ANNOTATIONS) {
    await calls.write(() => rest.checks.update({ ...at, check_run_id, output: output(from) }));
  }
}

/** Annotations are added to those of a run, so that one that is completed is never written again. */
async function putCheck({ rest, calls, at }: Context, check: CheckState): Promise<void> {
  const { name, key: external_id, head, conclusion, title, summary, annotations } = check;
  const find = async () => {
    const { check_runs: runs } = await calls.read(() =>
      rest.checks.listForRef({ ...at, ref: head, check_name: name, per_page: PAGE }),
    );
    return runs.find((run) => run.external_id === external_id) ?? null;
  };
  const known = await find();
  const isOver = known?.status === 'completed';
  if (isOver && (conclusion === 'cancelled' || known.output.summary?.trim() === summary.trim())) return;
  const output = (from: number) => ({
    title,
    summary,
    annotations: annotations
      .slice(from, from + ANNOTATIONS)
      .map(({ path, line, level, message, title: head_line }) => {
        return { path, start_line: line, end_line: line, annotation_level: level, title: head_line, message };
      }),
  });
  const state =
    conclusion === null
      ? ({ status: 'in_progress' } as const)
      : ({ status: 'completed', conclusion } as const);
  let check_run_id = known && !isOver ? known.id : null;
  if (check_run_id === null)
    check_run_id = await calls.create(
      () => rest.checks.create({ ...at, name, head_sha: head, external_id, ...state, output: output(0) }),
      ({ id }) => id,
      async () => {
        const found = await find();
        return found && found.id !== known?.id ? found.id : null;
      },
    );
  else {
    const id = check_run_id;
    await calls.write(() => rest.checks.update({ ...at, check_run_id: id, ...state, output: output(0) }));
  }
  const id = check_run_id;
  for (let from = ANNOTATIONS; from < annotations.length; from += ANNOTATIONS)
    await calls.write(() => rest.checks.update({ ...at, check_run_id: id, output: output(from) }));
}

/** The same report twice is one check run. */
function externalIdOf({ title, summary, conclusion, annotations, again }: NewCheck): string {
  const parts = [title, summary, conclusion, annotations, ...(again === undefined ? [] : [again])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function badness(conclusion: string): number {
  if (['success', 'neutral', 'skipped'].includes(conclusion)) return 0;
  return conclusion === 'pending' ? 1 : 2;
}

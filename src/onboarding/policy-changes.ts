import type { ConfigError } from '../config/checked-yaml.ts';
import type { Config, Mode } from '../config/schema.ts';
import { ceilingFor } from '../decisions/policy.ts';
import { failures as allFailures } from '../config/failures.ts';
import type { RuleId } from '../model/finding.ts';

/** Whom a line of a policy is about; null where it names none. */
export interface Scope {
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly workload: string | null;
}

/** What may be done at most, before and after a change of the policy. */
export interface Ceilings {
  readonly before: Allowed;
  readonly after: Allowed;
}

export interface Allowed {
  readonly mode: Mode;
  readonly minConfidence: number | null;
}

export interface ModeChange extends Ceilings {
  readonly scope: Scope;
  /** The failures that it is so for; null for all. */
  readonly failures: readonly RuleId[] | null;
}

const PARTS = ['workload', 'namespace', 'cluster'] as const;

/** More than this is not compared one by one. */
const MOST_SCOPES = 5000;

/** What is still to come is told apart where it changes: most rules do not reach it. */
const failingNow = allFailures.filter(({ foresees }) => !foresees).map(({ id }) => id);

/**
 * Where the ceilings differ, the widest scopes first; what a wider one says already is left out. Every combination of what the
 * rules of both name is compared, since rules for a namespace and for a workload meet. Null where these are too many.
 */
export function modeChanges(
  before: Config,
  after: Config,
  errorsBefore: readonly ConfigError[],
): readonly ModeChange[] | null {
  const all = [...before.policy.rules, ...after.policy.rules];
  const clusters = named(all.flatMap((rule) => rule.clusters ?? []));
  const namespaces = named(all.flatMap((rule) => rule.namespaces ?? []));
  const workloads = named(all.flatMap((rule) => rule.workloads ?? []));
  if (clusters.length * namespaces.length * workloads.length > MOST_SCOPES) return null;
  const found: ModeChange[] = [];
  for (const cluster of clusters)
    for (const namespace of namespaces)
      for (const workload of workloads) {
        const scope = { cluster, namespace, workload };
        found.push(
          ...changesIn(scope, { config: before, errors: errorsBefore }, { config: after, errors: [] }),
        );
      }
  const wider = found.sort((a, b) => width(b.scope) - width(a.scope));
  return wider.filter(
    (change, index) => !wider.slice(0, index).some((other) => isSaidBy(change, other, found)),
  );
}

interface Policy {
  readonly config: Config;
  readonly errors: readonly ConfigError[];
}

function named(patterns: readonly string[]): readonly (string | null)[] {
  return [null, ...new Set(patterns)];
}

function changesIn(scope: Scope, before: Policy, after: Policy): readonly ModeChange[] {
  const byChange = new Map<string, { readonly ceilings: Ceilings; readonly failures: RuleId[] }>();
  for (const failure of allFailures) {
    const { id } = failure;
    const ceilings = { before: allowed(scope, failure, before), after: allowed(scope, failure, after) };
    const key = JSON.stringify(ceilings);
    const known = byChange.get(key);
    if (known) known.failures.push(id);
    else byChange.set(key, { ceilings, failures: [id] });
  }
  return [...byChange.values()]
    .filter(({ ceilings }) => !sameAllowed(ceilings.before, ceilings.after))
    .map(({ ceilings, failures }) => ({
      scope,
      ...ceilings,
      failures: failingNow.every((id) => failures.includes(id)) ? null : failures,
    }));
}

function allowed(
  { cluster, namespace, workload }: Scope,
  { id, foresees }: (typeof allFailures)[number],
  { config, errors }: Policy,
): Allowed {
  const [kind, name] = witness(workload ?? 'Anykind/*').split('/');
  const { mode, minConfidence } = ceilingFor({
    cluster: witness(cluster ?? '*'),
    object: { apiVersion: '', kind: kind!, namespace: witness(namespace ?? '*'), name: name! },
    rule: id,
    foresees: foresees === true,
    config,
    configErrors: errors,
    annotations: { workload: undefined, namespace: undefined },
  });
  return { mode, minConfidence };
}

/** A name that the pattern matches, and as good as no other pattern does. */
function witness(pattern: string): string {
  return pattern.replaceAll('*', 'zqxj').replaceAll('?', 'z');
}

function sameAllowed(a: Allowed, b: Allowed): boolean {
  return a.mode === b.mode && a.minConfidence === b.minConfidence;
}

function width(scope: Scope): number {
  return PARTS.filter((part) => scope[part] === null).length;
}

/** True where a wider scope has the very same change, and nothing in between says otherwise. */
function isSaidBy(change: ModeChange, other: ModeChange, all: readonly ModeChange[]): boolean {
  const isWider =
    width(other.scope) > width(change.scope) &&
    PARTS.every((part) => other.scope[part] === null || other.scope[part] === change.scope[part]);
  if (!isWider || !sameChange(change, other)) return false;
  return all
    .filter(({ scope }) => isBetween(scope, change.scope, other.scope))
    .every((between) => sameChange(between, other));
}

function isBetween(scope: Scope, narrow: Scope, wide: Scope): boolean {
  return (
    width(scope) > width(narrow) &&
    width(scope) < width(wide) &&
    PARTS.every((part) => scope[part] === narrow[part] || scope[part] === wide[part])
  );
}

function sameChange(a: ModeChange, b: ModeChange): boolean {
  return (
    sameAllowed(a.before, b.before) &&
    sameAllowed(a.after, b.after) &&
    (b.failures === null || (a.failures !== null && a.failures.every((id) => b.failures!.includes(id))))
  );
}

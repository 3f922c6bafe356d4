import { CONFIG_FILE } from '../config/defaults.ts';
import type { LayeredConfig } from '../config/load.ts';
import { centralPath } from '../config/organisation.ts';
import type { ConfigError } from '../config/checked-yaml.ts';
import type { Config } from '../config/schema.ts';
import type { NewCheck } from '../github/host.ts';
import { count } from '../kubernetes/times.ts';
import { inline } from '../untrusted/markdown.ts';
import {
  joinProse,
  ownText,
  plainText,
  prose,
  sentenceOf,
  untrusted,
  type Prose,
} from '../untrusted/prose.ts';
import { modeChanges, type Allowed, type ModeChange } from './policy-changes.ts';

export const CONFIG_CHECK = 'Faultline configuration';

/** GitHub takes 50 annotations at once; nobody fixes more at a time. */
const MOST_ERRORS = 50;
const MOST_LINES = 40;

/**
 * The check run of a pull request that changes the configuration: its errors at their lines, or what it changes, in words.
 *
 * @param before what applies without it
 * @param after what would apply with it
 */
export function configCheck(before: LayeredConfig, after: LayeredConfig): Omit<NewCheck, 'head'> {
  if (after.errors.length > 0) return failedCheck(after.errors);
  const isRemoved = before.files.includes(CONFIG_FILE) && !after.files.includes(CONFIG_FILE);
  const lines = [
    ...(isRemoved ? [ownText('The file is removed: what applies without it is listed here.')] : []),
    ...(before.errors.length > 0
      ? [ownText('The file on the default branch has errors, so every mode is monitor. This fixes it.')]
      : []),
    ...policyLines(modeChanges(before.config, after.config, before.errors)),
    ...otherLines(before.config, after.config),
  ];
  return {
    name: CONFIG_CHECK,
    conclusion: 'success',
    title: lines.length === 0 ? 'Valid; nothing changes' : `Valid; ${titleOf(lines.length)}`,
    summary: lines.length === 0 ? inline(ownText('What Faultline may do stays as it is.')) : listed(lines),
    annotations: [],
  };
}

function titleOf(changes: number): string {
  return `${count(changes, 'thing')} to know`;
}

function failedCheck(errors: readonly ConfigError[]): Omit<NewCheck, 'head'> {
  const files = joinProse(
    [...new Set(errors.map(({ file }) => file))].map((file) => prose`${file}`),
    ', ',
  );
  const elsewhere = errors.filter(({ file }) => centralPath(file) !== null);
  const summary = prose`If this is merged, every mode is monitor until it is fixed: ${ownText(count(errors.length, 'error'))} in ${files}.`;
  const lines = elsewhere.map(
    ({ file, line, message }) => prose`${`${file}:${line}`}: ${sentenceOf(message)}`,
  );
  return {
    name: CONFIG_CHECK,
    conclusion: 'failure',
    title: count(errors.length, 'error'),
    summary: [inline(summary), ...(lines.length === 0 ? [] : [listed(lines)])].join('\n\n'),
    annotations: errors
      .filter((error) => !elsewhere.includes(error))
      .slice(0, MOST_ERRORS)
      .map(({ file, line, message }) => ({ path: file, line, message: plainText(untrusted(message)) })),
  };
}

function listed(lines: readonly Prose[]): string {
  const shown = lines.slice(0, MOST_LINES).map((line) => `- ${inline(line, 1000)}`);
  if (lines.length > MOST_LINES) shown.push(`- … and ${lines.length - MOST_LINES} more`);
  return shown.join('\n');
}

/** What may auto-merge from now on comes first: nobody should overlook it. */
function policyLines(changes: readonly ModeChange[] | null): readonly Prose[] {
  if (changes === null)
    return [ownText('The policy has too many rules to say here what they change together.')];
  const sorted = [...changes].sort((a, b) => rank(a) - rank(b));
  const lines = sorted.map((change) => {
    const { before, after } = change;
    return prose`${scopeText(change)}: ${ownText(MEANING[after.mode])}${confidence(after)} (before: ${ownText(before.mode)}${confidence(before)})`;
  });
  const isScoped = changes.some(({ scope }) => Object.values(scope).some((part) => part !== null));
  return isScoped
    ? [...lines, ownText('In each of these, a rule for something narrower may say otherwise.')]
    : lines;
}

const MEANING: Readonly<Record<Allowed['mode'], string>> = {
  'auto-fix': 'may be merged without a person',
  propose: 'pull requests, which a person merges',
  monitor: 'diagnosed only',
  off: 'switched off',
};

function rank({ before, after }: ModeChange): number {
  if (after.mode === 'auto-fix') return 0;
  return before.mode === 'auto-fix' ? 1 : 2;
}

function confidence({ minConfidence }: Allowed): Prose {
  return minConfidence === null ? prose`` : prose` from a confidence of ${minConfidence}`;
}

function scopeText({ scope: { cluster, namespace, workload }, failures }: ModeChange): Prose {
  const parts = [
    workload === null ? null : prose`workloads ${workload}`,
    namespace === null ? null : prose`namespace ${namespace}`,
    cluster === null ? null : prose`cluster ${cluster}`,
    failures === null
      ? null
      : prose`for ${joinProse(
          failures.map((id) => prose`${id}`),
          ', ',
        )}`,
  ].filter((part) => part !== null);
  const where = joinProse(parts, ', ');
  const isGeneral = cluster === null && namespace === null && workload === null;
  if (!isGeneral) return prose`In ${where}`;
  return failures === null
    ? ownText('Where no rule says otherwise')
    : prose`Where no rule says otherwise, ${where}`;
}

function otherLines(before: Config, after: Config): readonly Prose[] {
  const limits = (['openPullRequests', 'perHour', 'memoryFactor'] as const)
    .filter((name) => before.limits[name] !== after.limits[name])
    .map((name) => prose`${`limits.${name}`}: ${after.limits[name]} (before: ${before.limits[name]})`);
  const switches = (['reports', 'dashboard'] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => prose`${name}: ${ownText(after[name] ? 'switched on' : 'switched off')}`);
  return [
    ...limits,
    ...listChanges(
      before.freeze.map(
        ({ from, to, timezone }) => prose`from ${from} to ${to} (${timezone}), nothing auto-merges`,
      ),
      after.freeze.map(
        ({ from, to, timezone }) => prose`from ${from} to ${to} (${timezone}), nothing auto-merges`,
      ),
      'freeze',
    ),
    ...listChanges(
      before.charts.pull.map((url) => prose`${url} may be asked for charts`),
      after.charts.pull.map((url) => prose`${url} may be asked for charts`),
      'chart repository',
    ),
    ...listChanges(
      before.registries.ask.map((name) => prose`${name} may be asked for image tags`),
      after.registries.ask.map((name) => prose`${name} may be asked for image tags`),
      'image registry',
    ),
    ...clusterLines(before, after),
    ...switches,
  ];
}

function listChanges(before: readonly Prose[], after: readonly Prose[], noun: string): readonly Prose[] {
  const texts = (list: readonly Prose[]): ReadonlySet<string> => new Set(list.map(plainText));
  const [old, now] = [texts(before), texts(after)];
  return [
    ...after.filter((line) => !old.has(plainText(line))).map((line) => prose`New ${ownText(noun)}: ${line}`),
    ...before
      .filter((line) => !now.has(plainText(line)))
      .map((line) => prose`No longer a ${ownText(noun)}: ${line}`),
  ];
}

function clusterLines(before: Config, after: Config): readonly Prose[] {
  const names = [...new Set([...Object.keys(before.clusters), ...Object.keys(after.clusters)])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.clusters[name], after.clusters[name]];
    if (now === undefined) return [prose`Cluster ${name}: its sources are no longer named`];
    if (old !== undefined && JSON.stringify(old) === JSON.stringify(now)) return [];
    const paths = joinProse(
      now.sources.slice(0, 10).map(({ path }) => prose`${path}`),
      ', ',
    );
    return [
      now.sources.length === 0
        ? prose`Cluster ${name}: no sources are named`
        : prose`Cluster ${name}: ${ownText(count(now.sources.length, 'source'))} (${paths})`,
    ];
  });
}

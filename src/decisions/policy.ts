import { matchesAny } from '../config/glob.ts';
import type { ConfigError } from '../config/checked-yaml.ts';
import { CONFIG_FILE } from '../config/defaults.ts';
import {
  MODES,
  type CeilingEntry,
  type Config,
  type Mode,
  type Place,
  type PolicyRule,
} from '../config/schema.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { RuleId } from '../model/finding.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';

/** On a workload or its namespace: lowers the mode, never raises it. */
export const MODE_ANNOTATION = 'faultline.dev/mode';

/** What may be done at most, and who says so. */
export interface Ceiling {
  readonly mode: Mode;
  /** Null where none is set. */
  readonly minConfidence: number | null;
  /** `policy.rules[1]`, `policy.default`, `the annotation faultline.dev/mode on Namespace shop`: for a sentence. */
  readonly source: Prose;
  /** The same for records: `policy.rules[1] (mode: propose)`. */
  readonly label: string;
  /** The line that says so; null for an annotation and for what is built in. */
  readonly place: Place | null;
  /** Whose annotation it is; null where it is none. */
  readonly annotated: 'workload' | 'namespace' | null;
}

/** Values of {@link MODE_ANNOTATION}; undefined where there is none. */
export interface ModeAnnotations {
  readonly workload: string | undefined;
  readonly namespace: string | undefined;
}

export interface PolicyQuestion {
  readonly cluster: string;
  readonly object: ObjectRef;
  readonly rule: RuleId;
  /** True where nothing fails yet. */
  readonly foresees: boolean;
  readonly config: Config;
  /** Of the file that `config` stands in for. */
  readonly configErrors: readonly ConfigError[];
  readonly annotations: ModeAnnotations;
}

/** The first rule that matches, else the default, lowered by the ceiling of the service's settings and by the annotations. */
export function ceilingFor(question: PolicyQuestion): Ceiling {
  return lowestOf(ceilingsFor(question));
}

export function lowestOf(ceilings: readonly [Ceiling, ...Ceiling[]]): Ceiling {
  return ceilings.reduce((lowest, next) => (isLower(next.mode, lowest.mode) ? next : lowest));
}

/** All that limits the mode: what the configuration says, each entry of the ceiling that matches, and the annotations. The lowest applies. */
export function ceilingsFor(question: PolicyQuestion): readonly [Ceiling, ...Ceiling[]] {
  const { object, annotations, config } = question;
  const above = (config.ceiling ?? []).filter((entry) => covers(entry, question)).map(fromEntry);
  const workload = fromAnnotation('workload', annotations.workload, `${object.kind} ${object.name}`);
  const namespace = fromAnnotation('namespace', annotations.namespace, `Namespace ${object.namespace}`);
  const annotated = [workload, namespace].filter((one) => one !== null);
  return [fromConfig(question), ...above, ...annotated];
}

/** True when `a` allows less than `b`. */
export function isLower(a: Mode, b: Mode): boolean {
  return rank(a) < rank(b);
}

function rank(mode: Mode): number {
  return MODES.indexOf(mode);
}

function fromConfig(question: PolicyQuestion): Ceiling {
  const { config, configErrors } = question;
  const [error] = configErrors;
  if (error)
    return ceiling(
      'monitor',
      null,
      prose`an error in ${error.file} line ${error.line}`,
      `invalid ${error.file}`,
      { ...error, path: '' },
    );
  const index = config.policy.rules.findIndex((rule) => matches(rule, question));
  const found = config.policy.rules[index];
  const fallback = config.policy.default;
  const given = found
    ? own(found.mode, found.minConfidence, `policy.rules[${index}]`, config)
    : fallback
      ? own(fallback.mode, fallback.minConfidence, 'policy.default', config)
      : BUILT_IN;
  if (!question.foresees || namesFailure(found)) return given;
  const proactive = own(config.proactive.mode, undefined, 'proactive.mode', config);
  return isLower(proactive.mode, given.mode) ? proactive : given;
}

/** The object that is a namespace is in it. */
function covers({ clusters, namespaces }: CeilingEntry, { cluster, object }: PolicyQuestion): boolean {
  const namespace = object.namespace ?? (object.kind === 'Namespace' ? object.name : null);
  return (
    (!clusters || matchesAny(clusters, cluster)) &&
    (!namespaces || (namespace !== null && matchesAny(namespaces, namespace)))
  );
}

function fromEntry({ mode, place }: CeilingEntry): Ceiling {
  const source = prose`${place.path} of the service's settings`;
  return ceiling(mode, null, source, `${place.path} of the settings`, place);
}

/** A rule for all failures was not written with those in mind that are still to come. */
function namesFailure(rule: PolicyRule | undefined): boolean {
  return rule?.failures !== undefined && !rule.failures.some((pattern) => /^[*]+$/.test(pattern));
}

/** A rule applies when everything that it names matches. */
function matches(rule: PolicyRule, { cluster, object, rule: failure }: PolicyQuestion): boolean {
  return (
    (!rule.clusters || matchesAny(rule.clusters, cluster)) &&
    (!rule.namespaces || (object.namespace !== null && matchesAny(rule.namespaces, object.namespace))) &&
    (!rule.workloads || rule.workloads.some((pattern) => matchesWorkload(pattern, object))) &&
    (!rule.failures || matchesAny(rule.failures, failure))
  );
}

/** Kinds in any case, as kubectl takes them: a slip there must not open what a rule closes. */
function matchesWorkload(pattern: string, object: ObjectRef): boolean {
  const [kind, name] = pattern.split('/');
  return matchesAny([kind!.toLowerCase()], object.kind.toLowerCase()) && matchesAny([name!], object.name);
}

/** A value that is no mode was meant to restrict something: it leaves nothing but watching. */
function fromAnnotation(
  annotated: 'workload' | 'namespace',
  value: string | undefined,
  where: string,
): Ceiling | null {
  if (value === undefined) return null;
  const mode = MODES.find((each) => each === value.trim());
  const source = prose`the annotation ${ownText(MODE_ANNOTATION)} on ${where}`;
  const label = `annotation ${MODE_ANNOTATION}`;
  const found = mode
    ? ceiling(mode, null, source, label)
    : ceiling('monitor', null, prose`${source}, whose value ${value} is not a mode,`, label);
  return { ...found, annotated };
}

function own(mode: Mode, minConfidence: number | undefined, path: string, { places }: Config): Ceiling {
  const place = places?.get(path) ?? null;
  const isOwn = place === null || place.file === CONFIG_FILE;
  const source = isOwn ? prose`${place?.path ?? path}` : prose`${place.path} of ${place.file}`;
  const label = isOwn ? (place?.path ?? path) : `${place.path} of ${place.file}`;
  return ceiling(mode, minConfidence ?? null, source, label, place);
}

function ceiling(
  mode: Mode,
  minConfidence: number | null,
  source: Prose,
  label: string,
  place: Place | null = null,
): Ceiling {
  return { mode, minConfidence, source, label: `${label} (mode: ${mode})`, place, annotated: null };
}

const BUILT_IN = ceiling('propose', null, ownText('the built-in default'), 'built-in default');

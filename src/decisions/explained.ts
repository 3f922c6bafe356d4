import { failures } from '../config/failures.ts';
import type { ConfigError } from '../config/checked-yaml.ts';
import type { Config, Freeze, Mode, Place } from '../config/schema.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { RuleId } from '../model/finding.ts';
import { freezeAt } from './freeze.ts';
import { ceilingsFor, lowestOf, type Ceiling, type ModeAnnotations } from './policy.ts';

/** What applies to one object, and which line says so. */
export interface Explained {
  readonly object: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;
  readonly clusters: readonly ExplainedCluster[];
  /** Every other setting, by its path: `limits.perHour`. */
  readonly settings: readonly ExplainedSetting[];
  readonly freezes: readonly (Freeze & { readonly isOn: boolean; readonly place: Place | null })[];
  readonly errors: readonly ConfigError[];
}

export interface ExplainedCluster {
  /** Null for a cluster that nothing names. */
  readonly cluster: string | null;
  /** Failure classes that the same lines decide about, the most of them first. */
  readonly modes: readonly ExplainedMode[];
}

export interface ExplainedMode {
  readonly failures: readonly string[];
  readonly mode: Mode;
  /** Null where none is set. */
  readonly minConfidence: number | null;
  /** All that limits the mode; the one that decides comes first. */
  readonly limits: readonly Ceiling[];
}

export interface ExplainedSetting {
  readonly path: string;
  readonly value: string | number | boolean;
  /** Null for a built-in value. */
  readonly place: Place | null;
}

export interface ExplainInput {
  readonly object: ObjectRef;
  readonly clusters: readonly (string | null)[];
  /** Only this failure class; null for all. */
  readonly failure: string | null;
  readonly config: Config;
  readonly configErrors: readonly ConfigError[];
  readonly annotations: ModeAnnotations;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** No pattern that people write matches it, except for those that match everything. */
const UNNAMED = '\u0000';

export function explain(input: ExplainInput): Explained {
  const { object, clusters, config, configErrors, now } = input;
  return {
    object,
    clusters: clusters.map((cluster) => ({ cluster, modes: modesIn(cluster, input) })),
    settings: settingsOf(config),
    freezes: config.freeze.map((freeze, index) => ({
      ...freeze,
      isOn: freezeAt([freeze], now) !== null,
      place: config.places?.get(`freeze[${index}]`) ?? null,
    })),
    errors: configErrors,
  };
}

function modesIn(cluster: string | null, input: ExplainInput): readonly ExplainedMode[] {
  const { object, failure, config, configErrors, annotations } = input;
  const groups = new Map<string, { failures: string[]; limits: readonly [Ceiling, ...Ceiling[]] }>();
  for (const { id, foresees } of failures) {
    if (failure !== null && id !== failure) continue;
    const question = {
      cluster: cluster ?? UNNAMED,
      object,
      rule: id as RuleId,
      foresees: foresees === true,
      config,
      configErrors,
      annotations,
    };
    const limits = ceilingsFor(question);
    const key = JSON.stringify(limits.map(({ label, place, annotated }) => [label, place, annotated]));
    const known = groups.get(key);
    if (known) known.failures.push(id);
    else groups.set(key, { failures: [id], limits });
  }
  return [...groups.values()]
    .sort((a, b) => b.failures.length - a.failures.length)
    .map(({ failures: ids, limits }) => {
      const decides = lowestOf(limits);
      const { mode, minConfidence } = decides;
      const others = limits.filter((one) => one !== decides);
      return { failures: ids, mode, minConfidence, limits: [decides, ...others] };
    });
}

/** These are told otherwise, or per cluster. */
const TOLD = new Set(['policy', 'freeze', 'clusters', 'places', 'ceiling', 'extends']);

function settingsOf(config: Config): readonly ExplainedSetting[] {
  const found: ExplainedSetting[] = [];
  const add = (path: string, value: unknown): void => {
    if (Array.isArray(value)) value.forEach((item, index) => add(`${path}[${index}]`, item));
    else if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value)) add(`${path}.${key}`, one);
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      found.push({ path, value, place: config.places?.get(path) ?? null });
  };
  for (const [key, value] of Object.entries(config)) if (!TOLD.has(key)) add(key, value);
  return found;
}

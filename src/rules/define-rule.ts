import type { ContainerFacts, ObjectFacts, WorkloadFacts } from '../facts/subjects.ts';
import type { KindName } from '../kubernetes/api-kinds.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Finding, GivesWayTo, RuleId, Symptom } from '../model/finding.ts';
import type { Phase } from '../model/phase.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Foresight } from '../model/foresight.ts';
import type { Causes } from './causes.ts';

/** What a rule is asked about, one after the other. Any other name is a kind: its objects. */
export interface Subjects {
  readonly container: ContainerFacts;
  readonly workload: WorkloadFacts;
  /** The cluster as a whole, once. */
  readonly cluster: { readonly cluster: ClusterState };
}

/** Any of them. */
export type Subject = Subjects[keyof Subjects] | ObjectFacts;

export type SubjectOf<On extends string> = On extends keyof Subjects ? Subjects[On] : ObjectFacts;

/** What `detect` has seen. Times are milliseconds since the epoch. */
export interface Seen {
  /** What a fix would change, where it is not the subject itself. */
  readonly object?: ObjectRef;
  readonly container?: string | null;
  /** Pods (or other objects) that show the failure, the worst first. */
  readonly seenOn: readonly ObjectRef[];
  /** Left out: now. */
  readonly firstSeen?: number;
  /** Left out: now. */
  readonly lastSeen?: number;
  /** Left out: once on each of what it is seen on. */
  readonly occurrences?: number;
}

/**
 * What a rule says of a failure. The engine adds what is the same for all (rule, object, container, phase and times) and what the cause states:
 * verdict, reason and advice. Without a culprit the object is it.
 */
export type Conclusion = Omit<
  Finding,
  | 'rule'
  | 'cause'
  | 'object'
  | 'container'
  | 'phase'
  | 'culprit'
  | 'affected'
  | 'explainedBy'
  | 'givesWayTo'
  | 'ruledOut'
  | 'firstSeen'
  | 'lastSeen'
  | 'occurrences'
  | 'verdict'
  | 'reason'
  | 'changes'
  | 'terms'
  | 'foresees'
  | 'guards'
  | 'advice'
  | 'chart'
> &
  Partial<
    Pick<
      Finding,
      | 'verdict'
      | 'reason'
      | 'changes'
      | 'guards'
      | 'advice'
      | 'chart'
      | 'culprit'
      | 'explainedBy'
      | 'ruledOut'
    >
  > & {
    readonly cause: string;
    /** What the answers tell of times and numbers beyond what `detect` saw. */
    readonly firstSeen?: number;
    readonly occurrences?: number;
  };

/** One failure class as its file states it. */
export interface RuleDefinition<On extends string, S extends Seen> {
  /** Named after Kubernetes' own reasons: `image-pull`, `oom-killed`. */
  readonly id: RuleId;
  /** One line for the list of rules. */
  readonly title: string;
  /** What the workload does not get through. A cause may have another one. */
  readonly phase: Phase;
  /** Pages of Kubernetes' documentation, or of other sources, that say what the rule relies on. */
  readonly semantics: readonly `https://${string}`[];
  /** Kinds whose objects it reads, `on` and what it asks witnesses for included. They are watched, and the shipped RBAC lists them. */
  readonly reads: readonly KindName[];
  /** What it is asked about: `container`, `workload`, or the kinds of objects. */
  readonly on: On | readonly On[];
  /**
   * Findings that explain what this rule sees, where both are about one container or one is about the whole object. `any`: the rule says
   * what is visible and not why. Left out: none, so that of two findings on one pod the one of the earlier phase leads.
   */
  readonly givesWayTo?: GivesWayTo;
  /** True where it asks for so much that it runs for recorded clusters only, in which nothing costs a request. */
  readonly recordsOnly?: boolean;
  /** True where nothing fails yet: what it finds is only watched, unless the configuration asks for proposals about it. */
  readonly foresees?: true;
  /** Every cause that a finding of this rule can have. */
  readonly causes: Causes;
  /** The failure before it happens: what a change in git shows of it, for the guard. Left out: nothing. */
  readonly foresight?: Foresight;
  /** Cheap and pure. Null for what is healthy, busy or has recovered. */
  detect(subject: SubjectOf<On>): S | readonly S[] | null;
  /**
   * Works out the cause, and returns null when the failure is none of this rule's. A generator yields what it needs to know; a rule that
   * needs no more than the cluster is a plain function.
   */
  investigate(subject: SubjectOf<On>, ask: Ask, seen: S): Asking<Conclusion | null> | Conclusion | null;
}

/** A rule as the engine runs it. */
export interface Rule {
  readonly id: RuleId;
  readonly title: string;
  readonly phase: Phase;
  readonly semantics: readonly string[];
  readonly reads: readonly KindName[];
  readonly on: readonly string[];
  readonly givesWayTo: GivesWayTo;
  readonly recordsOnly: boolean;
  readonly foresees: boolean;
  readonly causes: Causes;
  readonly foresight: Foresight | null;
  /** @param subject of the kind that `on` names */
  detect(subject: Subject): readonly Detected[];
}

/** A symptom with the way to its cause. */
export interface Detected {
  /** As of now: each time that it is read. */
  readonly symptom: Symptom;
  /** Whether the rule says when it was first seen; else that is now. */
  readonly isDated: boolean;
  /** As the rule declares it; a cause may have its own. */
  readonly givesWayTo: GivesWayTo;
  investigate(ask: Ask): Asking<Finding | null>;
}

export function defineRule<const On extends string, S extends Seen>(definition: RuleDefinition<On, S>): Rule {
  const { id, title, causes, phase, semantics, reads, givesWayTo = [] } = definition;
  const { recordsOnly = false, foresees = false, foresight = null } = definition;
  return {
    id,
    title,
    phase,
    semantics,
    reads,
    givesWayTo,
    recordsOnly,
    foresees,
    on: [definition.on].flat() as readonly string[],
    causes,
    foresight,
    detect(given) {
      const subject = given as SubjectOf<On>;
      const seen = definition.detect(subject);
      return (seen === null ? [] : ([seen].flat() as readonly S[])).map((one) => {
        return {
          get symptom() {
            return symptomOf(id, given, one);
          },
          isDated: one.firstSeen !== undefined,
          givesWayTo,
          investigate(ask) {
            const symptom = symptomOf(id, given, one);
            return (function* () {
              const answer = definition.investigate(subject, ask, one);
              const conclusion = answer !== null && 'next' in answer ? yield* answer : answer;
              return conclusion && findingOf(symptom, conclusion, definition);
            })();
          },
        };
      });
    },
  };
}

function symptomOf(rule: RuleId, subject: Subject, seen: Seen): Symptom {
  const { now } = subject.cluster;
  const { seenOn, firstSeen = now, lastSeen = now, occurrences = seenOn.length } = seen;
  const own = placeOf(subject, seen);
  return {
    rule,
    object: seen.object ?? own.object,
    container: seen.container === undefined ? own.container : seen.container,
    seenOn,
    firstSeen,
    lastSeen,
    occurrences,
  };
}

function placeOf(
  subject: Subject,
  { seenOn }: Seen,
): { readonly object: ObjectRef; readonly container: string | null } {
  if ('instances' in subject) return { object: subject.workload.ref, container: subject.name };
  if ('pods' in subject) return { object: subject.ref, container: null };
  if ('object' in subject) return { object: subject.cluster.ownerOf(subject.object).ref, container: null };
  return { object: seenOn[0]!, container: null };
}

/** @throws {Error} for a conclusion that the rule does not declare: another cause, an edit where its cause allows none, or no verdict */
function findingOf(
  symptom: Symptom,
  conclusion: Conclusion,
  {
    id,
    causes,
    phase,
    givesWayTo = [],
    foresees,
  }: Pick<RuleDefinition<string, Seen>, 'id' | 'causes' | 'phase' | 'givesWayTo' | 'foresees'>,
): Finding {
  const { cause } = conclusion;
  const spec = causes[cause];
  if (spec === undefined) throw new Error(`${cause} is not a cause of rule ${id}`);
  const { verdict = spec.verdict, reason = spec.reason, changes = [] } = conclusion;
  if (verdict === undefined || reason === undefined) throw new Error(`${cause} of rule ${id} has no verdict`);
  if (spec.fix === 'none' && changes.length > 0) throw new Error(`${cause} of rule ${id} allows no edit`);
  const { rule, object, container, lastSeen } = symptom;
  const { kind, namespace, name } = object;
  const culprit = conclusion.culprit ?? { kind, namespace, name };
  const isItself = culprit.kind === kind && culprit.namespace === namespace && culprit.name === name;
  return {
    guards: [],
    advice: spec.advice ?? [],
    chart: null,
    ruledOut: [],
    explainedBy: [],
    ...conclusion,
    verdict,
    reason,
    changes,
    ...(spec.terms ? { terms: spec.terms } : {}),
    ...(foresees && { foresees }),
    rule,
    object,
    container,
    phase: spec.phase ?? phase,
    givesWayTo: spec.givesWayTo ?? givesWayTo,
    culprit,
    affected: isItself ? [] : [object],
    firstSeen: conclusion.firstSeen ?? symptom.firstSeen,
    lastSeen,
    occurrences: conclusion.occurrences ?? symptom.occurrences,
  };
}

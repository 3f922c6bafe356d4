import type { LogRequest, MetricRequest, Purpose } from './cluster-state.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { Blame } from './finding.ts';
import type { Answers, FieldVersion, Need } from './need.ts';

/**
 * What a rule waits for: it yields needs and receives an answer for each. Null is an answer that could not be found out.
 * The edge that fetches an answer has masked it.
 */
export type Asking<Result> = Generator<readonly Need[], Result, readonly Answer[]>;

export type Answer = Answers[Need['kind']] | null;

/** One question. `yield* question` asks it alone; {@link Ask.all} asks several at once. */
export class Question<Result> {
  readonly need: Need;

  constructor(need: Need) {
    this.need = need;
  }

  *[Symbol.iterator](): Asking<Result | null> {
    const [answer] = yield [this.need];
    return answer as Result | null;
  }
}

type AnswersTo<Questions> = {
  readonly [Name in keyof Questions]: Questions[Name] extends Question<infer Result> ? Result | null : never;
};

/** Everything that a rule may ask for beyond the cluster state. */
export class Ask {
  /** The greatest factor that policy lets a memory limit be raised by (`limits.memoryFactor`). */
  readonly memoryFactor: number;

  constructor(settings: { readonly memoryFactor: number }) {
    this.memoryFactor = settings.memoryFactor;
  }

  log(request: LogRequest): Question<Answers['log']> {
    return new Question({ kind: 'log', ...request });
  }

  metric(request: MetricRequest): Question<Answers['metric']> {
    return new Question({ kind: 'metric', ...request });
  }

  /** What the containers of a pod use now, where metrics-server tells. */
  usage(namespace: string, pod: string): Question<Answers['usage']> {
    return new Question({ kind: 'usage', namespace, pod });
  }

  /** What the registry has under a reference, and beside it. */
  image(reference: string): Question<Answers['image']> {
    return new Question({ kind: 'image', reference });
  }

  /** Series of all that may be worth a look for a purpose: one query for the whole cluster, however many ask. */
  candidates(purpose: Purpose): Question<Answers['candidates']> {
    return new Question({ kind: 'candidates', purpose });
  }

  /** The rendered values of a field, newest first. */
  history(object: ObjectRef, field: string): Question<Answers['field-history']> {
    return new Question({ kind: 'field-history', object, field });
  }

  /** The rendered pod templates of a workload, newest first. Each of them costs renders. */
  templates(object: ObjectRef, most: number): Question<Answers['template-history']> {
    return new Question({ kind: 'template-history', object, most });
  }

  /** The values that a field of a template has had, newest first; null where the template does not have it, or where git does not tell. */
  *past([at]: readonly Blame[]): Asking<readonly FieldVersion[] | null> {
    return at === undefined ? null : yield* this.history(at.object, at.field);
  }

  /** Commits in which an object went away under this name while another came. */
  renames(object: ObjectRef): Question<Answers['rename']> {
    return new Question({ kind: 'rename', object });
  }

  /** The commit that took an object out of git. */
  removal(object: ObjectRef): Question<Answers['removal']> {
    return new Question({ kind: 'removal', object });
  }

  /** The object as git renders it now. */
  rendered(object: ObjectRef): Question<Answers['rendered-object']> {
    return new Question({ kind: 'rendered-object', object });
  }

  /** Objects of a kind that git renders now. */
  renderedKind(objectKind: string, namespace: string | null): Question<Answers['rendered']> {
    return new Question({ kind: 'rendered', objectKind, namespace });
  }

  /** The lines below a folder, or in a file, of the repository that a controller fetches from `url` (null: this one) that hold a text. */
  writtenLines(url: string | null, folder: string, text: string): Question<Answers['written-lines']> {
    return new Question({ kind: 'written-lines', url, folder, text });
  }

  /** All files below a folder. */
  paths(url: string | null, folder: string): Question<Answers['paths']> {
    return new Question({ kind: 'paths', url, folder });
  }

  /** What became of a file or folder that is no longer there. */
  pathPast(url: string | null, path: string): Question<Answers['path-past']> {
    return new Question({ kind: 'path-past', url, path });
  }

  /** Why the cluster has another value than git. */
  difference(object: ObjectRef, field: string): Question<Answers['difference']> {
    return new Question({ kind: 'difference', object, field });
  }

  /** Several questions at once: an answer for each, under the same name (or index). */
  *all<const Questions extends Readonly<Record<string | number, Question<unknown>>>>(
    questions: Questions,
  ): Asking<AnswersTo<Questions>> {
    const names = Object.keys(questions);
    const answers = yield names.map((name) => questions[name]!.need);
    return Object.fromEntries(names.map((name, index) => [name, answers[index]])) as AnswersTo<Questions>;
  }

  /** The answers to a list of questions, in its order. */
  *each<Result>(questions: readonly Question<Result>[]): Asking<readonly (Result | null)[]> {
    const answers = yield questions.map(({ need }) => need);
    return answers as readonly (Result | null)[];
  }
}

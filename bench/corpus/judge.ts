import type { LocateResult } from '../../src/model/located.ts';
import { cutOff } from './cut-off.ts';
import type { CorpusField } from './fields.ts';
import { isHeldBack } from './held-back.ts';
import { meantBy } from './meant.ts';
import type { Proof } from '../../src/model/proof.ts';
import {
  idOf,
  leafChanges,
  strayBeside,
  strayIn,
  type LeafChange,
  type RenderedThing,
  type Value,
} from './rendered.ts';
import type { RepositoryCopy } from './repository-copy.ts';
import type { ApiSchema } from './schema.ts';
import type { BuiltRoot, World, WorldReader } from './world.ts';

export type Verdict =
  | {
      readonly kind: 'right';
      readonly isProven: boolean;
      /** The line gives other fields of the root the same value, and the answer lists them. */
      readonly isShared: boolean;
    }
  /** The value is right, and where it came from is not kept. */
  | { readonly kind: 'cut off'; readonly reason: string }
  | {
      readonly kind: 'declined';
      readonly code: string;
      readonly reason: string;
      /** Nothing may be edited here, or nothing can be for one release alone: no better answer exists. */
      readonly isHeldBack: boolean;
    }
  | { readonly kind: 'wrong'; readonly reason: string };

/** One field of one object of one root. */
export interface Task {
  readonly built: BuiltRoot;
  readonly thing: RenderedThing;
  readonly field: CorpusField;
}

/** Renders with the plain tools whatever could have changed, and says whether it changed as it should. */
export class Judge {
  readonly #copy: RepositoryCopy;
  readonly #reader: WorldReader;
  readonly #world: World;
  readonly #schema: ApiSchema | null;

  constructor(copy: RepositoryCopy, reader: WorldReader, world: World, schema: ApiSchema | null) {
    this.#copy = copy;
    this.#reader = reader;
    this.#world = world;
    this.#schema = schema;
  }

  async verdict(task: Task, result: LocateResult): Promise<Verdict> {
    if (result.kind === 'declined') {
      const missing = result.candidates.find((candidate) => !this.#isThere(candidate));
      return missing === undefined
        ? {
            kind: 'declined',
            code: result.code,
            reason: result.reason,
            isHeldBack: isHeldBack(this.#copy, this.#world, task, result),
          }
        : { kind: 'wrong', reason: `names ${missing}, which is not there` };
    }
    // What is added may start behind the last line.
    const missing = result.changes
      .map(({ site }) => site)
      .find(
        ({ file, line, kind }) =>
          line > linesIn(kind === 'add' ? String(result.files.get(file)) : this.#copy.read(file)),
      );
    if (missing !== undefined)
      return { kind: 'wrong', reason: `names ${missing.file}:${missing.line}, which is not there` };
    const judged = await this.#judged(task, result.files, result.proof);
    if (judged.wrong !== null) return { kind: 'wrong', reason: judged.wrong };
    const { files } = task.built.root;
    const cut = cutOff(
      [...result.files].map(([file, after]) => ({
        file,
        before: this.#copy.read(file),
        after: String(after),
      })),
      task.field,
      files
        .filter((file) => /\.(ya?ml|json)$|Kustomization$/.test(file))
        .map((file) => this.#copy.read(file)),
    );
    if (cut !== null) return { kind: 'cut off', reason: cut };
    return { kind: 'right', isProven: result.proof.status === 'proven', isShared: judged.isShared };
  }

  /** `file:line` of the repository; what has no line is a root or a repository. */
  #isThere(place: string): boolean {
    const [, file, line] = /^(.+):(\d+)$/.exec(place) ?? [];
    if (file === undefined || !this.#copy.has(file)) return file === undefined || file.includes('://');
    return Number(line) <= linesIn(this.#copy.read(file));
  }

  /** What a search for the value would have done: the first place in the root's files that shows it. */
  async naive(task: Task): Promise<'right' | 'wrong' | null> {
    const { before, after } = task.field;
    if (before === undefined || before === '') return null;
    const file = task.built.root.files.find((one) => this.#copy.read(one).includes(String(before)));
    if (file === undefined) return null;
    const text = this.#copy.read(file).replace(String(before), () => String(after));
    const { wrong } = await this.#judged(task, new Map([[file, Buffer.from(text)]]), null);
    return wrong === null ? 'right' : 'wrong';
  }

  /** True where a question that names no root could be about several objects. */
  isAmbiguous(task: Task): boolean {
    return meantBy(task, this.#world).length > 1;
  }

  /**
   * Without `--root`, what is applied is meant rather than a folder that nothing applies, and a root rather than what it is built from.
   *
   * @param rooted the answer with `--root`, with its verdict
   */
  async verdictAnywhere(
    task: Task,
    result: LocateResult,
    rooted: { readonly result: LocateResult; readonly verdict: Verdict },
  ): Promise<Verdict> {
    const meant = meantBy(task, this.#world);
    const isOwn = meant.includes(task);
    const isSame =
      result.kind === 'located' && rooted.result.kind === 'located' && result.diff === rooted.result.diff;
    if (isSame && isOwn) return rooted.verdict;
    const [first, ...others] = isOwn ? [task] : meant;
    const verdict = await this.verdict(first ?? task, result);
    if (verdict.kind !== 'wrong') return verdict;
    for (const other of others) {
      const there = await this.verdict(other, result);
      if (there.kind !== 'wrong') return there;
    }
    return verdict;
  }

  /** @param proof what the answer says that changes; null where nothing was said */
  async #judged(
    asked: Task,
    files: ReadonlyMap<string, Buffer>,
    proof: Proof | null,
  ): Promise<{ readonly wrong: string | null; readonly isShared: boolean }> {
    const earlier = { world: this.#world, touched: new Set(files.keys()) };
    const now = await this.#copy.whileWritten(files, () => this.#reader.read(earlier));
    const { built, thing, field } = asked;
    const means = this.#meansIn(now, built);
    const wrong: string[] = [];
    let isShared = false;
    if (now.built.get(built.key)?.text === built.text) wrong.push('the field is what it was');
    for (const [key, before] of this.#world.built) {
      const after = now.built.get(key);
      if (after === undefined) {
        // Its object applies something else now, which the answer says.
        if (proof !== null && isListedObject(before.root.id, proof)) isShared = true;
        else wrong.push(`${before.root.id} does not build any more`);
        continue;
      }
      if (after.text === before.text) continue;
      const isAsked = built.key === key;
      // What the root is built from is part of it, and what is built from it shows its change.
      const stray = isAsked
        ? strayIn(before.text, after.text, { thing, path: field.path, after: field.after }, means)
        : areRelated(before, built.root)
          ? strayBeside(before.text, after.text, field.path, means)
          : strayIn(before.text, after.text, null, means);
      if (stray !== null) {
        const changes = isAsked ? leafChanges(before.text, after.text, means) : null;
        if (isAsked && changes !== null && proof !== null && areListed(changes, asked, proof))
          isShared = true;
        else wrong.push(`${before.root.id}: ${stray}`);
      }
      const refused = this.#refused(before.things, after.things);
      if (refused !== null) wrong.push(`${before.root.id}: the API server would refuse ${refused}`);
    }
    return { wrong: wrong.length === 0 ? null : wrong.join('; '), isShared };
  }

  /** Objects that declare what is rendered here, and what the asked root takes its values from. */
  #meansIn(now: World, { root }: BuiltRoot): (thing: RenderedThing) => boolean {
    const declared = new Set([...now.built.values()].map((one) => one.root.id));
    return ({ kind, namespace, name, apiVersion }) => {
      if (kind === 'ConfigMap') return root.inputs.some((input) => isInput(input, name));
      if (!/^(argoproj\.io|helm\.toolkit\.fluxcd\.io|kustomize\.toolkit\.fluxcd\.io)\//.test(apiVersion))
        return false;
      const fallback = kind === 'Application' ? 'argocd' : 'default';
      return kind === 'ApplicationSet' || declared.has(`${kind}/${namespace ?? fallback}/${name}`);
    };
  }

  #refused(before: readonly RenderedThing[], after: readonly RenderedThing[]): string | null {
    if (this.#schema === null) return null;
    const known = new Set(before.flatMap((thing) => this.#schema!.refusals(thing)));
    return after.flatMap((thing) => this.#schema!.refusals(thing)).find((one) => !known.has(one)) ?? null;
  }
}

function linesIn(text: string): number {
  return text.split(/\r\n|\r|\n/).length;
}

function isListedObject(id: string, proof: Proof): boolean {
  const [kind, , name] = id.split('/');
  return proof.roots
    .flatMap((root) => root.changes)
    .some(({ object }) => object.kind === kind && object.name === name);
}

/** The same value became the same other value, wherever it did, and the answer says so of each place. */
function areListed(
  changes: readonly LeafChange[],
  { thing: asked, field }: Pick<Task, 'thing' | 'field'>,
  proof: Proof,
): boolean {
  const listed = proof.roots.flatMap((root) => root.changes);
  const wanted = JSON.stringify(changedPart(field.before, field.after));
  if (!changes.some(({ thing }) => idOf(thing) === idOf(asked))) return false;
  return changes.every(
    ({ thing, before, after }) =>
      JSON.stringify(changedPart(before, after)) === wanted &&
      listed.some(
        (one) =>
          one.object.kind === thing.kind &&
          one.object.name === thing.name &&
          String(one.after) === String(after),
      ),
  );
}

/** What is left of two values without what both begin with: tags of different images are one tag. */
function changedPart(before: Value | undefined, after: Value | undefined): readonly unknown[] {
  // One port is a number in a Service, and a text in a variable.
  if (typeof before === 'number' || typeof after === 'number')
    return changedPart(before === undefined ? before : String(before), String(after));
  if (typeof before !== 'string' || typeof after !== 'string') return [before, after];
  const cut = Math.max(before.lastIndexOf(':'), before.lastIndexOf('@')) + 1;
  return before.slice(0, cut) === after.slice(0, cut)
    ? [before.slice(cut), after.slice(cut)]
    : [before, after];
}

/** A generator may have given the name a hash. */
function isInput(input: string, name: string): boolean {
  return input.replace(/-[0-9a-z]{10}$/, '') === `ConfigMap/${name}`.replace(/-[0-9a-z]{10}$/, '');
}

/** One is built from the other, or both are one folder. */
function areRelated({ root: other }: BuiltRoot, root: BuiltRoot['root']): boolean {
  if (other.kind === 'helm' || root.kind === 'helm') return false;
  return (
    other.path === root.path ||
    other.folders.includes(root.path) ||
    root.folders.includes(other.path) ||
    isWithin(other, root) ||
    isWithin(root, other)
  );
}

function isWithin(inner: BuiltRoot['root'], outer: BuiltRoot['root']): boolean {
  return inner.kind === 'plain' && inner.files.every((file) => outer.files.includes(file));
}

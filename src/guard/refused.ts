import { fieldAt, getAt, readablePath } from '../kubernetes/field-path.ts';
import { describeRef, isRecord, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { BUILT_IN, typesAt } from '../kubernetes/types/kind-types.ts';
import { rejectionsOf, type Rejection } from '../kubernetes/types/refusals.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Root } from '../sources/roots.ts';
import type { ForeseenBy } from './foresee.ts';
import { checked, identityOf, namespaceIn } from './planned.ts';

type Cause = 'refused-value' | 'field-missing';

interface Wrong {
  readonly cause: Cause;
  readonly path: readonly (string | number)[];
  readonly because: Prose;
}

/**
 * What the API server would not take of an object by the types of Kubernetes' own kinds: what a change brings. Of other kinds only the metadata is
 * known.
 */
export function refusedIn(
  after: readonly RenderedObject[],
  before: readonly RenderedObject[],
  root: Root,
): readonly ForeseenBy[] {
  const old = new Map(before.map((one) => [identityOf(one.object), one]));
  return after.flatMap(({ object, text }) => {
    const was = old.get(identityOf(object));
    // What is malformed as a whole is told once.
    if (was?.text === text || 'message' in checked(object)) return [];
    const fieldsBefore = new Set(was ? wrongIn(was.object).map((one) => keyOf(was.object, one)) : []);
    const ref = { ...refOf(object), namespace: namespaceIn(object, root) };
    return wrongIn(object)
      .filter((one) => !fieldsBefore.has(keyOf(object, one)))
      .map(({ cause, path, because }): ForeseenBy => ({
        rule: 'manifest',
        cause,
        object: ref,
        field: fieldAt(readablePath(object, path)).text,
        level: 'error',
        because: prose`The API server refuses ${describeRef(ref)}: ${because}.`,
      }));
  });
}

function keyOf(object: KubernetesObject, { cause, path }: Wrong): string {
  return `${cause} ${fieldAt(readablePath(object, path)).text}`;
}

const KNOWN = new WeakMap<KubernetesObject, readonly Wrong[]>();

function wrongIn(object: KubernetesObject): readonly Wrong[] {
  const known = KNOWN.get(object);
  if (known) return known;
  const [type] = typesAt(BUILT_IN, object, []);
  // What is encrypted has other fields and values than what is applied.
  const found =
    type && !('sops' in object)
      ? rejectionsOf(type, object).map((one): Wrong => ({ ...WORDS[one.kind](object, one), path: one.path }))
      : [];
  KNOWN.set(object, found);
  return found;
}

const WORDS: Readonly<
  Record<Rejection['kind'], (object: KubernetesObject, one: Rejection) => Pick<Wrong, 'cause' | 'because'>>
> = {
  value: (object, { path, expected }) => ({
    cause: 'refused-value',
    because: prose`${fieldAt(readablePath(object, path)).text} is ${shown(getAt(object, path))}, and it takes ${expected}`,
  }),
  required: (object, { path }) => ({
    cause: 'field-missing',
    because: prose`${fieldAt(readablePath(object, path)).text} is missing`,
  }),
};

function shown(value: unknown): Prose {
  if (Array.isArray(value)) return ownText('a list');
  return isRecord(value) ? ownText('a mapping') : prose`${JSON.stringify(value)}`;
}

import { isRecord, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { checkObject } from './checked-object.ts';
import { lineFinder } from './source-lines.ts';
import { OPTIONS } from './strict-yaml.ts';

export interface ReadObjects {
  readonly objects: readonly KubernetesObject[];
  readonly problems: readonly ClusterProblem[];
  /** Objects that are there, but not of the shape that their kind has: there is a problem about each. */
  readonly setAside: readonly ObjectRef[];
  /** Documents that are no Kubernetes objects: `snapshot.yaml`, a values file. */
  readonly others: readonly unknown[];
}

/** Leaves out of an object what is not to be kept. */
export type Trim = (object: KubernetesObject) => KubernetesObject;

/** A YAML document as text. */
export interface Document {
  readonly text: string;
  /** Its first line in the file, from 1. */
  readonly line: number;
}

/** A document as it was parsed, and the text that it is from. */
export interface Parsed {
  readonly value: unknown;
  readonly origin: () => Document;
  /** Of the items of a list that were read one by one: the text of each is a list of one item. */
  readonly origins?: ReadonlyMap<unknown, () => Document>;
}

/** Malformed objects of one file whose line is looked for: finding it takes reading again. */
const MOST_LINES = 100;

type Path = readonly (string | number)[];

/** The objects of parsed documents, those inside lists included. */
export function collect(documents: readonly Parsed[], file: string, trim: Trim): ReadObjects {
  const objects: KubernetesObject[] = [];
  const problems: ClusterProblem[] = [];
  const setAside: ObjectRef[] = [];
  const others: unknown[] = [];
  const findLine = lineFinder(OPTIONS);
  const placeOf = ({ text, line }: Document, path: Path): string => {
    const inText = findLine(text, path);
    return inText === null ? file : atLine(file, line + inText - 1);
  };
  /** `at` is the path in the text of `origin`. */
  const add = (value: unknown, depth: number, at: Path, { origin, origins }: Omit<Parsed, 'value'>): void => {
    if (value === null || value === undefined) return;
    const list = itemsOf(value);
    if (list !== null && depth < 4) {
      const path = Array.isArray(value) ? at : [...at, 'items'];
      for (const [index, { item, written }] of list.entries()) {
        const own = depth === 0 ? origins?.get(written) : undefined;
        add(item, depth + 1, own ? [0] : [...path, index], { origin: own ?? origin });
      }
      return;
    }
    const checked = checkObject(value);
    if (checked.kind === 'object') objects.push(trim(checked.object));
    else if (checked.kind === 'other') others.push(value);
    else {
      const place = problems.length < MOST_LINES ? placeOf(origin(), [...at, ...checked.path]) : file;
      problems.push({ where: checked.name, message: `${checked.message} (${place})` });
      if (checked.ref) setAside.push(checked.ref);
    }
  };
  for (const { value, ...from } of documents) add(value, 0, [], from);
  return { objects, problems, setAside, others };
}

/** The items of a v1 List, of a typed list as the API serves it (its items have no kind of their own), or of a JSON array. */
function itemsOf(value: unknown): readonly { readonly item: unknown; readonly written: unknown }[] | null {
  if (Array.isArray(value)) return value.map((item: unknown) => ({ item, written: item }));
  if (!isRecord(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return null;
  const items = value['items'] ?? [];
  if (!Array.isArray(items)) return null;
  const kind = value['kind'].slice(0, -'List'.length);
  return items.map((written: unknown) => ({
    item:
      kind !== '' && isRecord(written) && written['kind'] === undefined
        ? { apiVersion: value['apiVersion'], kind, ...written }
        : written,
    written,
  }));
}

const NOTHING: ReadObjects = { objects: [], problems: [], setAside: [], others: [] };

export function failed(where: string, message: string): ReadObjects {
  return { ...NOTHING, problems: [{ where, message }] };
}

export function join(parts: readonly ReadObjects[]): ReadObjects {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
    setAside: parts.flatMap(({ setAside }) => setAside),
    others: parts.flatMap(({ others }) => others),
  };
}

export function atLine(file: string, line: number): string {
  return `${file}:${line}`;
}

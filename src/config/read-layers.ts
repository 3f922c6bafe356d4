import { parseChecked, type ConfigError } from './checked-yaml.ts';
import type { Layer } from './merge.ts';
import { CENTRAL_FILES, CENTRAL_REPOSITORY, type Organisation } from './organisation.ts';
import { configSchema, EXTENDED_FILE } from './schema.ts';

/** So many files may extend each other, one behind the other. */
const MOST_DEEP = 5;
/** So many files may say together what applies. */
const MOST_FILES = 20;

export interface LayerSources {
  /** The repository's own file, as errors call it; `text` is null where there is none. */
  readonly own: { readonly file: string; readonly text: string | null };
  /** Another file of the repository; null where there is none. */
  readonly read: (path: string) => Promise<string | null>;
  readonly organisation: Organisation;
}

export interface Layers {
  /** The valid files, the nearest first: the repository's own, what it extends, the organisation's defaults. */
  readonly layers: readonly Layer[];
  /** All files that were read, valid or not, in the same order. */
  readonly files: readonly string[];
  readonly errors: readonly ConfigError[];
}

/**
 * Reads the repository's own file, the files that it extends, and the organisation's defaults with what they extend.
 *
 * @throws what kept a file from being read
 */
export async function readLayers(sources: LayerSources): Promise<Layers> {
  const reading = new Reading(sources);
  const { own, organisation } = sources;
  if (own.text !== null) await reading.add({ isCentral: false, path: own.file }, own.text, []);
  for (const path of organisation.file ? CENTRAL_FILES : []) {
    const text = await organisation.file!(path);
    if (text === null) continue;
    const file = { isCentral: true, path };
    if (!reading.has(file)) await reading.add(file, text, []);
    break;
  }
  const { layers, files, errors } = reading;
  return { layers, files, errors };
}

interface File {
  /** In the organisation's `.github` repository. */
  readonly isCentral: boolean;
  readonly path: string;
}

class Reading {
  readonly layers: Layer[] = [];
  readonly errors: ConfigError[] = [];
  readonly #sources: LayerSources;
  readonly #seen = new Set<string>();

  constructor(sources: LayerSources) {
    this.#sources = sources;
  }

  get files(): readonly string[] {
    return [...this.#seen];
  }

  has(file: File): boolean {
    return this.#seen.has(this.#nameOf(file));
  }

  /** @param chain the files that extend it, the first one first */
  async add(file: File, text: string, chain: readonly string[]): Promise<void> {
    const name = this.#nameOf(file);
    this.#seen.add(name);
    const { value, written, errors } = { written: null, ...parseChecked(configSchema, text, name) };
    this.errors.push(...errors);
    if (value === null || written === null) return;
    this.layers.push({ file: name, written });
    const isOne = typeof value.extends === 'string';
    const entries = isOne ? [value.extends as string] : ((value.extends ?? []) as readonly string[]);
    for (const [index, entry] of entries.entries()) {
      const place = written.placeOf(isOne ? ['extends'] : ['extends', index]);
      const problem = await this.#extend(entry, file, [...chain, name]);
      if (problem !== null) this.errors.push({ file: name, ...place, message: `extends: ${problem}` });
    }
  }

  /** Answers with what is wrong. */
  async #extend(entry: string, from: File, chain: readonly string[]): Promise<string | null> {
    const [, owner, path] = EXTENDED_FILE.exec(entry)!;
    const { organisation } = this.#sources;
    if (owner !== undefined && organisation.owner !== null && !isSameOwner(owner, organisation.owner))
      return `expected a file of this repository or of ${organisation.owner}/${CENTRAL_REPOSITORY}, but ${entry} belongs to ${owner}`;
    const file: File = { isCentral: from.isCentral || owner !== undefined, path: path! };
    const name = this.#nameOf(file, owner);
    if (chain.includes(name))
      return `these files extend each other in a circle: ${[...chain, name].join(' → ')}`;
    // Two files may extend the same third one; its settings count at the first place.
    if (this.#seen.has(name)) return null;
    if (chain.length > MOST_DEEP)
      return `expected at most ${MOST_DEEP} files behind each other, but ${entry} is one more`;
    if (this.#seen.size >= MOST_FILES)
      return `expected at most ${MOST_FILES} files, but ${entry} is one more`;
    if (file.isCentral && organisation.file === null)
      return `${entry} cannot be read: ${owner ?? organisation.owner ?? '<owner>'}/${CENTRAL_REPOSITORY} is not known here`;
    const text = await (file.isCentral ? organisation.file!(file.path) : this.#sources.read(file.path));
    if (text === null) return `expected a file, but there is no ${entry}`;
    await this.add(file, text, chain);
    return null;
  }

  #nameOf({ isCentral, path }: File, owner: string | null = null): string {
    if (!isCentral) return path;
    return `${this.#sources.organisation.owner ?? owner ?? '<owner>'}/${CENTRAL_REPOSITORY}:${path}`;
  }
}

function isSameOwner(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

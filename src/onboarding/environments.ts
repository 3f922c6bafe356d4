import { posix } from 'node:path';

export type EnvironmentKind = 'production' | 'staging' | 'test' | 'development';

/** Roots that lie below folders whose names say for which environment they are. */
export interface Environment {
  readonly kind: EnvironmentKind;
  /** As the folders are named: `prod-eu`. */
  readonly name: string;
  /** Paths of the roots. */
  readonly roots: readonly string[];
}

const WORDS: Readonly<Record<EnvironmentKind, readonly string[]>> = {
  production: ['prod', 'production', 'prd', 'live'],
  staging: ['staging', 'stage', 'stg', 'preprod', 'uat', 'qa'],
  test: ['test', 'testing', 'tst', 'ci'],
  development: ['dev', 'development', 'sandbox'],
};

const KINDS = Object.keys(WORDS) as readonly EnvironmentKind[];

/** A guess from names alone: the innermost folder with such a word in its name (`prod`, `prod-eu`, `eu.prod`). */
export function environmentsOf(roots: readonly string[]): readonly Environment[] {
  const found = new Map<string, Environment>();
  for (const root of [...roots].sort()) {
    const name = root.split(posix.sep).findLast((folder) => kindOf(folder) !== null);
    if (name === undefined) continue;
    const known = found.get(name) ?? { kind: kindOf(name)!, name, roots: [] };
    found.set(name, { ...known, roots: [...known.roots, root] });
  }
  return [...found.values()].sort(
    (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.name < b.name ? -1 : 1),
  );
}

export function kindOf(name: string): EnvironmentKind | null {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  return KINDS.find((kind) => WORDS[kind].some((word) => words.includes(word))) ?? null;
}

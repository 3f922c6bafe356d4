import { nearest } from '../errors/nearest.ts';

/** Names that somebody may have meant: one that is written nearly so, and those with the same name in other namespaces. */
export function chooseNames(meant: string, names: readonly string[]): readonly string[] {
  const own = meant.slice(meant.indexOf('/') + 1);
  const close = nearest(meant, names);
  const sameName = names.filter((name) => name.endsWith(`/${own}`));
  return [...new Set([...(close === null ? [] : [close]), ...sameName])].slice(0, 5);
}

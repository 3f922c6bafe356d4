import type { NamedForesight } from '../../src/guard/foresights.ts';
import type { Part } from './pages.ts';

/** What the guard foresees: the table of docs/guard.md. */
export function partOfGuard(foresights: readonly NamedForesight[]): Part {
  const rows = foresights
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap(({ id, foresight }) =>
      Object.entries(foresight.causes).map(([cause, means]) => `| \`${id}/${cause}\` | ${means} |`),
    );
  return {
    file: 'docs/guard.md',
    mark: 'foresights',
    text: ['| finding | when |', '| --- | --- |', ...rows].join('\n'),
  };
}

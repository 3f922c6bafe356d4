import { z } from 'zod';
import type { Written } from './checked-yaml.ts';
import { matchesGlob } from './glob.ts';
import { clusterGlob, listOf, modeSchema, nameGlob, type CeilingEntry } from './schema.ts';

const REPOSITORY_GLOB = 'owner/name, in which * stands for any characters and ? for one';

/** `ceiling` in the service's settings. */
export const ceilingSchema = z
  .array(
    z
      .strictObject(
        {
          clusters: listOf(clusterGlob, 'clusters')
            .optional()
            .describe('Names of clusters; globs. Default: all.'),
          namespaces: listOf(nameGlob, 'namespaces').optional().describe('Namespaces; globs. Default: all.'),
          repositories: listOf(
            z.string({ error: REPOSITORY_GLOB }).regex(/^[\w.*?-]+\/[\w.*?-]+$/, { error: REPOSITORY_GLOB }),
            'repositories',
          )
            .optional()
            .describe('Repositories as owner/name; globs. Default: all.'),
          mode: modeSchema,
        },
        { error: 'a mapping of keys to values' },
      )
      .describe('Nothing exceeds the mode where all that is named here matches.'),
    { error: 'a list of entries with a mode' },
  )
  .describe('The most that any configuration may allow. All entries that match hold.');

/** The entries with their places in the file. */
export function placedCeiling(
  entries: z.output<typeof ceilingSchema>,
  file: string,
  { placeOf }: Pick<Written, 'placeOf'>,
): readonly CeilingEntry[] {
  return entries.map(({ clusters, namespaces, repositories, mode }, index) => ({
    ...(clusters && { clusters }),
    ...(namespaces && { namespaces }),
    ...(repositories && { repositories }),
    mode,
    place: { file, ...placeOf(['ceiling', index]), path: `ceiling[${index}]` },
  }));
}

/** The entries that hold in a repository. Names of repositories are the same in any case. */
export function ceilingIn(entries: readonly CeilingEntry[], repository: string): readonly CeilingEntry[] {
  const name = repository.toLowerCase();
  return entries.filter(
    ({ repositories }) => repositories?.some((one) => matchesGlob(one.toLowerCase(), name)) ?? true,
  );
}

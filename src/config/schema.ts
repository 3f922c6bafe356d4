import { z } from 'zod';
import { failures } from './failures.ts';
import { matchesGlob } from './glob.ts';

/** From the least to the most that Faultline may do. Each is a ceiling. */
export const MODES = ['off', 'monitor', 'propose', 'auto-fix'] as const;
export type Mode = (typeof MODES)[number];

/** `policies/base.yml`, or `acme/.github:policies/base.yml`. */
export const EXTENDED_FILE = /^(?:([\w-]+)\/\.github:)?([^:\s]+\.ya?ml)$/;

const RULE_IDS = failures.map(({ id }) => id);

// The `error` of each schema says what was expected; load.ts adds where, and what was found instead.

export const modeSchema = z
  .enum(MODES, { error: `one of ${MODES.join(', ')}` })
  .describe('The most that Faultline does here.');
const mode = modeSchema;

const confidence = z
  .number({ error: 'a number from 0 to 1' })
  .min(0, { error: 'a number from 0 to 1' })
  .max(1, { error: 'a number from 0 to 1' })
  .describe(
    'How sure a finding must be for the mode to apply, from 0 to 1; below it, the next lower mode applies.',
  );

const NAME_GLOB = 'a name in which * stands for any characters and ? for one';

export const nameGlob = z
  .string({ error: NAME_GLOB })
  .regex(/^[a-z0-9.*?-]+$/, { error: `${NAME_GLOB} (names have small letters, digits, - and .)` });

export const clusterGlob = z.string({ error: NAME_GLOB }).regex(/^[^\s[\]{}]+$/, { error: NAME_GLOB });

const WORKLOAD_GLOB = 'Kind/name, such as Deployment/cart-*';

const workloadGlob = z
  .string({ error: WORKLOAD_GLOB })
  .regex(/^[A-Za-z0-9*?]+\/[a-z0-9.*?-]+$/, { error: WORKLOAD_GLOB });

const FAILURE_GLOB = `one of ${RULE_IDS.join(', ')}, or a pattern of these with *`;

const failureGlob = z
  .string({ error: FAILURE_GLOB })
  .refine((pattern) => RULE_IDS.some((id) => matchesGlob(pattern, id)), {
    error: FAILURE_GLOB,
    params: { known: RULE_IDS },
  })
  .meta({
    anyOf: [
      ...failures.map(({ id, title }) => ({ const: id, description: title })),
      { type: 'string', pattern: '[*?]' },
    ],
  });

export function listOf<T extends z.ZodType>(item: T, what: string) {
  return z.array(item, { error: `a list of ${what}` }).min(1, { error: `at least one of ${what}` });
}

const MAPPING = { error: 'a mapping of keys to values' };

const EXTENDED = 'a .yml file of this repository, or <owner>/.github:<file> of the organisation';

const extended = z
  .string({ error: EXTENDED })
  .regex(EXTENDED_FILE, { error: EXTENDED })
  .refine((text) => isInsideRepository(text.replace(/^[^:]*:/, '')), {
    error: 'a file inside the repository, without .. and a leading /',
  });

const HELM_RELEASE = 'the name of a release: small letters, digits and -';

const helmRelease = z
  .strictObject(
    {
      release: z
        .string({ error: HELM_RELEASE })
        .regex(/^[a-z0-9]([a-z0-9.-]{0,51}[a-z0-9])?$/, { error: HELM_RELEASE })
        .describe('The name that the chart is installed under.'),
      values: z
        .array(
          z.string({ error: 'a file inside the repository' }).refine(isInsideRepository, {
            error: 'a file inside the repository, without .. and a leading /',
          }),
          { error: 'a list of files' },
        )
        .default([])
        .describe('Values files, relative to the repository; the last one wins.'),
      set: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]), MAPPING)
        .default({})
        .describe('Values that are given by name, as with --set.'),
    },
    MAPPING,
  )
  .describe('How the chart in the folder is installed.');

const source = z
  .strictObject(
    {
      repository: z
        .string({ error: 'owner/name' })
        .regex(/^[\w.-]+\/[\w.-]+$/, { error: 'owner/name' })
        .optional()
        .describe('The repository that is deployed, owner/name. Default: this one.'),
      branch: z
        .string({ error: 'the name of a branch' })
        .regex(/^(?!-)[^\s~^:?*[\\]+$/, { error: 'the name of a branch' })
        .optional()
        .describe('The branch that is deployed. Default: the default branch of the repository.'),
      path: z
        .string({ error: 'a folder inside the repository' })
        .refine(isInsideRepository, { error: 'a folder inside the repository, without .. and a leading /' })
        .describe('The folder that is applied as a unit, relative to the repository.'),
      namespaces: listOf(nameGlob, 'namespaces')
        .optional()
        .describe('The namespaces that it is deployed to; globs. Default: all.'),
      helm: helmRelease.optional(),
    },
    MAPPING,
  )
  .describe('A folder that is deployed to the cluster.');

const policyDefault = z
  .strictObject({ mode, minConfidence: confidence.optional() }, MAPPING)
  .describe('What applies where no rule matches. Without it: propose.');

const policyRule = z
  .strictObject(
    {
      clusters: listOf(clusterGlob, 'clusters')
        .optional()
        .describe('Names of clusters; globs. Default: all.'),
      namespaces: listOf(nameGlob, 'namespaces').optional().describe('Namespaces; globs. Default: all.'),
      workloads: listOf(workloadGlob, 'workloads')
        .optional()
        .describe('Workloads as Kind/name; globs. Default: all.'),
      failures: listOf(failureGlob, 'failures').optional().describe('Failure classes; globs. Default: all.'),
      mode,
      minConfidence: confidence.optional(),
    },
    MAPPING,
  )
  .describe('Applies when all that it names matches.');

function count(what: string) {
  const error = 'a whole number, 0 or more';
  return z.int({ error }).min(0, { error }).describe(what);
}

const limits = z
  .strictObject(
    {
      openPullRequests: count('How many pull requests of Faultline may be open at a time.').default(10),
      perHour: count('How many pull requests Faultline may open in an hour.').default(20),
      memoryFactor: z
        .number({ error: 'a number, 1 or more' })
        .min(1, { error: 'a number, 1 or more' })
        .default(2)
        .describe('A memory limit that would grow by this factor or more is left to a person.'),
    },
    MAPPING,
  )
  .describe('How much Faultline may do without a person.');

const pullRequests = z
  .strictObject(
    {
      labels: z
        .boolean({ error: 'true or false' })
        .default(false)
        .describe('Whether pull requests are labelled: one more write each.'),
      reviewers: z
        .boolean({ error: 'true or false' })
        .default(false)
        .describe(
          'Whether owners of the changed files and the author of the line are asked to review: two more writes each, as these are labelled too.',
        ),
    },
    MAPPING,
  )
  .describe('What Faultline does with a pull request beside opening it.');

const FORESEEN_MODES = MODES.filter((one) => one !== 'auto-fix');
const foreseenModes = { error: `one of ${FORESEEN_MODES.join(', ')}` };

const proactive = z
  .strictObject(
    {
      mode: z
        .enum(FORESEEN_MODES, foreseenModes)
        .default('monitor')
        .describe('The most that is done, unless the rule that matches names the failure.'),
      perDay: count('How many pull requests about it Faultline may open in 24 hours.').default(3),
    },
    MAPPING,
  )
  .describe('What is done about failures that are still to come.');

const SHARE = { error: 'a number from 0 to 1' };

const trust = z
  .strictObject(
    {
      mode: z
        .enum(['on', 'off'], { error: 'on or off' })
        .default('on')
        .describe('Whether what became of earlier fixes changes the confidence in the next one.'),
      min: z
        .number(SHARE)
        .min(0, SHARE)
        .max(1, SHARE)
        .default(0.3)
        .describe('Rejected and reverted fixes lower the confidence no further than this.'),
      max: z
        .number(SHARE)
        .min(0, SHARE)
        .max(1, SHARE)
        .default(0.95)
        .describe('Fixes that held raise the confidence no further than this.'),
    },
    MAPPING,
  )
  .describe('How much earlier fixes of the same kind for the same workload count.');

/** What the guard does with what it foresees. */
export const GUARD_MODES = ['off', 'warn', 'fail'] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

const GUARD_MODE = { error: `one of ${GUARD_MODES.join(', ')}` };
const PATH_GLOB = 'a path inside the repository, in which * stands for any characters';

const guardMode = z
  .enum(GUARD_MODES, GUARD_MODE)
  .describe('off: no check; warn: the check is neutral; fail: the check fails where something will.');

const guard = z
  .strictObject(
    {
      mode: guardMode
        .default('warn')
        .describe('off: no check; warn: the check is neutral; fail: the check fails where something will.'),
      comment: z
        .boolean({ error: 'true or false' })
        .default(false)
        .describe('Whether a comment says what the check found: one for each pull request, kept up to date.'),
      rules: z
        .array(
          z
            .strictObject(
              {
                paths: listOf(
                  z.string({ error: PATH_GLOB }).refine(isInsideRepository, { error: PATH_GLOB }),
                  'paths',
                ).describe('Files at fault, or roots; globs, in which * also stands for /.'),
                mode: guardMode,
              },
              MAPPING,
            )
            .describe('Applies when one of its paths matches.'),
          { error: 'a list of rules' },
        )
        .default([])
        .describe('The first rule that matches applies; without one, the mode.'),
    },
    MAPPING,
  )
  .describe('The check of pull requests, before they are merged.');

const expectations = z
  .strictObject(
    {
      write: z
        .boolean({ error: 'true or false' })
        .default(false)
        .describe(
          'Whether a fix also adds to .github/faultline-expectations.yml what has to stay so: a second file in its pull request.',
        ),
    },
    MAPPING,
  )
  .describe('What the guard holds later changes to.');

const day = z.iso.date({ error: 'a day as YYYY-MM-DD' });

const freeze = z
  .strictObject(
    {
      from: day.describe('The first day, YYYY-MM-DD.'),
      to: day.describe('The last day, YYYY-MM-DD.'),
      timezone: z
        .string({ error: 'a time zone, such as Europe/Berlin' })
        .refine(isTimeZone, { error: 'a time zone, such as Europe/Berlin' })
        .default('UTC')
        .describe('The time zone that the days are meant in, such as Europe/Berlin.'),
    },
    MAPPING,
  )
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'a day that is not before `from`' })
  .describe('Days on which nothing is merged automatically, both included.');

const CHART_REPOSITORY = 'an address that starts with https:// or oci://';

const charts = z
  .strictObject(
    {
      pull: z
        .array(
          z
            .string({ error: CHART_REPOSITORY })
            .regex(/^(https?|oci):\/\/[^\s/]+/, { error: CHART_REPOSITORY }),
          { error: 'a list of chart repositories' },
        )
        .default([])
        .describe('Chart repositories that may be asked for charts, with all below them. Default: none.'),
    },
    MAPPING,
  )
  .describe('Charts that are published elsewhere. What may not be fetched is located without a proof.');

const REGISTRY = 'a registry or a repository in it, such as docker.io or ghcr.io/acme';

const registries = z
  .strictObject(
    {
      ask: z
        .array(
          z
            .string({ error: REGISTRY })
            .regex(/^[a-z0-9]+([.:-][a-z0-9]+)+(\/[a-z0-9._-]+)*$/, { error: REGISTRY }),
          { error: 'a list of registries' },
        )
        .default([])
        .describe('Registries that may be asked which tags they have, with all below them. Default: none.'),
    },
    MAPPING,
  )
  .describe('Image registries, as witnesses of what can be pulled.');

/** `.github/faultline.yml`: the one source for its type, its validation and the schema that editors use. */
export const configSchema = z
  .strictObject(
    {
      extends: z
        .union([extended, z.array(extended, { error: `a list, each ${EXTENDED}` })], {
          error: `${EXTENDED}, or a list of these`,
        })
        .optional()
        .describe(
          'Files in the same format whose settings apply where this one says nothing: of this repository, or <owner>/.github:<file>.',
        ),
      clusters: z
        .record(
          z.string(),
          z.strictObject(
            {
              sources: z
                .array(source, { error: 'a list of sources' })
                .default([])
                .describe('What is deployed there. Needed only where Argo CD and Flux cannot tell.'),
            },
            MAPPING,
          ),
          MAPPING,
        )
        .default({})
        .describe('Clusters by name.'),
      policy: z
        .strictObject(
          {
            default: policyDefault.optional(),
            rules: z
              .array(policyRule, { error: 'a list of rules' })
              .default([])
              .describe('The first rule that matches applies.'),
          },
          MAPPING,
        )
        .prefault({})
        .describe('What Faultline may do, where.'),
      limits: limits.prefault({}),
      pullRequests: pullRequests.prefault({}),
      proactive: proactive.prefault({}),
      trust: trust.prefault({}),
      guard: guard.prefault({}),
      expectations: expectations.prefault({}),
      freeze: z
        .array(freeze, { error: 'a list of freezes' })
        .default([])
        .describe('Days on which nothing is merged automatically.'),
      charts: charts.prefault({}),
      registries: registries.prefault({}),
      reports: z
        .boolean({ error: 'true or false' })
        .default(false)
        .describe('Whether an issue is opened for what a person must decide and no edit is known for.'),
      dashboard: z
        .boolean({ error: 'true or false' })
        .default(true)
        .describe('Whether an issue shows what is open in this repository, and why.'),
    },
    MAPPING,
  )
  .describe('What Faultline may do in the clusters that this repository is deployed to.');

/** One file, or what several say together. */
export type FileSettings = DeepReadonly<z.output<typeof configSchema>>;

/** Where a value is written. Lines and columns count from 1. */
export interface Place {
  /** `.github/faultline.yml`, `acme/.github:faultline.yml`, or the path of the service's settings. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** As in the file: `policy.rules[0]`. */
  readonly path: string;
}

/** An entry of the ceiling in the service's settings. All entries that match hold. */
export interface CeilingEntry {
  readonly clusters?: readonly string[];
  readonly namespaces?: readonly string[];
  /** `owner/name`; globs. */
  readonly repositories?: readonly string[];
  readonly mode: Mode;
  readonly place: Place;
}

/** What applies in a repository. */
export type Config = FileSettings & {
  /** Where each value is written that some file sets, by its path here: `policy.rules[3]`, `limits.perHour`. Left out: not known. */
  readonly places?: ReadonlyMap<string, Place>;
  /** What the service's settings allow at most in this repository. */
  readonly ceiling?: readonly CeilingEntry[];
};
export type PolicyRule = Config['policy']['rules'][number];
export type Freeze = Config['freeze'][number];

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

function isInsideRepository(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..');
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

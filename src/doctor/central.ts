import { describeConfigError } from '../config/checked-yaml.ts';
import { CONFIG_FILE } from '../config/defaults.ts';
import { layeredConfig } from '../config/load.ts';
import { CENTRAL_FILES, CENTRAL_REPOSITORY, type Organisation } from '../config/organisation.ts';
import type { CeilingEntry } from '../config/schema.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import { messageOf } from '../errors/error-message.ts';
import { type Check, failed, type Finding, ok, warning } from './check.ts';

/** The files of repositories that the App is installed in. */
export interface CentralGitHub {
  /** As `owner/name`; null where GitHub does not say. */
  installed(): Promise<readonly string[] | null>;
  /** Of the default branch; null where there is no such file. Throws where GitHub does not answer. */
  file(repository: string, path: string): Promise<string | null>;
}

/** Repositories whose configuration is read, and how many at once. */
const MOST = 100;
const AT_ONCE = 8;
/** Errors of one file that are listed. */
const MOST_ERRORS = 3;

/** The most that the settings allow, and where they say so. */
export function ceilingCheck(entries: readonly CeilingEntry[]): Check {
  const what = 'ceiling';
  return {
    what,
    run: async () => {
      const [first] = entries;
      if (!first) return [ok(what, 'none: each configuration may allow everything')];
      const { file, line } = first.place;
      const modes = [...new Set(entries.map(({ mode }) => mode))].join(', ');
      return [ok(what, `${entries.length} from ${file}:${line} on, with at most: ${modes}`)];
    },
  };
}

/** Whether what organisations say for all their repositories can be read, and is valid. */
export function defaultsCheck(github: CentralGitHub): Check {
  const what = 'organisation defaults';
  return {
    what,
    run: async () => {
      const installed = await github.installed();
      if (installed === null) return [];
      const owners = [...new Set(installed.map((name) => name.split('/')[0]!))];
      const found = await inParallel(owners, AT_ONCE, async (owner): Promise<readonly Finding[]> => {
        const central = `${owner}/${CENTRAL_REPOSITORY}`;
        const organisation = organisationOf(owner, installed, github);
        if (organisation.file === null)
          return [ok(what, `none of ${owner} are known: the App is not installed in ${central}`)];
        try {
          const { files, errors } = await layeredConfig({
            own: NOTHING,
            read: async () => null,
            organisation,
          });
          if (files.length === 0) return [ok(what, `${central} has no ${CENTRAL_FILES.join(' and no ')}`)];
          if (errors.length === 0) return [ok(what, `${files.join(', ')}: valid`)];
          return errors
            .slice(0, MOST_ERRORS)
            .map((error) => failed(what, describeConfigError(error), REPAIR));
        } catch (error) {
          return [failed(what, `those of ${owner} cannot be read: ${messageOf(error)}`)];
        }
      });
      return found.flat();
    },
  };
}

const NOTHING = { file: CONFIG_FILE, text: null };
const REPAIR = 'correct it: until then every mode is monitor';

/** Whether the configuration of each repository is valid, with all that it extends. */
export function configurationsCheck(github: CentralGitHub): Check {
  const what = 'configuration';
  return {
    what,
    run: async () => {
      const installed = await github.installed();
      const all = (installed ?? []).filter((name) => name.split('/')[1] !== CENTRAL_REPOSITORY);
      const read = all.slice(0, MOST);
      const found = await inParallel(read, AT_ONCE, (name) => configurationOf(name, installed!, github));
      const valid = found.flatMap((one) => (one.kind === 'valid' ? [one.name] : []));
      const without = found.flatMap((one) => (one.kind === 'none' ? [one.name] : []));
      return [
        ...found.flatMap((one) => (one.kind === 'wrong' ? one.findings : [])),
        ...(valid.length === 0 ? [] : [ok(what, `${valid.join(', ')}: valid`)]),
        ...(without.length === 0
          ? []
          : [ok(what, `${without.join(', ')}: no ${CONFIG_FILE} yet, which Faultline offers first`)]),
        ...(all.length > read.length
          ? [warning(what, `of ${all.length} repositories, the first ${read.length} were read`)]
          : []),
      ];
    },
  };
}

type Configured =
  | { readonly kind: 'valid' | 'none'; readonly name: string }
  | { readonly kind: 'wrong'; readonly findings: readonly Finding[] };

async function configurationOf(
  name: string,
  installed: readonly string[],
  github: CentralGitHub,
): Promise<Configured> {
  const what = 'configuration';
  const organisation = organisationOf(name.split('/')[0]!, installed, github);
  try {
    const text = await github.file(name, CONFIG_FILE);
    if (text === null) return { kind: 'none', name };
    const own = { file: CONFIG_FILE, text };
    const { errors } = await layeredConfig({ own, read: (path) => github.file(name, path), organisation });
    // Those of the organisation are told once.
    const wrong = errors.filter(({ file }) => !file.includes(`/${CENTRAL_REPOSITORY}:`));
    if (wrong.length === 0) return { kind: 'valid', name };
    return {
      kind: 'wrong',
      findings: wrong
        .slice(0, MOST_ERRORS)
        .map((error) => failed(what, `${name}: ${describeConfigError(error)}`, REPAIR)),
    };
  } catch (error) {
    return { kind: 'wrong', findings: [failed(what, `${name} cannot be read: ${messageOf(error)}`)] };
  }
}

function organisationOf(owner: string, installed: readonly string[], github: CentralGitHub): Organisation {
  const central = installed.find(
    (name) => name.toLowerCase() === `${owner}/${CENTRAL_REPOSITORY}`.toLowerCase(),
  );
  return { owner, file: central === undefined ? null : (path) => github.file(central, path) };
}

import { GitError, simpleGit } from 'simple-git';
import { messageOf } from '../errors/error-message.ts';
import { InputError } from '../errors/input-error.ts';
import { ENVIRONMENT, hardened, SETTINGS } from './hardening.ts';

/**
 * Runs git in one folder so that nothing of the repository is executed and nothing of the network is reached
 * (hardening.ts): no hooks, filters, file monitors, signatures, prompts or lazy fetches, no path magic, no search in the
 * folders above.
 */
export interface Git {
  /** Standard output as text; '' when git answers with its exit status alone. Throws a GitError when git refuses, an InputError when a person can help. */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Standard output as bytes. */
  runForBytes(args: readonly string[], options?: RunOptions): Promise<Buffer>;
}

export interface RunOptions {
  /** Standard input. */
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string>>;
  /** Settings for this one call. They go through the environment, where other users of the machine do not see them. */
  readonly secretSettings?: Readonly<Record<string, string>>;
}

/** In bytes, of one call: a few trees that contain each other list billions of files. Lists of a million files are shorter. */
const MOST_OUTPUT = 256 * 2 ** 20;

/** What of our own environment git may see: where it is, and where the user's settings are. */
const INHERITED = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'SYSTEMROOT', 'USERPROFILE', 'TMPDIR', 'TEMP'];

/** simple-git refuses settings that name these. Those of hardening.ts switch them off. */
const SWITCHED_OFF = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeEditor: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafePager: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
};

/** @param folder absolute, without symlinks in it. @param ceiling the folder above, where git must not look for a repository */
export function gitIn(folder: string, ceiling: string): Git {
  const fixed = { ...inherited(), ...ENVIRONMENT, GIT_CEILING_DIRECTORIES: ceiling };

  async function runForBytes(args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    const settings = options.secretSettings ?? {};
    const environment = { ...fixed, ...options.environment, ...asEnvironment(settings) };
    const chunks: Buffer[] = [];
    let size = 0;
    const controller = new AbortController();
    // A new instance each time: standard input, environment and output belong to one call.
    const git = simpleGit({
      baseDir: folder,
      abort: controller.signal,
      config: [...SETTINGS],
      allowEnvironment: Object.keys(environment),
      unsafe: {
        ...SWITCHED_OFF,
        ...(Object.keys(settings).length > 0 ? { allowUnsafeConfigEnvCount: true } : {}),
      },
      // The exit alone does not mean that all output has been read.
      completion: { onClose: true, onExit: false },
      input: () => options.input ?? Buffer.alloc(0),
    });
    git.env(environment);
    git.outputHandler((_command, stdout) => {
      stdout.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_OUTPUT) controller.abort();
        else chunks.push(chunk);
      });
      // simple-git waits 50 ms for output that may be late where there was none. At the end of the stream, none is.
      stdout.on('end', () => stdout.emit('data', Buffer.alloc(0)));
    });
    try {
      await git.raw([...hardened(args)]);
    } catch (error) {
      if (size > MOST_OUTPUT)
        throw new InputError(
          `git ${args[0]} in ${folder} prints more than ${MOST_OUTPUT / 2 ** 20} MiB: this repository has more than is read`,
          { cause: error },
        );
      throw explained(error, folder);
    }
    return Buffer.concat(chunks);
  }

  return {
    runForBytes,
    run: async (args, options) => (await runForBytes(args, options)).toString('utf8'),
  };
}

function inherited(): Readonly<Record<string, string>> {
  const kept = INHERITED.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(kept.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** The form in which git takes settings from its environment, since 2.31. */
function asEnvironment(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pairs = Object.entries(settings);
  if (pairs.length === 0) return {};
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(pairs.length)],
    ...pairs.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
}

/** Turns the failures that the caller can do something about into input errors. */
function explained(error: unknown, folder: string): unknown {
  const message = messageOf(error);
  if (/dubious ownership|unsafe repository/.test(message)) {
    return new InputError(
      `${folder} belongs to another user, so git refuses to read it. If you trust it: git config --global --add safe.directory ${folder}`,
      { cause: error },
    );
  }
  if (/promisor remote|lazy fetch/i.test(message)) {
    return new MissingObjectError(
      `${folder} is a partial clone and some of its files are missing. Fetch them first: git fetch --refetch`,
      {
        cause: error,
      },
    );
  }
  if (/spawn \S*git\S* ENOENT/.test(message))
    return new InputError('git was not found on PATH', { cause: error });
  return error;
}

/** A partial clone lacks what was asked for, and nothing is fetched for it. */
export class MissingObjectError extends InputError {}

/** True for a failure that git itself reported, such as an unknown revision; false for anything that kept it from running. */
export function isRefusal(error: unknown): error is GitError {
  return error instanceof GitError;
}

import { shortened as shortenedMessage } from '../untrusted/shorten.ts';
import { isolation } from './isolation/detect.ts';
import { start, type StartOptions } from './isolation/start.ts';
import type { Sandbox } from './sandbox.ts';
import type { RunResult, Limits } from './isolation/tool-run.ts';

export const RENDER_LIMITS: Limits = { seconds: 60, output: 64 * 2 ** 20, memory: 6 * 2 ** 30 };

export interface RunOptions extends Partial<Omit<StartOptions, 'isolation'>> {}

/**
 * Renderers are short-lived: collecting garbage less often, until they hold a GiB, takes a sixth off the processor time of a large root.
 */
const COLLECTOR = { GOGC: '400', GOMEMLIMIT: '1GiB' };

/** Without namespaces, a proxy that answers nothing is what there is against a network. */
const NO_NETWORK = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };

/**
 * Runs a renderer on other people's files, in the isolation that this process has: no inherited environment, no home, no PATH to
 * find `git` or plugins in, no network, and nothing but its sandbox.
 */
export async function run(
  command: string,
  args: readonly string[],
  sandbox: Sandbox,
  { limits = RENDER_LIMITS, messageOf = shortMessage, env = NO_NETWORK, ...options }: RunOptions = {},
): Promise<RunResult> {
  const found = await isolation();
  if (typeof found === 'string') return { ok: false, message: found };
  return start(command, args, sandbox, {
    ...options,
    isolation: found,
    limits,
    messageOf,
    env: { HOME: '/nonexistent', GOMAXPROCS: '2', ...COLLECTOR, ...env },
  });
}

/** How kubectl prints its error: with the time and its process, which say nothing and differ from run to run. */
const LOGGED = /^E\d{4} [\d:.]+ +\d+ \S+\] "command failed" err="(.*)"$/;

/** The tool's own words on one line, without the sandbox's path and without warnings. */
export function shortMessage(stderr: string, folder: string): string {
  const lines = stderr
    .replaceAll(`${folder}/`, '')
    .replaceAll(folder, '.')
    .split('\n')
    .map((line) => LOGGED.exec(line.trim())?.[1]?.replaceAll('\\"', '"') ?? line.trim())
    .filter((line) => line !== '' && !line.startsWith('# Warning'));
  return shortened(lines.join(' ').replace(/^Error: /i, ''));
}

export function shortened(text: string): string {
  return shortenedMessage(text, 400) || 'failed without a message';
}

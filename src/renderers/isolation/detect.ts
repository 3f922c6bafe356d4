import { InputError } from '../../errors/input-error.ts';
import { inSandbox } from '../sandbox.ts';
import {
  ISOLATION_SETTINGS,
  NOBODY,
  type Isolation,
  type IsolationMode,
  type IsolationSetting,
} from './isolation.ts';
import { systemProgram } from './programs.ts';
import { start } from './start.ts';

/** What each mode needs of the system. */
const NEEDED: Readonly<Record<IsolationMode, readonly string[]>> = {
  bubblewrap: ['bwrap'],
  namespaces: ['unshare', 'setpriv', 'mount', 'mkdir'],
  plain: [],
};
/** What a mode is better with. */
const WELCOME: Readonly<Record<IsolationMode, readonly string[]>> = {
  bubblewrap: ['prlimit'],
  namespaces: [],
  plain: ['setpriv'],
};

/** Seconds that a trial may take. */
const PATIENCE = 10;

let forced: Isolation | string | null = null;
let detected: Promise<Isolation | string> | null = null;

/** For tests, which try every mode; null for the mode that the process detects. */
export function forceIsolation(isolation: Isolation | string | null): void {
  forced = isolation;
}

/**
 * How renderers are started in this process: found out once, by starting a program in each mode until one works. A text says why
 * nothing may be rendered: `FAULTLINE_ISOLATION` is `require`, and no mode with namespaces works.
 */
export function isolation(env: NodeJS.ProcessEnv = process.env): Promise<Isolation | string> {
  if (forced) return Promise.resolve(forced);
  return (detected ??= detectIsolation(isolationSetting(env)));
}

/** @throws {InputError} for another value than the three */
export function isolationSetting(env: NodeJS.ProcessEnv): IsolationSetting {
  const text = env['FAULTLINE_ISOLATION'] || 'auto';
  const setting = ISOLATION_SETTINGS.find((each) => each === text);
  if (setting === undefined)
    throw new InputError(`FAULTLINE_ISOLATION is ${text}: expected ${ISOLATION_SETTINGS.join(', ')}`);
  return setting;
}

export async function detectIsolation(setting: IsolationSetting): Promise<Isolation | string> {
  const tried: string[] = [];
  for (const mode of setting === 'none' ? [] : (['bubblewrap', 'namespaces'] as const)) {
    const found = await isolationIn(mode);
    if (typeof found !== 'string') return found;
    tried.push(found.replace(/\s+/g, ' '));
  }
  if (setting === 'require')
    return `FAULTLINE_ISOLATION=require, and neither bubblewrap nor user namespaces work here: ${tried.join('; ')}`;
  const plain = await isolationIn('plain');
  return typeof plain === 'string' ? plain : { ...plain, tried };
}

/** One mode, tried out; a text says why it does not work here. Root gives its rights away where that works too. */
export async function isolationIn(mode: IsolationMode): Promise<Isolation | string> {
  const programs: Record<string, string> = {};
  for (const name of [...NEEDED[mode], ...WELCOME[mode]]) {
    const path = systemProgram(name);
    if (path !== null) programs[name] = path;
    else if (NEEDED[mode].includes(name)) return `${mode}: ${name} is not installed`;
  }
  if (mode !== 'plain' && process.platform !== 'linux') return `${mode}: needs Linux`;
  let why = '';
  for (const identity of process.getuid?.() === 0 ? [NOBODY, null] : [null])
    for (const options of mode === 'bubblewrap' ? [['--disable-userns'], []] : [[]]) {
      const isolation: Isolation = { mode, identity, programs, options, tried: [] };
      const failure = await trial(isolation);
      if (failure === null) return isolation;
      why = failure;
    }
  return `${mode}: ${why}`;
}

/** Starts a shell that looks for the file which it runs beside, and for the host's processes. Null when all is as it should be. */
async function trial(isolation: Isolation): Promise<string | null> {
  const walled = isolation.mode !== 'plain';
  const look = walled
    ? `[ ! -e "$1" ] && [ ! -e /proc/1 ] && [ -e trial ] && ! (: >written) 2>/dev/null && echo works`
    : `[ -e trial ] && echo works`;
  const result = await inSandbox(new Map([['trial', '']]), (sandbox) =>
    start('/bin/sh', ['-c', look, 'sh', import.meta.filename], sandbox, {
      isolation,
      limits: { seconds: PATIENCE, output: 1024, memory: 2 ** 32 },
    }),
  );
  if (!result.ok) return result.message;
  return result.stdout === 'works\n' ? null : 'a program that was started in it sees the machine';
}

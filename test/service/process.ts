import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { StandIn } from '../github/stand-in/interface.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/** `faultline serve` as a process of its own, in the folder of its settings, where its log is `serve.log`. @param more variables that it finds beside */
export function serve(
  { appId, privateKey, host }: StandIn,
  folder: string,
  more: Readonly<Record<string, string>> = {},
): ChildProcess {
  const log = openSync(join(folder, 'serve.log'), 'a');
  const serving = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      HOME: join(folder, 'home'),
      APP_ID: String(appId),
      PRIVATE_KEY: privateKey,
      GHE_HOST: host,
      GHE_PROTOCOL: 'http',
      ...more,
    },
  });
  closeSync(log);
  return serving;
}

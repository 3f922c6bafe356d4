import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface Program {
  /** Ends it, by force if it takes longer than some seconds. */
  stop(): Promise<void>;
}

export interface RunningProgram extends Program {
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

const PATIENCE = 60_000;
const GRACE = 5_000;

/**
 * Starts a program that goes on running, and waits until it is ready.
 *
 * @throws {Error} with the end of what it printed, when it ends or takes longer than a minute
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  isReady: () => Promise<boolean>,
): Promise<RunningProgram> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
  const ended = once(child, 'exit').catch(() => undefined);
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  // Nothing is left behind, however the tests end.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (!isRunning()) return;
    child.kill('SIGTERM');
    const timer = setTimeout(kill, GRACE);
    await ended;
    clearTimeout(timer);
  };
  const killed = async (): Promise<void> => {
    process.off('exit', kill);
    kill();
    await ended;
  };

  const deadline = Date.now() + PATIENCE;
  while (isRunning() && Date.now() < deadline) {
    if (await isReady().catch(() => false)) return { stop, kill: killed };
    await pause(50);
  }
  await stop();
  throw new Error(`${command} ${isRunning() ? 'is not ready' : 'ended'}:\n${said}`);
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AtMost } from '../concurrency/at-most.ts';
import type { Ask, Asked } from '../mcp/server.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';

/** Questions at a time: each renders, and renders use what processors there are. */
const AT_ONCE = 2;

/** Bytes of an answer. */
const LONGEST_ANSWER = 16 * 2 ** 20;

/** Characters of a message. */
const LONGEST_MESSAGE = 4_000;

/** Milliseconds that a command has to end its renders before it is killed. */
const PATIENCE = 2_000;

/** This program's own entry, from source or built. */
const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url),
);

/**
 * Runs commands of the command line, each in a process of its own: so a question has its own memory and time, says what the command line
 * says, and can be ended with all of its renders.
 *
 * @param seconds that one may take
 */
export function commandRunner(seconds: number, env: NodeJS.ProcessEnv): Ask {
  const queue = new AtMost(AT_ONCE);
  return (args, signal) =>
    queue.run(async () => (signal.aborted ? CANCELLED : run(args, signal, seconds, env)));
}

const CANCELLED: Asked = { kind: 'failed', message: 'cancelled' };

function run(
  args: readonly string[],
  signal: AbortSignal,
  seconds: number,
  env: NodeJS.ProcessEnv,
): Promise<Asked> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve) => {
    const answer: Buffer[] = [];
    let length = 0;
    let said = '';
    let why: string | null = null;
    const stop = (because: string): void => {
      if (why !== null) return;
      why = because;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), PATIENCE).unref();
    };
    const onAbort = (): void => stop('cancelled');
    const timer = setTimeout(
      () => stop(`took longer than ${seconds} seconds: name a root, or start with a longer --timeout`),
      seconds * 1000,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LONGEST_ANSWER) answer.push(chunk);
      else stop(`the answer is longer than ${LONGEST_ANSWER / 2 ** 20} MiB: ask for less`);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-LONGEST_MESSAGE);
    });
    const settle = (asked: Asked): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(asked);
    };
    child.on('error', (error) => settle({ kind: 'failed', message: error.message }));
    child.on('close', (code) => {
      if (why !== null) settle({ kind: 'failed', message: why });
      else if (code === 0) settle({ kind: 'answered', text: Buffer.concat(answer).toString('utf8') });
      else settle({ kind: 'failed', message: messageIn(said) || `ended with status ${code}` });
    });
  });
}

/** What the command line says last, without its name. */
function messageIn(said: string): string {
  const lines = plainText(untrusted(said)).trim().split('\n');
  const at = lines.findLastIndex((line) => line.startsWith('faultline: ') || line.startsWith('error: '));
  return lines
    .slice(Math.max(at, 0))
    .join('\n')
    .replace(/^(faultline|error): /, '');
}

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

let concealed: boolean | null = null;

/**
 * Takes the variables that this process was started with out of `/proc/<pid>/environ`, where every process of the same user reads them,
 * renderers among them. `process.env` keeps them: by then they are copies on the heap. Only on Linux is there such a file, and only
 * there is anything done, once for each process.
 *
 * @returns whether nothing of the environment can be read there any more
 */
export function concealEnvironment(): boolean {
  return (concealed ??= conceal());
}

function conceal(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // Setting a variable puts it on the heap; what it was at the start stays where the kernel put it, below the stack.
    for (const [name, value] of Object.entries(process.env))
      if (value !== undefined) process.env[name] = value;
    const { start, end } = environmentBlock();
    const memory = openSync('/proc/self/mem', 'r+');
    try {
      const nothing = Buffer.alloc(end - start);
      for (let at = 0; at < nothing.length;)
        at += writeSync(memory, nothing, at, nothing.length - at, start + at);
    } finally {
      closeSync(memory);
    }
    return !readFileSync('/proc/self/environ').some((byte) => byte !== 0);
  } catch {
    return false;
  }
}

/** Variables of ours whose values nobody else should know. */
const SECRETS = [
  'PRIVATE_KEY',
  'WEBHOOK_SECRET',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'FAULTLINE_STORE',
  'PGPASSWORD',
  'FAULTLINE_RENDERER_TOKEN',
  'FAULTLINE_MCP_TOKEN',
];

/**
 * Which of the processes that this one was started by show a secret of ours in their environment, such as `npm` of `npm start`, with their
 * numbers. They are not ours to change.
 *
 * @param named further variables that hold secrets
 */
export function exposedByParents(env: NodeJS.ProcessEnv, named: readonly string[] = []): readonly string[] {
  const secrets = [...SECRETS, ...named].flatMap((name) => (env[name] ? [`${name}=${env[name]}\0`] : []));
  const found: string[] = [];
  try {
    for (let pid = process.ppid; pid > 1; pid = Number(statOf(String(pid))[1])) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      if (secrets.some((secret) => environment.includes(secret))) found.push(`${command} (${pid})`);
    }
  } catch {
    // Another user's, or no Linux: what we may not read, a renderer of ours may not either.
  }
  return found;
}

/** The fields of a process after its number and name, see proc(5). */
function statOf(pid: string): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is a name in brackets, which may hold spaces and brackets.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Addresses of what the kernel shows as the environment: fields 50 and 51 of /proc/self/stat, see proc(5). */
function environmentBlock(): { readonly start: number; readonly end: number } {
  const fields = statOf('self');
  const [start, end] = [fields[47], fields[48]].map(Number);
  if (!start || !end || end < start) throw new Error('/proc/self/stat tells no environment');
  return { start, end };
}

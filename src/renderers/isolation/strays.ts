import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Rounds of looking: what is killed may have started another meanwhile. */
const ROUNDS = 5;

/**
 * Kills the processes that have a variable in the environment they were started with: without a PID namespace, nothing else tells whose
 * a process is that has left its group. One that also dropped its environment is not found.
 *
 * @param user whose they are, by number; null for any: no other processes are read, of which a machine has hundreds
 */
export function killStrays(name: string, value: string, user: number | null): void {
  const wanted = `${name}=${value}\0`;
  for (let round = 0; round < ROUNDS; round += 1) {
    const strays = processes().filter(
      (pid) => (user === null || ownerOf(pid) === user) && environmentOf(pid).includes(wanted),
    );
    if (strays.length === 0) return;
    for (const pid of strays) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && pid !== process.pid);
  } catch {
    return [];
  }
}

function ownerOf(pid: number): number | null {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return null;
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

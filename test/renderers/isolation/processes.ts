import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A number of seconds for `sleep` that no other process sleeps. */
export function uniqueSleep(): string {
  return `3${process.hrtime.bigint() % 10n ** 12n}`;
}

/** Whether any process of this machine has the text among its arguments. */
export function isRunningWith(argument: string): boolean {
  return readdirSync('/proc').some((name) => {
    try {
      return (
        /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument)
      );
    } catch {
      return false;
    }
  });
}

/** Waits for a condition; false when it does not come in time. */
export async function eventually(condition: () => boolean, milliseconds = 20_000): Promise<boolean> {
  for (let left = milliseconds; left > 0; left -= 20) {
    if (condition()) return true;
    await setTimeout(20);
  }
  return condition();
}

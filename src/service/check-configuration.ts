import { CONFIG_FILE } from '../config/defaults.ts';
import { HostError } from '../github/host-error.ts';
import type { Host } from '../github/host.ts';
import { configCheck } from '../onboarding/check.ts';
import type { ConfigurationCheck } from './tasks.ts';

/** Reports in a check what pull requests do to the configuration. */
export async function checkConfiguration(
  host: Host,
  { head, number, again }: ConfigurationCheck,
): Promise<void> {
  const numbers =
    number === null
      ? (await host.openAt(head)).filter(({ isFork }) => !isFork).map((pull) => pull.number)
      : [number];
  for (const one of numbers) await checkOne(host, one, head, again);
}

async function checkOne(host: Host, number: number, head: string, again: string | null): Promise<void> {
  const files = await host.files(number).catch((error: unknown) => {
    // More files than GitHub lists: whether this one is among them only the file itself tells.
    if (error instanceof HostError && error.status === null && !error.transient) return null;
    throw error;
  });
  if (files?.includes(CONFIG_FILE) === false) return;
  const [before, after] = await Promise.all([host.file(CONFIG_FILE), host.file(CONFIG_FILE, head)]);
  if (files === null && before === after) return;
  const check = { ...configCheck(before, after), head };
  await host.reportCheck(again === null ? check : { ...check, again });
}

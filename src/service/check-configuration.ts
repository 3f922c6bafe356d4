import { CONFIG_FILE, EXPECTATIONS_FILE } from '../config/defaults.ts';
import { layeredConfig, type LayeredConfig } from '../config/load.ts';
import { CENTRAL_FILES, centralPath, ownerOfCentral, type Organisation } from '../config/organisation.ts';
import { HostError } from '../github/host-error.ts';
import type { Host } from '../github/host.ts';
import { configCheck } from '../onboarding/check.ts';
import type { ConfigurationCheck } from './tasks.ts';

/** Reports in a check what pull requests do to the configuration: to the file itself, or to one that it extends. */
export async function checkConfiguration(
  host: Host,
  organisation: Organisation,
  { head, number, again }: ConfigurationCheck,
): Promise<void> {
  const numbers =
    number === null
      ? (await host.openAt(head)).filter(({ isFork }) => !isFork).map((pull) => pull.number)
      : [number];
  for (const one of numbers) await checkOne(host, organisation, one, head, again);
}

async function checkOne(
  host: Host,
  organisation: Organisation,
  number: number,
  head: string,
  again: string | null,
): Promise<void> {
  const files = await host.files(number).catch((error: unknown) => {
    // More files than GitHub lists: whether this one is among them only the file itself tells.
    if (error instanceof HostError && error.status === null && !error.transient) return null;
    throw error;
  });
  // Most pull requests change no YAML that could be extended: nothing more is asked about them.
  if (files?.some((file) => /\.ya?ml$/.test(file)) === false) return;
  if (files?.includes(EXPECTATIONS_FILE)) await checkExpectations(host, head, again);
  const texts = new Map<string, string | null>();
  const before = await configAt(host, organisation, undefined, texts);
  const textsBefore = new Map(texts);
  const isOf = (config: LayeredConfig): boolean =>
    files?.some((file) => config.files.some((one) => (centralPath(one) ?? one) === file)) ?? true;
  const own: readonly string[] = ownerOfCentral(host.repository) === null ? [CONFIG_FILE] : CENTRAL_FILES;
  if (files !== null && !files.some((file) => own.includes(file)) && !isOf(before)) return;
  texts.clear();
  const after = await configAt(host, organisation, head, texts);
  if (files === null && JSON.stringify([...texts]) === JSON.stringify([...textsBefore])) return;
  const check = { ...configCheck(before, after), head };
  await host.reportCheck(again === null ? check : { ...check, again });
}

/** A mistake in them would show only when the next change is held to nothing. */
async function checkExpectations(host: Host, head: string, again: string | null): Promise<void> {
  const text = await host.file(EXPECTATIONS_FILE, head);
  if (text === null) return;
  const { expectationsCheck } = await import('./expectations-check.ts');
  const check = { ...(await expectationsCheck(text)), head };
  await host.reportCheck(again === null ? check : { ...check, again });
}

/** @param texts is filled with what was read of the repository */
async function configAt(
  host: Host,
  organisation: Organisation,
  ref: string | undefined,
  texts: Map<string, string | null>,
): Promise<LayeredConfig> {
  const read = async (path: string): Promise<string | null> => {
    const text = await host.file(path, ref);
    texts.set(path, text);
    return text;
  };
  const own = { file: CONFIG_FILE, text: null };
  if (ownerOfCentral(host.repository) === null)
    return layeredConfig({ own: { ...own, text: await read(CONFIG_FILE) }, read, organisation });
  const central = { ...organisation, file: read };
  const config = await layeredConfig({ own, read, organisation: central });
  // An annotation stands in a file of the pull request.
  const errors = config.errors.map((error) => ({ ...error, file: centralPath(error.file) ?? error.file }));
  return { ...config, errors };
}

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors/input-error.ts';
import { messageOf } from '../errors/error-message.ts';

/** A user name and a password, or a token in its place. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Credentials by the host of their registry, as images name it: `docker.io`, `ghcr.io`. */
export type CredentialsByHost = ReadonlyMap<string, Credentials>;

const LOGIN = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
});
const FILE = z.object({ auths: z.record(z.string(), LOGIN) });

/**
 * The credentials that `docker login` writes: `{"auths": {"ghcr.io": {"auth": "<base64 of user:password>"}}}`. Credential helpers are programs, and are
 * not started.
 *
 * @throws {InputError} for a file that cannot be read or has no `auths`
 */
export async function readCredentials(file: string): Promise<CredentialsByHost> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new InputError(`${file}: cannot be read: ${messageOf(error)}`, { cause: error });
  });
  const read = FILE.safeParse(parsed(text));
  if (!read.success)
    throw new InputError(
      `${file}: expected a file as "docker login" writes it, with credentials below auths`,
    );
  return new Map(
    Object.entries(read.data.auths).flatMap(([address, login]) => {
      const credentials = credentialsOf(login);
      return credentials ? [[hostOf(address), credentials] as const] : [];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function credentialsOf({ auth, username, password }: z.output<typeof LOGIN>): Credentials | null {
  if (username && password) return { username, password };
  const decoded = Buffer.from(auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 1 ? null : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** `docker login` writes Docker Hub as `https://index.docker.io/v1/`. */
function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return /^(?:index|registry-1)\.docker\.io$/.test(host) ? 'docker.io' : host;
}

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../free-port.ts';

/** A real PostgreSQL in a temporary folder. */
export interface PostgresServer {
  /** `postgres://faultline:…@127.0.0.1:…/postgres` */
  readonly address: string;
  readonly port: number;
  /** Runs SQL as a client of its own, and answers with the rows. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Breaks all connections and starts again, on the same port. `immediate`: as after a crash. */
  restart(mode?: 'fast' | 'immediate', away?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Never printed; a test looks for it. */
export const PASSWORD = 'correct-horse-7';

/** Debian's place, newest version first, or what is on PATH. Null where there is none. */
export function findPostgres(): string | null {
  const versions = '/usr/lib/postgresql';
  const found = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of found) {
    const bin = join(versions, version, 'bin');
    if (existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb'))) return bin;
  }
  return null;
}

/** A name for a schema that nobody else has. */
export function freshSchema(): string {
  return `test_${randomUUID().replaceAll('-', '')}`;
}

export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === null) throw new Error('PostgreSQL is missing: apt-get install postgresql');
  const folder = mkdtempSync(join(tmpdir(), 'faultline-postgres-'));
  const as = unprivileged(folder);
  execFileSync(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'faultline', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { stdio: ['ignore', 'ignore', 'inherit'], ...as },
  );
  const port = await freePort();
  const address = `postgres://faultline:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const begin = async (): Promise<ChildProcess> => {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      max_connections: '200',
    };
    const server = spawn(
      join(bin, 'postgres'),
      [
        '-D',
        join(folder, 'data'),
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { stdio: 'ignore', ...as },
    );
    await answering(address, server);
    return server;
  };
  let server = await begin();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  return {
    address,
    port,
    query: (sql, parameters = []) => asked(address, sql, parameters),
    restart: async (mode = 'fast', away = 0) => {
      await end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await setTimeout(away);
      server = await begin();
    },
    stop: async () => {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function unprivileged(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const nobody = 65_534;
  chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o700);
  return { uid: nobody, gid: nobody };
}

async function answering(address: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    try {
      await asked(address, 'select 1', []);
      return;
    } catch {
      await setTimeout(30);
    }
  }
}

async function asked(
  address: string,
  sql: string,
  parameters: readonly unknown[],
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: address });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query(sql, [...parameters]);
    return rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

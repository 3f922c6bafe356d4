import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startProgram, type Program } from '../live/programs.ts';

export interface DockerRegistry extends Program {
  /** `127.0.0.1:40123` */
  readonly host: string;
  /** Where it keeps what is pushed, gone once it is stopped. */
  readonly folder: string;
}

/** Docker's own registry, empty. `htpasswd` is a line of Apache's format, in bcrypt; without it everybody may read and write. */
export async function startDockerRegistry(command: string, htpasswd?: string): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.yml');
  const passwords = join(folder, 'htpasswd');
  if (htpasswd !== undefined) writeFileSync(passwords, `${htpasswd}\n`);
  writeFileSync(
    config,
    `version: 0.1
storage: {filesystem: {rootdirectory: ${folder}/data}}
http: {addr: "${host}"}
${htpasswd === undefined ? '' : `auth: {htpasswd: {realm: harbour, path: ${passwords}}}\n`}`,
  );
  const isReady = async (): Promise<boolean> =>
    [200, 401].includes((await fetch(`http://${host}/v2/`)).status);
  const program = await startProgram(command, ['serve', config], isReady);
  return {
    host,
    folder,
    stop: async () => {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

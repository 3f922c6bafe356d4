import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { createGunzip } from 'node:zlib';
import { repositoryBySlug, type GitHub } from '../github.ts';
import { installationRefusal } from '../moves.ts';
import { isVisible } from './access.ts';
import { authenticatedGit, grants, type Actor } from './authenticate.ts';
import { Refusal } from './route.ts';

/*
 * Git over HTTP, for clone and fetch: git itself speaks, this only opens the door.
 */

export interface GitRequest {
  readonly owner: string;
  readonly name: string;
  readonly service: 'git-upload-pack' | 'git-receive-pack';
  readonly phase: 'advertise' | 'exchange';
}

/** Null: the address is not one of git's. */
export function gitRequest(method: string, url: URL): GitRequest | null {
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(
    url.pathname,
  );
  if (match === null) return null;
  const [, owner = '', name = '', what = ''] = match;
  const isStart = what === 'info/refs';
  if (isStart !== (method === 'GET')) return null;
  const service = isStart ? url.searchParams.get('service') : what;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return null;
  return { owner, name, service, phase: isStart ? 'advertise' : 'exchange' };
}

/** Who asks, and the folder; throws what git shows as "Authentication failed", "Repository not found" or a refusal. */
export function openedRepository(
  github: GitHub,
  request: GitRequest,
  authorization: string | undefined,
): { readonly folder: string; readonly actor: Actor } {
  const repository = repositoryBySlug(github, request.owner, request.name);
  const actor = authenticatedGit(github, authorization);
  const id = actor.kind === 'token' && actor.token.kind === 'installation' ? actor.token.installation : null;
  const refusal = id === null ? null : installationRefusal(github.state.installations.get(id) ?? null);
  if (refusal !== null) throw refusal;
  const isSeen = repository !== null && isVisible({ github, actor }, repository);
  // Who is not known is asked for a password, whether or not there is such a repository.
  if (!isSeen || repository === null)
    throw actor.kind === 'anonymous'
      ? new Refusal(401, 'Authentication required')
      : new Refusal(404, 'Repository not found.');
  if (request.service === 'git-receive-pack')
    throw new Refusal(403, 'The stand-in takes no pushes: people push with `person.push`');
  if (
    actor.kind === 'token' &&
    actor.token.permissions !== null &&
    !grants(actor.token.permissions, 'contents:read')
  ) {
    throw new Refusal(403, 'Resource not accessible by integration');
  }
  return { folder: repository.folder, actor };
}

/** Resolves when git has said everything. */
export function serveGit(
  folder: string,
  request: GitRequest,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const advertises = request.phase === 'advertise';
  const protocol = incoming.headers['git-protocol'];
  const git = spawn(
    'git',
    ['upload-pack', '--stateless-rpc', ...(advertises ? ['--advertise-refs'] : []), folder],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: tmpdir(),
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        ...(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {}),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  outgoing.writeHead(200, {
    'content-type': `application/x-git-upload-pack-${advertises ? 'advertisement' : 'result'}`,
    'cache-control': 'no-cache',
  });
  if (advertises && protocol !== 'version=2') outgoing.write('001e# service=git-upload-pack\n0000');
  git.stdin.on('error', () => undefined);
  if (advertises) git.stdin.end();
  else if (incoming.headers['content-encoding'] === 'gzip') incoming.pipe(createGunzip()).pipe(git.stdin);
  else incoming.pipe(git.stdin);
  git.stdout.pipe(outgoing);
  return new Promise((resolve) => {
    outgoing.on('close', () => {
      git.kill();
      resolve();
    });
  });
}

import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { forget } from './git/run.ts';
import {
  botLogin,
  installationOf,
  madeAccount,
  NOREPLY_HOST,
  repositoryById,
  repositoryBySlug,
  type GitHub,
} from './github.ts';
import { newFaults } from './http/faults.ts';
import { newLimits } from './http/limits.ts';
import { newServer, type Front } from './http/server.ts';
import type { Exported, StandIn, StandInOptions, StandInRepository } from './interface.ts';
import { madeRepository, repositoryView } from './repository.ts';
import { madeToken } from './resources/apps.ts';
import type { Repository, State, Token } from './state.ts';
import { newDeliveryRoom } from './webhooks/deliveries.ts';
import { payloadOf } from './webhooks/payloads.ts';

/** What Faultline's `app.yml` asks for. */
const defaultPermissions = {
  checks: 'write',
  contents: 'write',
  issues: 'write',
  members: 'read',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'read',
} as const;

/** Starts GitHub on 127.0.0.1, on a port of its own. What it is reached by: see `interface.ts`. */
export async function startGitHub(options: StandInOptions = {}): Promise<StandIn> {
  const root = mkdtempSync(join(tmpdir(), 'stand-in-github-'));
  const secret = options.webhookSecret ?? 'the webhook secret';
  const keys = keyPair();
  let offset = (options.now ?? Date.now()) - Date.now();
  const now = (): number => Date.now() + offset;
  const state = options.from === undefined ? newState(options) : imported(options.from, root);
  const violations: string[] = [];
  let url = '';
  const room = newDeliveryRoom(secret, state.app.id, () => new URL(url).host, violations, now);
  const github: GitHub = {
    state,
    get url() {
      return url;
    },
    lateMergeability: options.lateMergeability ?? true,
    enterprise: options.enterprise === undefined ? null : Number(options.enterprise.replace(/^3\./, '')),
    listLimit: options.listLimit ?? 10_000,
    secrets: { privateKey: keys, webhookSecret: secret },
    room,
    now,
    emit(event, action, repository, facts) {
      // The App is told of what it is installed on.
      if (installationOf(github, repository) === null) return;
      const isAboutApp = event.startsWith('installation');
      room.post(event, payloadOf(github, event, action, isAboutApp ? null : repository, facts));
    },
  };
  const faults = newFaults();
  const front: Front = {
    github,
    publicKey: createPublicKey(keys),
    limits: newLimits(options, now),
    faults,
    journal: [],
    violations,
    hook: null,
  };
  madeAccount(github, botLogin(github), 'Bot').emails.push(`${botLogin(github)}@${NOREPLY_HOST}`);
  madeAccount(github, 'github-actions[bot]', 'Bot');
  madeAccount(github, 'github', 'Organization');
  madeAccount(github, 'web-flow').emails.push('noreply@github.com');
  const server = newServer(front);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const exports: string[] = [];
  const view = (repository: Repository): StandInRepository => repositoryView(github, root, repository);
  const issued = (token: Token): string => {
    state.tokens.set(token.value, token);
    return token.value;
  };
  const standIn: StandIn = {
    url,
    host: new URL(url).host,
    apiUrl: `${url}/api/v3`,
    appId: state.app.id,
    appSlug: state.app.slug,
    botLogin: botLogin(github),
    privateKey: keys,
    webhookSecret: secret,

    repository(slug, repositoryOptions = {}) {
      const [owner = '', name = ''] = slug.split('/');
      const known = repositoryBySlug(github, owner, name);
      return view(known ?? madeRepository(github, root, slug, repositoryOptions));
    },
    person(login, permission, repository) {
      const [first] = state.repositories.values();
      if (first === undefined) throw new Error('make a repository first');
      return (repository ?? view(first)).person(login, permission);
    },
    personalToken(login) {
      madeAccount(github, login);
      return issued({
        value: `ghp_${randomText()}`,
        login,
        kind: 'personal',
        installation: null,
        repositories: null,
        permissions: null,
        expiresAt: null,
        revoked: false,
      });
    },
    workflowToken(repository) {
      return issued({
        value: `ghs_${randomText()}`,
        login: 'github-actions[bot]',
        kind: 'workflow',
        installation: 0,
        repositories: [repository.id],
        permissions: { ...defaultPermissions, statuses: 'write' },
        expiresAt: now() + 24 * 60 * 60 * 1000,
        revoked: false,
      });
    },
    installationToken(repository) {
      const installation = installationOf(github, repositoryById(github, repository.id));
      if (installation === null) throw new Error(`the App is not installed on ${repository.slug}`);
      return madeToken(github, installation, null, state.app.permissions).value;
    },
    clock: {
      now,
      advance(milliseconds) {
        offset += milliseconds;
      },
    },
    journal: front.journal,
    violations,
    faults,
    onRequest(hook) {
      front.hook = hook;
    },
    webhooks: room.webhooks,
    deliverTo(to) {
      room.to = to;
    },
    export() {
      const folder = mkdtempSync(join(tmpdir(), 'stand-in-export-'));
      exports.push(folder);
      cpSync(root, folder, { recursive: true });
      return { folder, state: exported(state, root) };
    },
    async close() {
      front.hook = null;
      room.to = null;
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      forget(root);
      for (const folder of [root, ...exports]) rmSync(folder, { recursive: true, force: true });
    },
  };
  return standIn;
}

function newState(options: StandInOptions): State {
  return {
    app: {
      id: options.appId ?? 4242,
      slug: options.appSlug ?? 'faultline',
      permissions: options.permissions ?? defaultPermissions,
    },
    accounts: new Map(),
    repositories: new Map(),
    moved: new Map(),
    installations: new Map(),
    tokens: new Map(),
    signingSecret: randomText(),
    lastId: 1000,
  };
}

function randomText(): string {
  return randomBytes(27).toString('hex').slice(0, 36);
}

let privateKey: string | null = null;

/** Making a key takes a while, so there is one for the whole process. */
function keyPair(): string {
  privateKey ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  return privateKey;
}

/** The state with folders relative to the root. */
function exported(state: State, root: string): State {
  const copy = structuredClone(state);
  for (const repository of copy.repositories.values()) repository.folder = relative(root, repository.folder);
  return copy;
}

function imported({ folder, state }: Exported, root: string): State {
  cpSync(folder, root, { recursive: true });
  const copy = structuredClone(state) as State;
  for (const repository of copy.repositories.values()) repository.folder = join(root, repository.folder);
  return copy;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { withAllBelow } from '../../src/command-line/description.ts';
import { exitStatusesOf, rowsOf } from '../../src/command-line/exit-status.ts';
import { describedProgram } from '../../src/command-line/program.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { git, madeFolder, madeRepository, commitFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { startChat } from '../notifications/chat-server.ts';
import { faultline } from './command-line.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'src/main.ts');
const commands = withAllBelow(describedProgram()).filter(({ path }) => exitStatusesOf(path) !== null);

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {key: value}\n';
const FIELD = ['--object', 'ConfigMap/map', '--field', 'data.key'];
const NO_FIELD = ['--object', 'ConfigMap/none', '--field', 'data.key', '--exit-code'];
/** Nobody listens on the port of discarded data. */
const NO_DATABASE = ['--store', 'postgres://nobody@127.0.0.1:9/none'];

const repository = (): readonly string[] => ['--repo', madeRepository({ 'apps/map.yaml': MAP })];
const snapshot = (): readonly string[] => ['--snapshot', madeFolder({ 'cluster/a.yaml': MAP })];

function failing(): readonly string[] {
  const objects = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, creationTimestamp: "2026-03-01T08:00:00Z"}
spec: {nodeName: n, containers: [{name: web, image: "registry.example/web:1"}]}
status:
  phase: Pending
  containerStatuses:
    - {name: web, image: "registry.example/web:1", ready: false, restartCount: 0, state: {waiting: {reason: ImagePullBackOff, message: back-off}}}
`;
  const captured = 'capturedAt: 2026-03-01T10:00:00Z\n';
  return ['--snapshot', madeFolder({ 'cluster/a.yaml': objects, 'snapshot.yaml': captured })];
}

/** A context whose cluster does not answer. */
function dead(): readonly string[] {
  const config =
    'apiVersion: v1\nkind: Config\nclusters: [{name: dead, cluster: {server: "http://127.0.0.1:9"}}]\nusers: [{name: me, user: {token: x}}]\ncontexts: [{name: dead, context: {cluster: dead, user: me}}]\n';
  vi.stubEnv('KUBECONFIG', join(madeFolder({ config }), 'config'));
  return ['--context', 'dead'];
}

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: shop/web:1
          ports: [{name: http, containerPort: 80}]
          readinessProbe: {httpGet: {path: /, port: http}}
`;

/** A change after which a probe asks a port that does not exist. */
function badChange(): readonly string[] {
  const repo = madeRepository({ 'apps/web.yaml': WEB });
  git(repo, 'branch', 'before');
  commitFiles(repo, { 'apps/web.yaml': WEB.replace('port: http}', 'port: https}') }, 'Rename a port');
  return ['--repo', repo, '--base', 'before'];
}

async function store(): Promise<string> {
  const file = join(madeFolder(), 'faultline.db');
  const opened = await openStore(file);
  await opened.audit.append('scan', { cluster: 'prod' }, Date.parse('2026-03-01T10:00:00Z'));
  await opened.close();
  return file;
}

async function forged(): Promise<string> {
  const file = await store();
  const database = new DatabaseSync(file);
  database.exec(
    `DROP TRIGGER auditStays; DROP TRIGGER auditRetires; UPDATE audit SET payload = replace(payload, 'prod', 'test')`,
  );
  database.close();
  return file;
}

/** Settings whose one route ends at a server here. */
async function notified(status: number): Promise<readonly string[]> {
  const chat = await startChat();
  chat.replies.push({ status });
  vi.stubEnv('SLACK', `${chat.url}/hook`);
  const settings = `clusters: {prod: {snapshot: recorded}}\nnotifications: {routes: {oncall: {slack: {webhook: {env: SLACK}}}}}\n`;
  return ['--settings', join(madeFolder({ 'service.yml': settings }), 'service.yml')];
}

/** What `serve` would find in order: a GitHub on which the App is installed, and a recorded cluster. */
async function healthy(): Promise<readonly string[]> {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  github.repository('acme/infra', { files: { 'apps/map.yaml': MAP } });
  const { appId, privateKey, host } = github;
  const env = { APP_ID: String(appId), PRIVATE_KEY: privateKey, GHE_HOST: host, GHE_PROTOCOL: 'http' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const folder = madeFolder({
    'service.yml': 'clusters: {prod: {snapshot: recorded}}\nfolder: state\n',
    'recorded/cluster/a.yaml': MAP,
  });
  return ['--settings', join(folder, 'service.yml')];
}

type Call = () => readonly string[] | Promise<readonly string[]>;

/** A call that ends with each documented status, but for 2, which is the same call for all; or the test that has it. */
const CALLS: Readonly<Record<string, Readonly<Record<number, Call | string>>>> = {
  diagnose: {
    0: () => [...repository(), ...failing()],
    1: () => [...repository(), ...dead()],
    3: () => [...repository(), ...failing(), '--exit-code'],
  },
  locate: {
    0: () => [...repository(), ...FIELD, '--exit-code'],
    3: () => [...repository(), ...NO_FIELD],
  },
  blame: {
    0: () => [...repository(), ...FIELD, '--exit-code'],
    1: () => [...repository(), ...FIELD, ...dead()],
    3: () => [...repository(), ...NO_FIELD],
  },
  guard: {
    0: badChange,
    1: () => [...badChange(), ...dead()],
    3: () => [...badChange(), '--exit-code'],
  },
  'config explain': {
    0: () => ['ConfigMap/map', ...repository(), ...snapshot()],
    1: () => ['ConfigMap/map', ...repository(), ...dead()],
  },
  record: { 0: 'test/live/record.test.ts', 1: () => [...dead(), '--out', join(madeFolder(), 'out')] },
  mcp: { 0: () => repository() },
  serve: { 0: 'test/app/serve.test.ts' },
  renderer: { 0: 'test/commands/renderer.test.ts' },
  doctor: {
    0: healthy,
    1: () => ['--settings', join(madeFolder(), 'none.yml')],
  },
  'notifications test': { 0: () => notified(200), 1: () => notified(404) },
  report: { 0: async () => ['--store', await store()], 1: () => NO_DATABASE },
  'audit verify': { 0: async () => ['--store', await store()], 1: async () => ['--store', await forged()] },
  'audit export': { 0: async () => ['--store', await store()], 1: () => NO_DATABASE },
  'store backup': { 0: async () => [join(madeFolder(), 'copy.db'), '--store', await store()] },
  'store recover': { 0: async () => ['--store', await store()] },
  'store migrate': {
    0: 'test/store/migrate-store.test.ts',
    1: async () => [await store(), '--to', NO_DATABASE[1]!],
  },
  completion: { 0: () => ['bash'] },
};

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', madeFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
});

describe.each(commands)('$path', ({ path }) => {
  const words = path.split(' ');
  const documented = rowsOf(exitStatusesOf(path)!).map(([status]) => status);

  test.each(documented.filter((status) => status !== 2))('exits with %i as documented', async (expected) => {
    const call = CALLS[path]?.[expected];
    expect(call, `a call of ${path} that ends with ${expected}`).toBeDefined();
    if (typeof call === 'string') return expect(existsSync(join(ROOT, call)), call).toBe(true);
    const args = await call!();
    const { status, stderr } =
      path === 'mcp' ? await endedInput(words, args) : await faultline(...words, ...args);
    expect({ status, stderr: expected === 0 || expected === 3 ? '' : stderr }).toEqual({
      status: expected,
      stderr: expected === 0 || expected === 3 ? '' : expect.not.stringMatching(/\n +at /),
    });
  });

  test('exits with 2 for an option that it has not, says so in one line, and prints no answer', async () => {
    const { status, stdout, stderr } = await faultline(...words, '--no-such-option');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: unknown option '--no-such-option'\n|^error: .*not specified\n|^error: missing/,
    );
  });

  test('says its exit statuses in its help and in docs/command-line.md', async () => {
    const { stdout } = await faultline(...words, '--help');
    const { done, failed, asked } = exitStatusesOf(path)!;
    for (const [status, means] of rowsOf(exitStatusesOf(path)!))
      expect(stdout).toContain(`  ${status}  ${means}`);
    const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8').replace(/ +/g, ' ');
    expect(page).toContain(
      `| \`${path}\` | ${done} | ${failed ?? ''} | ${asked ?? ''} |`.replace(/ +/g, ' '),
    );
  });
});

test('every command is among them', () => {
  const leaves = withAllBelow(describedProgram()).filter(
    (one) => one.path !== '' && one.commands.length === 0,
  );
  expect(leaves.map(({ path }) => path)).toEqual(commands.map(({ path }) => path));
});

/** The protocol over standard input, which ends at once. */
async function endedInput(
  words: readonly string[],
  args: readonly string[],
): Promise<{ readonly status: number; readonly stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...words, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const stderr: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const [status] = (await once(child, 'close')) as [number];
  return { status, stderr: stderr.join('') };
}

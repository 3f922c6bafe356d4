import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { madeFolder } from '../git/made-repository.ts';
import { faultline } from './command-line.ts';

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\ndata:\n  key: value\n';
const POD = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, creationTimestamp: "2026-03-01T10:00:00Z"}
spec: {containers: [{name: web, image: "shop/web:1"}]}
status: {phase: Running}
`;

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', madeFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
});

const repository = (): string => madeFolder({ 'apps/map.yaml': MAP });
const snapshot = (): string => madeFolder({ 'cluster/pods.yaml': POD });

/** Status 2, nothing on standard output, and a message that says what is wrong. */
async function expectRefusal(args: readonly string[], message: string | RegExp): Promise<void> {
  const { status, stdout, stderr } = await faultline(...args);
  expect(stderr).toMatch(message);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
}

describe('a call that cannot be meant is refused with status 2', () => {
  test('no command', async () => {
    const { status, stdout } = await faultline();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('an unknown command', () => expectRefusal(['fix'], /unknown command 'fix'/));

  test.each(['diagnose', 'locate'])('%s without --repo', (command) =>
    expectRefusal([command], /required option '--repo <path>' not specified/),
  );

  test('an unknown option', () =>
    expectRefusal(['diagnose', '--repo', '.', '--force'], /unknown option '--force'/));

  test.each([
    [['diagnose', '--repo', '.', '--output', 'xml'], /--output.*'xml' is invalid.*text, json, markdown/],
    [
      ['locate', '--repo', '.', '--object', 'A/b', '--field', 'x', '--output', 'markdown'],
      /'markdown' is invalid.*text, json/,
    ],
  ])('an output that does not exist', (args, message) => expectRefusal(args, message));

  test('neither --snapshot nor --context', () =>
    expectRefusal(['diagnose', '--repo', repository()], /--snapshot <path> or --context/));

  test('both --snapshot and --context', () =>
    expectRefusal(
      ['diagnose', '--repo', repository(), '--snapshot', snapshot(), '--context', 'x'],
      /--snapshot and --context exclude each other/,
    ));

  test('--now with a live cluster', () =>
    expectRefusal(
      ['diagnose', '--repo', repository(), '--context', 'x', '--now', '2026-03-01T10:00:00Z'],
      /--now goes with --snapshot/,
    ));

  test.each(['yesterday', '2026-03-01', '10:00', '2026-13-01T10:00:00Z', ''])('--now %s', (now) =>
    expectRefusal(
      ['diagnose', '--repo', repository(), '--snapshot', snapshot(), '--now', now],
      /--now .*: expected a time such as/,
    ),
  );

  test('--prometheus that is no address', () =>
    expectRefusal(
      ['diagnose', '--repo', '.', '--snapshot', '.', '--prometheus', 'localhost:9090'],
      /--prometheus.*expected http/,
    ));

  test.each(['cart', 'Deployment/', '/cart', 'a/b/c', 'Deploy ment/cart', ''])('--object %s', (object) =>
    expectRefusal(
      ['locate', '--repo', repository(), '--object', object, '--field', 'x'],
      /--object .*: expected <Kind>\/<name>/,
    ),
  );

  test.each([
    ['spec..x', 6],
    ['.spec', 1],
    ['spec[x', 5],
    ['', 1],
  ])('--field %s, with the column', (field, column) =>
    expectRefusal(
      ['locate', '--repo', repository(), '--object', 'ConfigMap/map', '--field', field],
      new RegExp(`--field .*column ${column}: `),
    ),
  );

  test('--write without --set', () =>
    expectRefusal(
      ['locate', '--repo', repository(), '--object', 'ConfigMap/map', '--field', 'data.key', '--write'],
      /--write needs --set/,
    ));

  test('--root where there is nothing to apply', () =>
    expectRefusal(
      [
        'locate',
        '--repo',
        repository(),
        '--object',
        'ConfigMap/map',
        '--field',
        'data.key',
        '--root',
        'nothing',
      ],
      /--root nothing: no such folder in this repository/,
    ));
});

describe('an input that cannot be used is refused with status 2', () => {
  test.each([
    ['diagnose', ['--snapshot', '.']],
    ['locate', ['--object', 'A/b', '--field', 'x']],
  ])('%s with a repository that does not exist', (command, rest) =>
    expectRefusal([command, '--repo', '/nonexistent/repository', ...rest], /\/nonexistent\/repository/),
  );

  test('a snapshot that does not exist', () =>
    expectRefusal(
      ['diagnose', '--repo', repository(), '--snapshot', '/nonexistent/snapshot'],
      /\/nonexistent\/snapshot/,
    ));

  test('a configuration that is named and does not exist', () =>
    expectRefusal(
      ['diagnose', '--repo', repository(), '--snapshot', snapshot(), '--config', '/nonexistent.yml'],
      /--config \/nonexistent.yml: cannot be read/,
    ));

  test('a configuration that is named and invalid, with file, line and column', () => {
    const config = join(
      madeFolder({ 'faultline.yml': 'policy:\n  default: {mode: sometimes}\n' }),
      'faultline.yml',
    );
    return expectRefusal(
      ['diagnose', '--repo', repository(), '--snapshot', snapshot(), '--config', config],
      /faultline\.yml:2:\d+.*mode/,
    );
  });
});

describe('serve is refused with status 2', () => {
  const SETTINGS = 'clusters: {prod: {snapshot: recorded}}\n';

  function serving(settings: string, more: Readonly<Record<string, string>> = {}): readonly string[] {
    const environment = { APP_ID: '1', PRIVATE_KEY: 'no key', ...more };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    return ['serve', '--settings', join(madeFolder({ 'service.yml': settings }), 'service.yml')];
  }

  test('without settings', () =>
    expectRefusal(
      [...serving(SETTINGS).slice(0, 2), '/nowhere/service.yml'],
      /service\.yml: cannot be read/,
    ));

  test('with a setting that means nothing, at its line', () =>
    expectRefusal(serving(`${SETTINGS}interval: 5x\n`), /service\.yml:2:11: interval: expected .*"5x"/));

  test('with a key that is none, which is not shown', async () => {
    await expectRefusal(serving(SETTINGS), /PRIVATE_KEY holds no private key: expected .*\.pem/);
    await expectRefusal(serving(SETTINGS), /^(?!.*no key)/);
  });

  test('with a path where no key is', () => {
    const args = serving(SETTINGS, { PRIVATE_KEY_PATH: '/nowhere/key.pem' });
    vi.stubEnv('PRIVATE_KEY', undefined);
    return expectRefusal(args, /PRIVATE_KEY_PATH holds no private key/);
  });
});

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { faultline, type Outcome } from './command-line.ts';

const DEPLOYMENT = (annotation: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop${annotation}
spec:
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: server, image: registry.example/cart }] }
`;

const ANNOTATED = '\n  annotations:\n    faultline.dev/mode: propose';

interface World {
  readonly own?: string;
  readonly central?: string;
  readonly settings?: string;
  readonly annotation?: string;
}

function explain(
  { own = '', central = '', settings = 'clusters: {prod: {context: prod}}\n', annotation = '' }: World,
  ...more: readonly string[]
): Promise<Outcome> {
  const folder = madeFolder();
  writeFiles(folder, {
    'repo/.github/faultline.yml': own,
    'repo/apps/cart.yaml': DEPLOYMENT(annotation),
    'org/faultline.yml': central,
    'org/strict.yml': 'policy: { default: { mode: monitor } }\n',
    'settings.yml': settings,
    'snapshot/cluster/cart.yaml': DEPLOYMENT('\n  annotations: {faultline.dev/mode: "off"}'),
    'snapshot/snapshot.yaml': 'cluster: prod\ncapturedAt: 2026-11-27T00:00:00Z\n',
  });
  const at = (path: string): string => join(folder, path);
  const given = more.map((one) => one.replace(/^@/, `${folder}/`));
  const files = ['--org-defaults', at('org'), '--settings', at('settings.yml')];
  return faultline(
    'config',
    'explain',
    'deploy/cart',
    '-n',
    'shop',
    '--repo',
    at('repo'),
    ...files,
    ...given,
  );
}

/** The mode about one failure class in a cluster, and what limits it, as `what: mode at file:line`. */
async function modeOf(world: World, ...more: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr } = await explain(world, '--output', 'json', '--failure', 'oom-killed', ...more);
  expect(stderr).toBe('');
  const [cluster] = JSON.parse(stdout).clusters;
  const [{ mode, limits }] = cluster.modes;
  return [
    mode,
    ...limits.map(
      ({
        what,
        mode: one,
        place,
      }: {
        what: string;
        mode: string;
        place: { file: string; line: number } | null;
      }) =>
        `${what}: ${one} at ${place === null ? '-' : `${place.file.replace(/.*\/settings/, 'settings')}:${place.line}`}`,
    ),
  ];
}

describe('which line decides about the mode', () => {
  test('the built-in default, where nothing says anything', async () => {
    expect(await modeOf({})).toEqual(['propose', 'built-in default: propose at -']);
  });

  test('the rule of the repository before that of the organisation', async () => {
    const own = 'policy:\n  rules:\n    - { namespaces: [shop], mode: monitor }\n';
    const central = 'policy:\n  rules:\n    - { namespaces: [shop], mode: off }\n';
    expect(await modeOf({ own, central })).toEqual([
      'monitor',
      'policy.rules[0]: monitor at .github/faultline.yml:3',
    ]);
    expect(await modeOf({ central })).toEqual([
      'off',
      'policy.rules[0] of <owner>/.github:faultline.yml: off at <owner>/.github:faultline.yml:3',
    ]);
  });

  test('the ceiling of the settings over both, and what it lowers comes after it', async () => {
    const own = 'policy: {default: {mode: auto-fix}}\n';
    const settings = 'clusters: {prod: {context: a}}\nceiling:\n  - { clusters: [prod], mode: monitor }\n';
    expect(await modeOf({ own, settings })).toEqual([
      'monitor',
      'ceiling[0] of the settings: monitor at settings.yml:3',
      'policy.default: auto-fix at .github/faultline.yml:1',
    ]);
  });

  test('the annotation at its line in git', async () => {
    const own = 'policy: {default: {mode: auto-fix}}\n';
    expect(await modeOf({ own, annotation: ANNOTATED })).toEqual([
      'propose',
      'annotation faultline.dev/mode: propose at apps/cart.yaml:7',
      'policy.default: auto-fix at .github/faultline.yml:1',
    ]);
  });

  test('the annotation as the cluster has it, where one is given; git has another value, so no line is named', async () => {
    expect(await modeOf({ annotation: ANNOTATED }, '--snapshot', '@snapshot')).toEqual([
      'off',
      'annotation faultline.dev/mode: off at -',
      'built-in default: propose at -',
    ]);
  });

  test('a file that the repository extends', async () => {
    const own = 'extends: acme/.github:strict.yml\n';
    expect((await modeOf({ own }))[1]).toContain('.github:strict.yml:1');
  });

  test('an error, with its line', async () => {
    const { stdout } = await explain({ central: 'policy: {}\nlimit: {}\n' });
    expect(stdout).toMatch(/monitor in cluster prod, for all failures/);
    expect(stdout).toMatch(/error: <owner>\/\.github:faultline\.yml:2:1: unknown key "limit"/);
  });
});

describe('for people', () => {
  test('each setting has its line, and a freeze says whether it is on', async () => {
    const own = 'limits: { perHour: 4 }\nfreeze: [{from: 2026-11-27, to: 2026-11-28}]\n';
    const { stdout } = await explain({ own }, '--now', '2026-11-27T12:00:00Z');
    expect(stdout).toMatch(/limits\.perHour: 4 +\.github\/faultline\.yml:1/);
    expect(stdout).toMatch(/limits\.openPullRequests: 10 +built in/);
    expect(stdout).toMatch(/on, from 2026-11-27 to 2026-11-28 \(UTC\) +\.github\/faultline\.yml:2/);
    const later = await explain({ own }, '--now', '2026-11-29T12:00:00Z');
    expect(later.stdout).toMatch(/off, from 2026-11-27/);
  });

  test('failures that a rule names are told apart, and clusters of the settings too', async () => {
    const own =
      'policy:\n  rules:\n    - { failures: [oom-killed], mode: off }\n    - { clusters: [dev], mode: auto-fix }\n';
    const settings = 'clusters: {prod: {context: a}, dev: {context: b}}\n';
    const { stdout } = await explain({ own, settings });
    expect(stdout).toMatch(/propose in cluster prod, for all failures that are not named below/);
    expect(stdout).toMatch(/off in cluster prod, for oom-killed/);
    expect(stdout).toMatch(/auto-fix in cluster dev, for all failures that are not named below/);
  });
});

test('what is not given is said to be unknown', async () => {
  const folder = madeFolder();
  writeFiles(folder, { 'apps/cart.yaml': DEPLOYMENT('') });
  const { stdout } = await faultline('config', 'explain', 'deploy/nope', '--repo', folder);
  expect(stdout).toContain('note: the ceiling in the settings of the service is not known');
  expect(stdout).toContain("note: the organisation's defaults are not known");
  expect(stdout).toContain('note: whether it is annotated is not known');
});

test('a cluster that nothing names is said, with the one that is meant', async () => {
  const folder = madeFolder();
  writeFiles(folder, { 'apps/cart.yaml': DEPLOYMENT('') });
  const settings = join(madeFolder({ 'service.yml': 'clusters: {prod-eu: {context: a}}\n' }), 'service.yml');
  const ask = (cluster: string) =>
    faultline(
      'config',
      'explain',
      'deploy/cart',
      '--repo',
      folder,
      '--settings',
      settings,
      '--cluster',
      cluster,
    );
  expect((await ask('prod-ue')).stdout).toContain(
    'note: neither the settings nor the mapping name a cluster prod-ue; did you mean prod-eu?',
  );
  expect((await ask('prod-eu')).stdout).not.toContain('neither');
});

test.each([
  [['deploy'], '<kind/name> deploy: expected <Kind>/<name>'],
  [['deploy/cart', '--failure', 'oom'], '--failure oom: no rule has this id; did you mean oom-killed?'],
  [['deploy/cart', '--org-defaults', '/nowhere'], '--org-defaults /nowhere: cannot be read'],
])('a wrong call names what is wrong: %j', async (args, message) => {
  const folder = madeFolder();
  writeFiles(folder, { 'apps/cart.yaml': DEPLOYMENT('') });
  const { status, stderr } = await faultline('config', 'explain', ...args, '--repo', folder);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

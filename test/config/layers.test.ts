import { describe, expect, test } from 'vitest';
import { describeConfigError } from '../../src/config/checked-yaml.ts';
import { layeredConfig, type LayeredConfig } from '../../src/config/load.ts';

type Files = Readonly<Record<string, string>>;

interface Written {
  /** Of the repository, by path. */
  readonly own?: Files;
  /** Of `acme/.github`, by path; null where that cannot be read. */
  readonly central?: Files | null;
}

const OWN = '.github/faultline.yml';

function layered({ own = {}, central = {} }: Written): Promise<LayeredConfig> {
  return layeredConfig({
    own: { file: OWN, text: own[OWN] ?? null },
    read: async (path) => own[path] ?? null,
    organisation: { owner: 'acme', file: central && (async (path) => central[path] ?? null) },
  });
}

async function errorsOf(written: Written): Promise<readonly string[]> {
  return (await layered(written)).errors.map(describeConfigError);
}

describe('what files say together', () => {
  test('rules of the repository come first, then those it extends, then the defaults of the organisation', async () => {
    const { config, errors } = await layered({
      own: {
        [OWN]: 'extends: base.yml\npolicy: {rules: [{namespaces: [a], mode: off}]}\n',
        'base.yml': 'policy:\n  rules:\n    - {namespaces: [b], mode: monitor}\n',
      },
      central: { 'faultline.yml': 'policy: {rules: [{namespaces: [c], mode: propose}]}\n' },
    });
    expect(errors).toEqual([]);
    expect(config.policy.rules.map(({ namespaces }) => namespaces)).toEqual([['a'], ['b'], ['c']]);
    expect(config.places?.get('policy.rules[1]')).toEqual({
      file: 'base.yml',
      line: 3,
      column: 7,
      path: 'policy.rules[0]',
    });
    expect(config.places?.get('policy.rules[2]')).toMatchObject({
      file: 'acme/.github:faultline.yml',
      line: 1,
      path: 'policy.rules[0]',
    });
  });

  test('a scalar is taken from the nearest file that has it, key by key', async () => {
    const { config } = await layered({
      own: {
        [OWN]: 'extends: base.yml\nlimits: {perHour: 3}\n',
        'base.yml': 'limits: {perHour: 5, memoryFactor: 3}',
      },
      central: { 'faultline.yml': 'limits: {openPullRequests: 4, memoryFactor: 9}\ndashboard: false\n' },
    });
    expect(config.limits).toEqual({ perHour: 3, memoryFactor: 3, openPullRequests: 4 });
    expect(config.dashboard).toBe(false);
    expect(config.places?.get('limits.memoryFactor')).toMatchObject({ file: 'base.yml' });
    expect(config.places?.has('reports')).toBe(false);
  });

  test('a default mode keeps the confidence that was written beside it, and takes no other', async () => {
    const { config } = await layered({
      own: { [OWN]: 'policy: {default: {mode: auto-fix}}' },
      central: { 'faultline.yml': 'policy: {default: {mode: monitor, minConfidence: 0.99}}' },
    });
    expect(config.policy.default).toEqual({ mode: 'auto-fix' });
  });

  test('freezes and what may be asked add up, each once', async () => {
    const { config } = await layered({
      own: { [OWN]: 'freeze: [{from: 2026-01-01, to: 2026-01-02}]\nregistries: {ask: [ghcr.io, docker.io]}' },
      central: {
        'faultline.yml':
          'freeze: [{from: 2026-12-20, to: 2026-12-31}]\nregistries: {ask: [docker.io, quay.io]}',
      },
    });
    expect(config.freeze.map(({ from }) => from)).toEqual(['2026-01-01', '2026-12-20']);
    expect(config.registries.ask).toEqual(['ghcr.io', 'docker.io', 'quay.io']);
  });

  test('a cluster is taken whole from the nearest file that names it', async () => {
    const { config } = await layered({
      own: { [OWN]: 'clusters: {prod: {sources: [{path: a}]}, __proto__: {sources: [{path: p}]}}' },
      central: { 'faultline.yml': 'clusters: {prod: {sources: [{path: b}]}, test: {sources: [{path: c}]}}' },
    });
    expect(config.clusters['prod']!.sources.map(({ path }) => path)).toEqual(['a']);
    expect(config.clusters['test']!.sources.map(({ path }) => path)).toEqual(['c']);
    expect(({} as { sources?: unknown }).sources).toBeUndefined();
  });

  test('defaults may lie in .github of the repository, and the top of it comes first', async () => {
    const below = { '.github/faultline.yml': 'limits: {perHour: 1}' };
    expect((await layered({ central: below })).config.limits.perHour).toBe(1);
    const both = { ...below, 'faultline.yml': 'limits: {perHour: 2}' };
    expect((await layered({ central: both })).config.limits.perHour).toBe(2);
  });

  test('without any file the built-in settings apply', async () => {
    const { config, files, errors } = await layered({});
    expect([files, errors]).toEqual([[], []]);
    expect(config.limits.perHour).toBe(20);
  });

  test('the defaults count once where the repository extends them itself, at that place', async () => {
    const { files, config } = await layered({
      own: { [OWN]: 'extends: [ACME/.github:faultline.yml, base.yml]', 'base.yml': 'limits: {perHour: 1}' },
      central: { 'faultline.yml': 'extends: strict.yml', 'strict.yml': 'limits: {perHour: 2}' },
    });
    expect(files).toEqual([OWN, 'acme/.github:faultline.yml', 'acme/.github:strict.yml', 'base.yml']);
    expect(config.limits.perHour).toBe(2);
  });

  test('two files may extend the same third one', async () => {
    const { errors, files } = await layered({
      own: {
        [OWN]: 'extends: [a.yml, b.yml]',
        'a.yml': 'extends: c.yml',
        'b.yml': 'extends: c.yml',
        'c.yml': '',
      },
    });
    expect(errors).toEqual([]);
    expect(files).toEqual([OWN, 'a.yml', 'c.yml', 'b.yml']);
  });
});

describe('what a file may not extend is named with its line', () => {
  test.each<readonly [string, Written, string]>([
    [
      'a circle',
      { own: { [OWN]: 'extends: a.yml', 'a.yml': '# x\nextends:\n  - .github/faultline.yml\n' } },
      'a.yml:3:5: extends: these files extend each other in a circle: .github/faultline.yml → a.yml → .github/faultline.yml',
    ],
    [
      'itself',
      { own: { [OWN]: `extends: ${OWN}` } },
      `${OWN}:1:10: extends: these files extend each other in a circle: ${OWN} → ${OWN}`,
    ],
    [
      'another owner',
      { own: { [OWN]: 'limits: {}\nextends: other/.github:a.yml' } },
      `${OWN}:2:10: extends: expected a file of this repository or of acme/.github, but other/.github:a.yml belongs to other`,
    ],
    [
      'another repository',
      { own: { [OWN]: 'extends: acme/infra:a.yml' } },
      `${OWN}:1:10: extends: expected a .yml file of this repository, or <owner>/.github:<file> of the organisation, but found "acme/infra:a.yml"`,
    ],
    [
      'a file outside',
      { own: { [OWN]: 'extends: [../x.yml]' } },
      `${OWN}:1:11: extends[0]: expected a file inside the repository, without .. and a leading /, but found "../x.yml"`,
    ],
    [
      'a file that is not there',
      { own: { [OWN]: 'extends: missing.yml' } },
      `${OWN}:1:10: extends: expected a file, but there is no missing.yml`,
    ],
    [
      'a file of an organisation that cannot be read',
      { own: { [OWN]: 'extends: acme/.github:a.yml' }, central: null },
      `${OWN}:1:10: extends: acme/.github:a.yml cannot be read: acme/.github is not known here`,
    ],
    [
      'too many behind each other',
      {
        own: {
          [OWN]: 'extends: a1.yml',
          ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`a${n}.yml`, `extends: a${n + 1}.yml`])),
        },
      },
      'a5.yml:1:10: extends: expected at most 5 files behind each other, but a6.yml is one more',
    ],
  ])('%s', async (_what, written, error) => {
    expect(await errorsOf(written)).toEqual([error]);
  });

  test('more files than people read', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `f${index}.yml`);
    const own = {
      [OWN]: `extends: [${names.join(', ')}]`,
      ...Object.fromEntries(names.map((name) => [name, ''])),
    };
    const errors = await errorsOf({ own });
    expect(errors[0]).toBe(`${OWN}:1:172: extends: expected at most 20 files, but f19.yml is one more`);
  });
});

describe('an invalid file', () => {
  test.each<readonly [string, Written, string]>([
    [
      'of the organisation',
      { central: { 'faultline.yml': 'policy: {}\nlimit: {}' } },
      'acme/.github:faultline.yml:2:1',
    ],
    ['that is extended', { own: { [OWN]: 'extends: a.yml', 'a.yml': 'freeze: yes' } }, 'a.yml:1:9'],
  ])('%s makes every mode monitor, and is named with its line', async (_what, written, place) => {
    const { config, errors } = await layered(written);
    expect(config.policy).toEqual({ default: { mode: 'monitor' }, rules: [] });
    expect(errors.map(describeConfigError)[0]).toContain(`${place}: `);
  });

  test('leaves the other files in force, except for their modes', async () => {
    const { config } = await layered({
      own: { [OWN]: 'clusters: {prod: {sources: [{path: a}]}}\npolicy: {default: {mode: auto-fix}}' },
      central: { 'faultline.yml': 'limits: {perHour: none}' },
    });
    expect(config.policy.default).toEqual({ mode: 'monitor' });
    expect(Object.keys(config.clusters)).toEqual(['prod']);
  });
});

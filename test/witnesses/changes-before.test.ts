import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { refOf, recordAt, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { Ask } from '../../src/model/ask.ts';
import type { ChangesBefore } from '../../src/model/changed-before.ts';
import type { TemplateVersion } from '../../src/model/need.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { changesBefore } from '../../src/witnesses/changes-before.ts';
import { deployment, MADE, readyPods, replicaSet, workload } from '../rules/objects.ts';

const HOUR = 3_600_000;
const now = Date.parse(MADE) + HOUR;

function server(tag: string, more: object = {}): PodSpec {
  return { containers: [{ name: 'server', image: `ferry:${tag}`, ...more }] };
}

/** What git rendered, newest first, with commits `c1`, `c2` … */
function versions(...specs: readonly (PodSpec | undefined)[]): readonly TemplateVersion[] {
  return specs.map((spec, index) => ({
    template: spec && (recordAt(deployment('ferry', spec), 'spec', 'template') as Record<string, unknown>),
    configMaps: new Map(),
    commit: {
      sha: `c${index + 1}`,
      author: 'Ines',
      email: 'i@pier.example',
      at: now,
      subject: `Change ${index + 1}`,
    },
  }));
}

interface Situation {
  readonly object: KubernetesObject;
  readonly kept: readonly KubernetesObject[];
  readonly history: readonly TemplateVersion[] | null;
  readonly failingSince?: number;
}

/** What changed, and how many versions were asked for each time. */
function changed({ object, kept, history, failingSince = now }: Situation): {
  readonly changes: ChangesBefore | null;
  readonly asked: readonly number[];
} {
  const cluster = buildState({ name: 'quay', now, objects: [object, ...kept] });
  const asking = changesBefore(cluster, refOf(object), failingSince, new Ask({ memoryFactor: 2 }));
  const asked: number[] = [];
  let step = asking.next([]);
  while (!step.done) {
    const [need] = step.value;
    if (need?.kind !== 'template-history') throw new Error(`asked for ${need?.kind}`);
    asked.push(need.most);
    step = asking.next([history && history.slice(0, need.most)]);
  }
  return { changes: step.value, asked };
}

/** `commit: field before → after` */
function told(changes: ChangesBefore | null): readonly string[] {
  return (changes?.commits ?? []).flatMap(({ commit, changes: fields }) =>
    fields.map(
      ({ field, before, after }) =>
        `${commit.sha}: ${field.text.replace('spec.template.spec.containers[name=server].', '')} ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
    ),
  );
}

/** A Deployment with the second spec, which was rolled out when the pods of the first were Ready. */
function rolledOut(before: PodSpec, after: PodSpec, ready = 1): Pick<Situation, 'object' | 'kept'> {
  const object = deployment('ferry', after);
  return {
    object,
    kept: [
      replicaSet(object, 'old', before, { revision: 1, ready }),
      replicaSet(object, 'new', after, { revision: 2, replicas: 1, ready: 0 }),
    ],
  };
}

describe('a commit that changed the template since it was last Ready', () => {
  test('is named with its fields, and compared with what is Ready', () => {
    const { changes, asked } = changed({
      ...rolledOut(server('1', { env: [{ name: 'PORT', value: '80' }] }), server('2')),
      history: versions(server('2'), server('1', { env: [{ name: 'PORT', value: '80' }] })),
    });
    expect(told(changes).toSorted()).toEqual([
      'c1: env[name=PORT].value "80" → null',
      'c1: image "ferry:1" → "ferry:2"',
    ]);
    expect(plainText(changes!.since!)).toBe(
      'ReplicaSet shop/ferry-old (revision 1) has 1 of 1 pods Ready now',
    );
    expect(asked).toEqual([2]);
  });

  test('comes before older ones, each with its own fields', () => {
    const { changes, asked } = changed({
      ...rolledOut(server('1'), server('3', { args: ['--fast'] })),
      history: versions(
        server('3', { args: ['--fast'] }),
        server('3'),
        server('2'),
        server('1'),
        server('0'),
      ),
    });
    expect(told(changes)).toEqual([
      'c1: args null → ["--fast"]',
      'c2: image "ferry:2" → "ferry:3"',
      'c3: image "ferry:1" → "ferry:2"',
    ]);
    expect(asked).toEqual([2, 4]);
  });

  test('is none that the cluster does not have yet', () => {
    const { changes } = changed({
      ...rolledOut(server('1'), server('2')),
      history: versions(server('4'), server('2'), server('1')),
    });
    expect(told(changes)).toEqual(['c2: image "ferry:1" → "ferry:2"']);
  });

  test('is none that only moved a variable, quoted a number or wrote out a default', () => {
    const env = (...names: readonly string[]) => ({ env: names.map((name) => ({ name, value: name })) });
    const ports = (containerPort: unknown) => ({ ports: [{ containerPort, protocol: 'TCP' }] });
    const before = server('1', { ...env('A', 'B'), ...ports(80) });
    const after = server('2', { ...env('B', 'A'), ...ports(80) });
    const { changes } = changed({
      ...rolledOut(before, after),
      history: versions(
        server('2', { ...env('B', 'A'), ports: [{ containerPort: '80' }] }),
        server('2', { ...env('A', 'B'), ports: [{ containerPort: 80 }] }),
        server('1', { ...env('A', 'B'), ports: [{ containerPort: 80 }] }),
      ),
    });
    expect(told(changes)).toEqual(['c2: image "ferry:1" → "ferry:2"']);
  });

  test('is looked for as far as it is known, no further than eight versions', () => {
    const many = Array.from({ length: 12 }, (_, index) => server(`x${index}`));
    const { changes, asked } = changed({
      ...rolledOut(server('1'), server('x0')),
      history: versions(...many),
    });
    expect(asked).toEqual([2, 4, 8]);
    expect(changes!.commits).toHaveLength(7);
  });

  test('that changed a ConfigMap under a generated name is told by its keys', () => {
    const reads = (name: string) => server('1', { envFrom: [{ configMapRef: { name } }] });
    const [old, now] = ['tides-2456789bcd', 'tides-fghkmt2456'];
    const history = versions(reads(now!), reads(old!)).map((version, index) => ({
      ...version,
      configMaps: new Map([[[now!, old!][index]!, { PORT: ['80', '8080'][index], HOST: 'quay' }]]),
    }));
    const { changes } = changed({ ...rolledOut(reads(old!), reads(now!)), history });
    expect(changes!.commits.map((one) => one.changes)).toEqual([
      [
        {
          object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: now },
          field: { path: ['data', 'PORT'], text: 'data.PORT' },
          before: '8080',
          after: '80',
          site: null,
        },
      ],
    ]);
  });

  test('is not looked for beyond one that did not render', () => {
    const { changes } = changed({
      ...rolledOut(server('1'), server('2')),
      history: versions(server('2'), undefined, server('1')),
    });
    expect(told(changes)).toEqual([]);
    expect(changes).not.toBeNull();
  });
});

describe('what differs in the cluster alone', () => {
  test('is told as a change outside git', () => {
    const { changes } = changed({ ...rolledOut(server('1'), server('2')), history: versions(server('1')) });
    expect(changes!.commits).toEqual([]);
    expect(changes!.outsideGit).toMatchObject([{ before: 'ferry:1', after: 'ferry:2' }]);
  });

  test('is told as nothing where git has neither value, or nothing is known of git', () => {
    const rolled = rolledOut(server('1'), server('2'));
    for (const history of [versions(server('7')), null])
      expect(changed({ ...rolled, history }).changes).toMatchObject({
        commits: [],
        outsideGit: [],
        unexplained: [{ before: 'ferry:1', after: 'ferry:2' }],
      });
  });
});

describe('nothing changed', () => {
  test('where every revision has the template of now', () => {
    const { changes, asked } = changed({
      ...rolledOut(server('1'), server('1')),
      history: versions(server('1')),
    });
    expect(changes).toBeNull();
    expect(asked).toEqual([]);
  });

  test('where the template of now ran for more than a day before the failure', () => {
    const rolled = rolledOut(server('1'), server('2'), 0);
    const available = {
      ...rolled.object,
      status: { conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }] },
    };
    const failingSince = Date.parse(MADE) + 30 * HOUR;
    expect(changed({ ...rolled, object: available, history: null, failingSince }).changes).toBeNull();
    expect(changed({ ...rolled, object: available, history: null }).changes).not.toBeNull();
  });

  test('where no other template is kept, and for what makes no pods', () => {
    const object = deployment('ferry', server('2'));
    expect(changed({ object, kept: [], history: null }).changes).toBeNull();
    const later = replicaSet(object, 'later', server('3'), { revision: 3, ready: 1 });
    const current = replicaSet(object, 'now', server('2'), { revision: 2, ready: 0 });
    expect(changed({ object, kept: [current, later], history: null }).changes).toBeNull();
  });
});

test('a template that came before is told as that, where nothing shows it Ready', () => {
  const { changes } = changed({ ...rolledOut(server('1'), server('2'), 0), history: null });
  expect(plainText(changes!.since!)).toBe(
    'revision 1 came before, made 2026-03-02 08:00 UTC; whether it was Ready is not recorded',
  );
});

test('a StatefulSet is compared with the ControllerRevision that has Ready pods', () => {
  const object = workload('StatefulSet', 'ferry', server('2'));
  const revision = (name: string, number: number, spec: PodSpec): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: 'shop',
      labels: { 'controller.kubernetes.io/hash': name },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name: 'ferry',
          uid: object.metadata.uid!,
          controller: true,
        },
      ],
    },
    revision: number,
    data: { spec: { template: recordAt(workload('StatefulSet', 'ferry', spec), 'spec', 'template') } },
  });
  const pods = readyPods(object, 1, {
    labels: { 'controller-revision-hash': 'ferry-a' },
    podSpec: server('1'),
  });
  const { changes } = changed({
    object,
    kept: [revision('ferry-a', 1, server('1')), revision('ferry-b', 2, server('2')), ...pods],
    history: versions(server('2'), server('1')),
  });
  expect(told(changes)).toEqual(['c1: image "ferry:1" → "ferry:2"']);
});

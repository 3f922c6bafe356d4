import type { Blame, FieldLayer } from '../../src/model/layers.ts';

export const COMMIT = {
  sha: '0123456789abcdef0123456789abcdef01234567',
  author: 'Ada',
  email: 'ada@example.com',
  at: Date.UTC(2026, 2, 1, 10),
  subject: 'Raise the beam (#12)',
};

export const PATCH: FieldLayer = {
  site: {
    file: 'prod/more.yaml',
    document: 0,
    line: 12,
    column: 23,
    path: 'spec.replicas',
    renderer: 'kustomize',
    root: 'prod',
    kind: 'replace',
  },
  kind: 'strategic-merge-patch',
  origin: 'overlay',
  value: 4,
  written: 4,
  wins: true,
  isConfirmed: true,
  commit: COMMIT,
  pullRequest: 12,
  line: 12,
  before: 3,
};

export const BASE: FieldLayer = {
  ...PATCH,
  site: { ...PATCH.site, file: 'base/lamp.yaml', line: 6, column: 13 },
  kind: 'resource',
  origin: 'base',
  value: 1,
  written: 1,
  wins: false,
  commit: null,
  pullRequest: null,
  line: null,
  before: undefined,
};

export const BLAME: Blame = {
  kind: 'blame',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'harbour', name: 'lamp' },
  field: 'spec.replicas',
  head: 'fedcba9876543210fedcba9876543210fedcba98',
  remote: { slug: 'acme/infra', url: 'https://github.com/acme/infra' },
  value: 4,
  layers: [PATCH, BASE],
  history: [{ value: 4, commit: COMMIT, pullRequest: 12 }],
  live: null,
};

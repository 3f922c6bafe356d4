import { describe, expect, test } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import type { Root } from '../../src/sources/roots.ts';
import { revisionOf } from './revisions.ts';

const kustomization = (spec: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: yard, namespace: flux-system}
spec:
  path: ./yard
  sourceRef: {kind: GitRepository, name: infra}
${spec}`;

const crane = `apiVersion: apps/v1
kind: Deployment
metadata: {name: crane, namespace: yard}
spec: {replicas: 2}
`;

/** The roots in which the edit changes something, or the refusal. */
async function changed(variables: readonly string[], named?: number): Promise<string> {
  const files = Object.fromEntries(
    variables.map((value, index) => [
      `clusters/${index}/yard.yaml`,
      kustomization(`  postBuild: {substitute: {site: ${value}}}\n`),
    ]),
  );
  const revision = await revisionOf({ ...files, 'yard/crane.yaml': crane });
  const declared = (await revision.declaredRoots()).filter(({ path }) => path === 'yard');
  const roots: readonly Root[] | null = named === undefined ? null : [declared[named]!];
  const result = await locate(revision, {
    target: {
      wanted: { kind: 'Deployment', name: 'crane', namespace: 'yard' },
      live: null,
      roots,
      areNamed: roots !== null,
    },
    fields: [{ field: 'spec.replicas', after: 3 }],
  });
  return result.kind === 'declined'
    ? `${result.code}: ${result.reason}`
    : result.proof.roots.map(({ by }) => by).join(', ');
}

describe('a folder of manifests that two clusters apply, each with variables of its own', () => {
  test('is not edited where neither is named', async () => {
    expect(await changed(['east', 'west'])).toBe(
      'several-sources: Deployment yard/crane is rendered by yard (Flux Kustomization flux-system/yard in clusters/0) at yard/crane.yaml:4 and yard (Flux Kustomization flux-system/yard in clusters/1) at yard/crane.yaml:4, and nothing tells which one this is',
    );
  });

  test('is not edited for one of them', async () => {
    expect(await changed(['east', 'west'], 0)).toBe(
      'shared-site: yard/crane.yaml:4 also controls Deployment crane in yard (Flux Kustomization flux-system/yard in clusters/1)',
    );
  });

  test('is edited for the only one', async () => {
    expect(await changed(['east'], 0)).toBe('Flux Kustomization flux-system/yard');
  });
});

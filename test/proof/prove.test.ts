import { describe, expect, test as plain } from 'vitest';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { editedFiles } from '../../src/proof/edited-files.ts';
import { prove } from '../../src/proof/prove.ts';
import type { Trial } from '../../src/proof/trial.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const test = needsTool('kustomize');

const kustomization = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const deployment = (replicas: number, name = 'cart'): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  replicas: ${replicas}\n  paused: false\n`;

const shared: Files = {
  'base/kustomization.yaml': kustomization('resources: [cart.yaml]'),
  'base/cart.yaml': deployment(2),
  'prod/kustomization.yaml': kustomization('resources: [../base]', 'namespace: prod'),
  'test/kustomization.yaml': kustomization('resources: [../base]', 'namespace: test'),
};

/** What replacing whole files does, where `spec.replicas` of the root's Deployment cart is to become 3. */
async function trial(files: Files, edited: Files, root = 'prod', after: Scalar = 3): Promise<Trial> {
  const revision = await revisionOf(files);
  const target = revision.roots.at(root)!;
  const namespace =
    target.kind === 'kustomize' &&
    root !== 'base' &&
    files[`${root}/kustomization.yaml`]?.includes('namespace')
      ? root
      : null;
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'cart' };
  const contents = new Map(Object.entries(edited).map(([path, text]) => [path, Buffer.from(text)]));
  return prove(revision, contents, [{ object, field: fieldNamed('spec.replicas'), after }], target);
}

describe('a trial', () => {
  test('is exact when the intended field changes and nothing else', async () => {
    const { outcome, proof } = await trial(
      { ...shared, 'test/kustomization.yaml': '' },
      { 'base/cart.yaml': deployment(3) },
    );
    expect(outcome).toBe('exact');
    expect(proof).toMatchObject({
      status: 'proven',
      reason: null,
      roots: [{ root: 'prod', changes: [{ field: fieldNamed('spec.replicas'), before: 2, after: 3 }] }],
    });
  });

  test('is shared when the same field of another root changes in the same way', async () => {
    const { outcome, beside } = await trial(shared, { 'base/cart.yaml': deployment(3) });
    expect(outcome).toBe('shared');
    expect(beside.map(({ root, change }) => [root, change.object.namespace])).toEqual([['test', 'test']]);
  });

  test('is wrong when another field changes too', async () => {
    const both = deployment(3).replace('paused: false', 'paused: true');
    expect(await trial(shared, { 'base/cart.yaml': both })).toMatchObject({ outcome: 'wrong' });
  });

  test('is wrong when the field becomes something else than was wanted', async () => {
    expect(await trial(shared, { 'base/cart.yaml': deployment(4) })).toMatchObject({ outcome: 'wrong' });
  });

  test('is wrong when the field becomes the text of the number that was wanted', async () => {
    const text = deployment(3).replace('replicas: 3', 'replicas: "3"');
    expect(await trial(shared, { 'base/cart.yaml': text })).toMatchObject({ outcome: 'wrong' });
  });

  test('is wrong when nothing changes at all', async () => {
    const same = `${deployment(2)}# a comment\n`;
    expect(await trial(shared, { 'base/cart.yaml': same })).toMatchObject({ outcome: 'wrong', beside: [] });
  });

  test('is wrong when an object appears beside the change', async () => {
    const two = `${deployment(3)}---\n${deployment(1, 'pay')}`;
    expect(await trial(shared, { 'base/cart.yaml': two })).toMatchObject({ outcome: 'wrong' });
  });

  test('is wrong when a root that was built before is not built any more', async () => {
    const broken = { 'base/cart.yaml': 'kind: [\n' };
    const { outcome, proof } = await trial(shared, broken);
    expect(outcome).toBe('wrong');
    expect(proof.status).toBe('unproven');
  });

  test('names the root that could not be built before either, and is exact for what could', async () => {
    const files = { ...shared, 'test/kustomization.yaml': kustomization('resources: [../base, gone.yaml]') };
    const { outcome, proof } = await trial(files, { 'base/cart.yaml': deployment(3) });
    expect(outcome).toBe('exact');
    expect(proof.status).toBe('unproven');
    expect(proof.reason).toBe(
      'test could not be rendered: test/kustomization.yaml: gone.yaml does not exist',
    );
  });

  test('does not render roots that read none of the files', async () => {
    const files = { ...shared, 'other/kustomization.yaml': kustomization('resources: [gone.yaml]') };
    expect(await trial(files, { 'base/cart.yaml': deployment(3) })).toMatchObject({
      proof: { status: 'proven' },
    });
  });

  test('takes what is built from the root that was asked for as intended', async () => {
    expect(await trial(shared, { 'base/cart.yaml': deployment(3) }, 'base')).toMatchObject({
      outcome: 'exact',
    });
  });
});

describe('edited files', () => {
  plain('carry all edits of a file', async () => {
    const revision = await revisionOf({ 'a.yaml': 'a: 1\nb: 2\n' });
    const files = editedFiles(revision, [
      { file: 'a.yaml', start: 8, end: 9, text: '3' },
      { file: 'a.yaml', start: 3, end: 4, text: '12' },
    ]);
    expect(String(files?.get('a.yaml'))).toBe('a: 12\nb: 3\n');
  });

  plain('are refused where edits overlap, or a file is not there or not UTF-8', async () => {
    const revision = await revisionOf({ 'a.yaml': 'a: 1\n', 'b.yaml': Buffer.from([0xff]) });
    const edit = { file: 'a.yaml', start: 0, end: 4, text: '' };
    expect(editedFiles(revision, [edit, { ...edit, start: 3 }])).toBeNull();
    expect(editedFiles(revision, [{ ...edit, file: 'c.yaml' }])).toBeNull();
    expect(editedFiles(revision, [{ ...edit, file: 'b.yaml', end: 1 }])).toBeNull();
  });
});

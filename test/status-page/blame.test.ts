import { describe, expect, test, vi } from 'vitest';
import type { ObjectRef } from '../../src/kubernetes/objects.ts';
import type { ClusterSource } from '../../src/model/cluster-state.ts';
import { madeService } from '../service/made-service.ts';
import { servedPage } from './served.ts';

const MEMORY = encodeURIComponent('spec.template.spec.containers[name=server].resources.limits.memory');

async function served() {
  const made = await madeService();
  await made.service.scan('prod');
  return { made, ...(await servedPage(made)) };
}

describe('GET /blame', () => {
  test('links the line that sets a field, at an address that can be kept', async () => {
    const { made, get } = await served();
    const { status, text } = await get(`/blame?object=Deployment/cart&namespace=shop&field=${MEMORY}`);
    expect(status).toBe(200);
    const head = made.repository.head('main');
    expect(text).toMatch(new RegExp(`href="[^"]*/acme/infra/blob/${head}/apps/cart.yaml#L14"`));
    expect(text).toContain('The cluster has the same value.');
  });

  test('takes a kind as kubectl takes it', async () => {
    const { get } = await served();
    expect((await get(`/blame?object=deploy/cart&field=${MEMORY}`)).text).toContain('apps/cart.yaml:14');
  });

  test('says why there is no line', async () => {
    const { get } = await served();
    const { text } = await get('/blame?object=Deployment/cart&namespace=shop&field=spec.paused');
    expect(text).toContain('is not set in what');
  });

  test('shows its form where nothing is asked', async () => {
    const { get } = await served();
    const { status, text } = await get('/blame');
    expect(status).toBe(200);
    expect(text).toContain('name="field"');
    expect(text).not.toContain('class="warning"');
  });

  test.each(['object=cart&field=spec.replicas', 'object=Deployment/cart&field=spec..replicas', 'field=x'])(
    'renders nothing for %s, which asks nothing that can be meant',
    async (query) => {
      const { get } = await served();
      expect((await get(`/blame?${query}`)).text).toContain('class="warning"');
    },
  );

  test('escapes what the address says', async () => {
    const { get } = await served();
    const { text } = await get(`/blame?object=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(text).not.toContain('<script');
  });

  test('answers for the repository that is named alone', async () => {
    const { get } = await served();
    const { text } = await get(`/blame?object=Deployment/cart&field=${MEMORY}&repository=acme/other`);
    expect(text).not.toContain('apps/cart.yaml:14');
  });
});

describe('the writer of a live value', () => {
  const BY_HAND = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'cart',
      namespace: 'shop',
      managedFields: [
        {
          manager: 'kubectl-edit',
          operation: 'Update',
          time: '2026-03-01T09:00:00Z',
          fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        },
      ],
    },
    spec: { replicas: 7 },
  };

  /** What the page says where the cluster answers so when this one object is read. */
  async function told(object: NonNullable<ClusterSource['object']>): Promise<string> {
    const { made, get } = await served();
    const [cluster] = made.service.scans[0]!.clusters;
    const source = await cluster!.open();
    vi.spyOn(cluster!, 'open').mockResolvedValue({ ...source, object });
    return (await get('/blame?object=Deployment/cart&namespace=shop&field=spec.replicas')).text;
  }

  test('is read on demand and named with its time', async () => {
    const asked: ObjectRef[] = [];
    const text = await told(async (ref) => {
      asked.push(ref);
      return BY_HAND;
    });
    expect(asked).toMatchObject([{ kind: 'Deployment', namespace: 'shop', name: 'cart' }]);
    expect(text).toContain('kubectl-edit');
    expect(text).toContain('2026-03-01 09:00');
  });

  test('is nobody where the cluster does not allow it, and the rest is answered', async () => {
    const text = await told(async () => {
      throw new Error('forbidden');
    });
    expect(text).not.toContain('kubectl-edit');
    expect(text).toContain('The cluster has 1, a default.');
  });
});
